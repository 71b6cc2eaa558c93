"""Every page of the docs is in the navigation, and the API reference shows what people import."""

import doctest
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import madang.serving
from madang.tasks import registry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# A path of a file in code: it has a folder and an ending of ours.
FILE = re.compile(r"`([\w-]+(?:/[\w-]+)+\.(?:py|toml|html|md|service))`")
CONFIG = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def load_reference() -> ModuleType:
    """Import the hook by which MkDocs makes the pages of the API reference."""
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = load_reference()


def pages(navigation: Any) -> Iterator[str]:
    """Yield the files that a navigation names."""
    if isinstance(navigation, str):
        yield navigation
    elif isinstance(navigation, dict):
        for entry in navigation.values():
            yield from pages(entry)
    else:
        for entry in navigation:
            yield from pages(entry)


def test_every_page_stands_once_in_the_navigation() -> None:
    written = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    made = [f"reference/{name}.md" for name in reference.PAGES]
    assert sorted(pages(CONFIG["nav"])) == sorted([*written, *made])


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_of_the_reference_names_files_that_are_there(name: str) -> None:
    page = reference.PAGES[name]
    for pattern in page.patterns:
        assert list((ROOT / "src" / "madang").glob(pattern)), pattern
    assert reference.markdown(page).count(":::") >= len(page.patterns) - 1


def test_the_reference_shows_what_serving_exports_and_every_predictor() -> None:
    serving = reference.markdown(reference.PAGES["serving"])
    assert all(repr(name) in serving for name in madang.serving.__all__)
    predictors = serving + reference.markdown(reference.PAGES["tasks"])
    for name in registry.served_names():
        assert repr(registry.find_predictor(name).__name__) in predictors, name


@pytest.mark.parametrize(
    "page", [*sorted(DOCS.glob("*.md")), ROOT / "CONTRIBUTING.md"], ids=lambda page: page.stem
)
def test_a_file_that_a_page_names_is_there(page: Path) -> None:
    source = ROOT / "src" / "madang"
    roots = [ROOT, ROOT / "tests", source, source / "community"]
    for name in FILE.findall(page.read_text(encoding="utf-8")):
        assert "NAME" in name or any((root / name).exists() for root in roots), name


def test_the_page_on_the_site_names_every_slot() -> None:
    community = ROOT / "src" / "madang" / "community"
    templates = [path.read_text(encoding="utf-8") for path in community.rglob("*.html")]
    slots = set(re.findall(r'{% slot "(\w+)"', "".join(templates)))
    page = (DOCS / "site.md").read_text(encoding="utf-8")
    assert slots
    assert [name for name in sorted(slots) if f"`{name}`" not in page] == []


def test_the_examples_of_docstrings_are_shown_as_code() -> None:
    assert not doctest.testmod(reference).failed
    assert reference.fenced("One.\n\n::\n\n    tree") == "One.\n\n    tree"
