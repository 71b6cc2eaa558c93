"""What the README says is true: its tree, its links, and where it says to change what."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
# A row of a table whose last cell is a name, in code.
PLACE = re.compile(r"^\| (.+) \| (.+) \| `([^`]+)` \|$", re.MULTILINE)
PLACES = PLACE.findall(README)


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


def test_the_links_in_the_readme_lead_somewhere() -> None:
    for target in LINK.findall(README):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_the_readme_says_where_to_change_what() -> None:
    assert len(PLACES) > 20
    assert README.count("\n| ") - README.count("| file |") >= len(PLACES)


@pytest.mark.parametrize(("what", "where", "name"), PLACES, ids=[what for what, *_ in PLACES])
def test_a_place_to_change_something_holds_the_name(what: str, where: str, name: str) -> None:
    files = [ROOT / target for target in LINK.findall(where) if target.startswith("src/")]
    assert files, "a row links the file in which the name stands"
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    assert any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts), name
    for path in files:
        shown = path.relative_to(ROOT / "src" / "madang").as_posix()
        assert f"[{shown}" in where or f"[{shown.partition('/en/')[0]}]" in where, (
            "it shows another path"
        )
