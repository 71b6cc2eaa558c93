"""The letters at the end of a tensor's name are those of the legend, and the core is nameless."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "madang"
ROOMS = ("core", "models", "decoding", "runtime", "tasks", "recipes")
# The start of the name has a small letter, so that CONSTANT_NAMES are not meant.
SUFFIX = re.compile(r".*[a-z].*_([A-Z1][A-Z0-9]*)")
FAMILIES = ("bert", "bert4rec", "seq2seq", "marian", "llama")


def legend():
    text = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([A-Z])` \|", text, flags=re.MULTILINE))


def names_in(path):
    """Yield every name that a file defines or uses."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name


def wrong_suffixes(path, letters):
    for name in names_in(path):
        found = SUFFIX.fullmatch(name)
        if found and not set(found[1]) <= letters | {"1"}:
            yield name


def files():
    return sorted(path for room in ROOMS for path in (SOURCE / room).rglob("*.py"))


def test_the_legend_has_the_letters_of_the_field():
    assert legend() >= set("BTSDFHGKVCN")


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_shape_letter_is_in_the_legend(path):
    assert sorted(set(wrong_suffixes(path, legend()))) == []


def test_a_letter_outside_the_legend_is_found(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("query_BZ = mask_B11S = rows_N = NUM_ROWS_Q = plain = 0\n")
    assert list(wrong_suffixes(path, legend())) == ["query_BZ"]


def test_every_letter_of_the_legend_is_used():
    used = {
        letter
        for path in files()
        for name in names_in(path)
        if (found := SUFFIX.fullmatch(name))
        for letter in found[1]
    }
    assert legend() <= used


@pytest.mark.parametrize("path", sorted((SOURCE / "core").glob("*.py")), ids=lambda path: path.name)
def test_the_core_names_no_family(path):
    text = path.read_text(encoding="utf-8")
    assert [family for family in FAMILIES if family in text.lower()] == []
    imports = re.findall(r"^(?:from|import) (madang\.\S+)", text, flags=re.MULTILINE)
    assert all(name.startswith(("madang.core", "madang.errors")) for name in imports)
