"""The layout of the source: no circles, no crowded folder, no name that says nothing.

Which folder may import which is held by import-linter (``pyproject.toml``).
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "madang"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
FOLDERS = sorted({path.parent for path in FILES})

MOST_FILES = 20
MOST_LINES = 400
# What grows by one file an entry: the leaf folders of a registry.
REGISTRIES = {"commands", "datasets/sets", "evaluation/benchmarks"}
NAMELESS = {"util", "utils", "helper", "helpers", "common", "misc"}

Graph = dict[str, set[str]]


def name_of(path: Path) -> str:
    """Return a folder as it is written in the lists above; the root is empty."""
    return "" if path == SOURCE else path.relative_to(SOURCE).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the modules of ours that a file imports, at its top or within a function.

    What stands under ``if TYPE_CHECKING`` is left out: it is never run, and an annotation alone
    makes no file depend on another. A registry that names its entries in strings is left out too:
    that it does not import them is its purpose.
    """
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test):
        return
    if isinstance(tree, ast.Import):
        yield from (alias.name for alias in tree.names)
    if isinstance(tree, ast.ImportFrom):
        yield from (f"{tree.module}.{alias.name}" for alias in tree.names)
    for child in ast.iter_child_nodes(tree):
        yield from imports(child)


def file_of(module: str) -> Path | None:
    """Return the file of a module, or of the module that a name is imported from."""
    parts = module.split(".")
    if parts[0] != "madang":
        return None
    for stop in (len(parts), len(parts) - 1):
        path = SOURCE.joinpath(*parts[1:stop])
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None


def sibling_graphs(edges: Iterable[tuple[Path, Path]]) -> dict[str, Graph]:
    """Return for each folder which of its files and folders import which others of them.

    Two files meet in the folder where their paths part: there a circle is one between files,
    between folders, or between a file and a folder. So a registry may import its entries, and they
    what stands beside the registry, but not the registry itself.
    """
    graphs: dict[str, Graph] = defaultdict(lambda: defaultdict(set))
    for origin, target in edges:
        one, other = origin.relative_to(SOURCE).parts, target.relative_to(SOURCE).parts
        depth = next(i for i, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1)
        graphs["/".join(one[:depth])][one[depth]].add(other[depth])
    return graphs


def reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """Return all nodes to which a way leads from ``start``."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def circles(graph: Graph) -> set[frozenset[str]]:
    """Return the largest sets of nodes in which each leads to each other."""
    reached = {node: reachable(graph, node) for node in graph}
    return {
        frozenset(other for other in reached[node] if node in reached.get(other, ()))
        for node in graph
        if node in reached[node]
    }


EDGES = [
    (path, target)
    for path in FILES
    for module in imports(ast.parse(path.read_text(encoding="utf-8")))
    if (target := file_of(module)) is not None and target != path
]
GRAPHS = sibling_graphs(EDGES)


def test_no_circle_between_files_or_folders() -> None:
    found = {
        folder: sorted(map(sorted, circles(graph)))
        for folder, graph in GRAPHS.items()
        if circles(graph)
    }
    assert not found, "take one of the imports of each circle out"


def test_a_circle_is_found_wherever_it_lies() -> None:
    def edge(one: str, other: str) -> tuple[Path, Path]:
        return SOURCE / one, SOURCE / other

    graphs = sibling_graphs(
        [
            edge("a/one.py", "a/two.py"),
            edge("a/two.py", "a/one.py"),
            edge("a/one.py", "b/one.py"),
            edge("b/two.py", "c/one.py"),
            edge("c/two.py", "a/two.py"),
            edge("d.py", "a/one.py"),
        ]
    )
    assert circles(graphs["a"]) == {frozenset({"one.py", "two.py"})}
    assert circles(graphs[""]) == {frozenset({"a", "b", "c"})}


def test_imports_for_annotations_alone_make_no_circle() -> None:
    text = "if TYPE_CHECKING:\n    import madang.a\ndef f():\n    from madang.b import c\n"
    assert list(imports(ast.parse(text))) == ["madang.b.c"]


def test_no_folder_is_crowded() -> None:
    crowded = {
        name_of(folder)
        for folder in FOLDERS
        if name_of(folder) not in REGISTRIES
        and sum(path.name != "__init__.py" for path in folder.glob("*.py")) > MOST_FILES
    }
    assert not crowded, "part the folder into rooms"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_one_idea_and_has_a_name_of_its_own(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert not NAMELESS & {part.removesuffix(".py") for part in path.relative_to(SOURCE).parts}
