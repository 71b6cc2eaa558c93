"""The pages of the API reference: one a room, made from its docstrings when the docs are built.

``PAGES`` is the list. A new file of a room stands on its page by itself; a new page needs an entry
here and a line in the navigation of ``mkdocs.yml``.
"""

import ast
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import griffe
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
SERVING = SOURCE / "madang" / "serving" / "__init__.py"


class Page(NamedTuple):
    """A page: its title, what it is for, and the files on it, as patterns below ``src/madang``."""

    title: str
    purpose: str
    patterns: Sequence[str]


PAGES = {
    "serving": Page(
        "Serving",
        "Open a model and ask it. Everything here is imported from `madang.serving`, and needs "
        "neither PyTorch nor the network: [how to serve a model](../serving.md).",
        ("serving/__init__.py", "serving/table.py", "serving/bulk.py"),
    ),
    "tasks": Page(
        "Predictors",
        "What every predictor shares, and the predictors that `madang.serving.load` opens and "
        "`madang.serving` does not name.",
        ("tasks/predictor.py", "tasks/classifier.py", "tasks/*/predictor.py"),
    ),
    "datasets": Page(
        "Data sets",
        "Read a data set by its name, or a file of your own: [how](../datasets.md).",
        (
            "datasets/registry.py",
            "datasets/card.py",
            "datasets/[a-z]*.py",
            "datasets/interactions/[a-z]*.py",
        ),
    ),
    "formats": Page(
        "Formats",
        "Read and write what a model folder holds: [the files](../formats.md).",
        ("formats/[a-z]*.py",),
    ),
    "metrics": Page(
        "Metrics",
        "Measure answers. A metric takes numpy arrays; `figure` adds the interval.",
        ("metrics/[a-z]*.py",),
    ),
    "decoding": Page(
        "Decoding",
        "Turn scores into answers, in numpy.",
        ("decoding/[a-z]*.py",),
    ),
    "text": Page(
        "Text",
        "Normalise a text, cut it into tokens, sentences or windows, and train a tokenizer.",
        ("text/[a-z]*.py",),
    ),
    "recipes": Page(
        "Recipes",
        "Train a model from Python instead of `madang train`. Needs the extra `train`: "
        "[how a run works](../training.md).",
        ("recipes/recipe.py", "recipes/[a-z]*.py"),
    ),
    "errors": Page(
        "Errors",
        "Catch `MadangError` and every error that a user can cause is caught.",
        ("errors.py",),
    ),
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the reference; MkDocs calls this."""
    for name, page in PAGES.items():
        files.append(File.generated(config, f"reference/{name}.md", content=markdown(page)))
    return files


def markdown(page: Page) -> str:
    """Return a page, on which ``mkdocstrings`` puts what each module documents."""
    entries = [entry(module) for module in modules_of(page) if shown(module)]
    return "\n\n".join([f"# {page.title}", page.purpose, *entries]) + "\n"


def entry(module: Path) -> str:
    """Return the lines that put a module on a page."""
    name = dotted(module)
    return (
        f"::: {name}\n    options:\n      heading: {name}\n"
        f"      toc_label: {name.removeprefix('madang.')}\n      members: {shown(module)}"
    )


def modules_of(page: Page) -> list[Path]:
    """Return the files on a page, each once, in the order of the patterns."""
    found = [sorted((SOURCE / "madang").glob(pattern)) for pattern in page.patterns]
    return list(dict.fromkeys(itertools.chain.from_iterable(found)))


def dotted(module: Path) -> str:
    """Return the name by which a file is imported."""
    return ".".join(module.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def shown(module: Path) -> list[str]:
    """Return the public names of a module; those of a task that serving exports stand there."""
    if module == SERVING:
        return exported(SERVING)
    is_task = "tasks" in module.parts
    return [name for name in defined(module) if not (is_task and name in exported(SERVING))]


def defined(module: Path) -> list[str]:
    """Return the public functions and classes of a file, in their order."""
    return [
        node.name
        for node in ast.parse(module.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


def exported(module: Path) -> list[str]:
    """Return what ``__all__`` of a file names."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


class Fences(griffe.Extension):
    """Show the examples and trees of docstrings as code: Markdown takes ``>>>`` for quotations."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Fence the examples of a docstring; griffe calls this for every object."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(docstring: str) -> str:
    """Return a docstring with its examples as code blocks.

    >>> fenced("Add.\\n\\n>>> 1 + 1\\n2\\n\\nMore.").splitlines()
    ['Add.', '', '```pycon', '>>> 1 + 1', '2', '```', '', 'More.']
    """
    paragraphs = [part for part in docstring.split("\n\n") if part.strip() != "::"]
    return "\n\n".join(
        f"```pycon\n{part}\n```" if part.startswith(">>>") else part for part in paragraphs
    )
