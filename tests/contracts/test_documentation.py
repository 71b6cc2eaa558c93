"""What is public is documented, and what the README says is true."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from madang.commands.cli import COMMANDS

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for path in (ROOT / "src" / "madang").rglob("*.py") if "migrations" not in path.parts
)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def public_definitions(path: Path) -> list[ast.AST]:
    """Return the public functions and classes of a module, and the methods of the latter."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[ast.AST] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append(node)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_every_module_and_every_public_name_is_documented(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert not tree.body or ast.get_docstring(tree), "a module's first lines say what it is"
    bare = [node.name for node in public_definitions(path) if not ast.get_docstring(node)]  # type: ignore[attr-defined,arg-type]
    assert not bare, f"without a docstring: {', '.join(bare)}"


def test_the_tree_in_the_readme_is_the_tree() -> None:
    block = re.search(r"```text\n(.*?)```", README, re.DOTALL)
    assert block, "the README shows the tree in a ```text block"
    parents: dict[int, Path] = {-1: ROOT}
    named = set()
    for line in block[1].splitlines():
        name = line.split("  ")[0] if not line.startswith(" ") else line.strip().split("  ")[0]
        depth = (len(line) - len(line.lstrip())) // 2
        path = parents[depth - 1] / name.strip()
        parents[depth] = path
        assert path.exists(), f"the README names {path.relative_to(ROOT)}, which is not there"
        named.add(path)
    rooms = {path for path in (ROOT / "src/madang").iterdir() if (path / "__init__.py").exists()}
    missing = sorted(path.name for path in rooms - named)
    assert not missing, f"the README's tree leaves out {', '.join(missing)}"


def test_the_commands_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for block in re.findall(r"```(?:sh|console)\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["make"]:
                assert words[1] in targets, line
            if words[:1] == ["madang"]:
                assert words[1] in COMMANDS or " ".join(words[1:3]) in COMMANDS, line


def test_the_links_in_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_no_file_unpickles_except_tensors_alone() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        text = text.replace('torch.load(path, map_location="cpu", weights_only=True)', "")
        assert not re.search(r"\b(?:import pickle|pickle\.loads?|joblib|torch\.load\()", text), path
