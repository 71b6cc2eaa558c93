"""What is public is documented, and what the docs promise is tested."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for path in (ROOT / "src" / "madang").rglob("*.py") if "migrations" not in path.parts
)


def public(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.ClassDef]:
    """Return the public functions and classes that stand in a body."""
    return [
        node
        for node in body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


def documented_methods(node: ast.ClassDef) -> set[str]:
    """Return the names of a class's methods that have a docstring."""
    return {
        method.name
        for method in node.body
        if isinstance(method, ast.FunctionDef) and ast.get_docstring(method)
    }


def all_classes() -> dict[str, list[ast.ClassDef]]:
    """Return the classes of the source by name."""
    classes = defaultdict(list)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes[node.name].append(node)
    return classes


CLASSES = all_classes()


def bases_of(node: ast.ClassDef) -> set[str]:
    """Return the names of a class's bases, without their type arguments."""
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


PROTOCOLS = [node for nodes in CLASSES.values() for node in nodes if "Protocol" in bases_of(node)]


def members(node: ast.ClassDef) -> set[str]:
    """Return the names of a class's methods and fields, those of its bases of ours included."""
    found = {method.name for method in node.body if isinstance(method, ast.FunctionDef)}
    found |= {ast.unparse(field.target) for field in node.body if isinstance(field, ast.AnnAssign)}
    for name in bases_of(node):
        for base in CLASSES.get(name, []):
            found |= members(base)
    return found


def inherited(node: ast.ClassDef) -> set[str]:
    """Return the methods that a base class of ours, or a protocol that a class fits, documents.

    A class fits a protocol when it has all of its methods, or fields in place of properties: then
    what they do is said there.
    """
    found: set[str] = set()
    for name in bases_of(node):
        for base in CLASSES.get(name, []):
            found |= documented_methods(base) | inherited(base)
    for protocol in PROTOCOLS:
        methods = {method.name for method in public(protocol.body)}
        if methods and methods <= members(node):
            found |= documented_methods(protocol)
    return found


def bare_methods(path: Path) -> list[str]:
    """Return the public methods of public classes that say nowhere what they do."""
    return [
        f"{node.name}.{method.name}"
        for node in public(ast.parse(path.read_text(encoding="utf-8")).body)
        if isinstance(node, ast.ClassDef)
        for method in public(node.body)
        if isinstance(method, ast.FunctionDef)
        if not ast.get_docstring(method) and method.name not in inherited(node)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_every_module_and_every_public_name_is_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = ast.get_docstring(tree) or ""
    assert not tree.body or said, "a module's first lines say what it is"
    assert not said.startswith("TODO")
    bare = [node.name for node in public(tree.body) if not ast.get_docstring(node)]
    bare += bare_methods(path)
    assert not bare, f"without a docstring: {', '.join(bare)}"


def test_a_method_says_what_it_does_or_overrides_one_that_does() -> None:
    module = ast.parse(
        "class Meter(Protocol):\n"
        "    def read(self):\n        'Read.'\n"
        "    def reset(self): ...\n"
        "class Clock:\n    def read(self): ...\n    def reset(self): ...\n"
        "class Other:\n    def read(self): ...\n"
    )
    meter, clock, other = (node for node in module.body if isinstance(node, ast.ClassDef))
    PROTOCOLS.append(meter)
    try:
        assert "read" in inherited(clock)
        assert "reset" not in inherited(clock), "the protocol does not say it either"
        assert "read" not in inherited(other), "a part of a protocol is none"
    finally:
        PROTOCOLS.remove(meter)


def test_every_promise_names_a_test_that_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?!promise|---)(.*) \|$", page, re.MULTILINE)
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`([\w/*]+(?:/|\.py))`", row.rpartition("|")[2])
        assert named, row
        assert all(list((ROOT / "tests").glob(name)) for name in named), row


def test_no_file_unpickles_except_tensors_alone() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        text = text.replace('torch.load(path, map_location="cpu", weights_only=True)', "")
        assert not re.search(r"\b(?:import pickle|pickle\.loads?|joblib|torch\.load\()", text), path
