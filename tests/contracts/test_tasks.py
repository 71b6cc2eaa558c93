"""A task is one folder and one line: nobody else names it, and nobody reaches into its folder."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from madang.tasks import registry

SOURCE = Path(registry.__file__).parents[1]
TASKS = SOURCE / "tasks"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
FOLDERS = sorted(set(registry.FOLDERS.values()))
# The surface by which people and the site reach predictors, and the commands and recipes that are
# there for one task alone: file -> folders of tasks.
ALLOWED = {
    "serving/__init__.py": {"embedding", "encoder", "recommendation", "tagging"},
    "commands/answer.py": {"answering"},
    "commands/compare.py": {"pair"},
    "commands/evaluate_recommender.py": {"recommendation"},
    "recipes/distillation.py": {"encoder"},
    "recipes/fine_tuning.py": {"masked_tokens"},
    "recipes/pretraining.py": {"masked_tokens"},
    "recipes/recommendation.py": {"recommendation"},
}
# Words that are a task's name and something else: an attribute of models, the setting or the kind
# of a recipe, what the site refuses another model by.
OTHER_WORDS = {
    "recipes/pretraining.py": {"masked_tokens"},
    "recipes/recipe.py": {"recommendation"},
    "community/inference/version.py": {"recommendation"},
    "community/recommendations/export.py": {"recommendation"},
}
ATTRIBUTES = {"encoder"}
WORKSHOP = {"torch", "transformers", "pandas", "sklearn", "scipy", "matplotlib"}


def folder_of(path: Path) -> str | None:
    """Return the task's folder in which a file lies."""
    inside = path.relative_to(SOURCE).parts
    return inside[1] if inside[0] == "tasks" and len(inside) == 3 else None


def imported_tasks(path: Path) -> set[str]:
    """Return the folders of tasks from which a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        for name in names:
            parts = name.split(".")
            if parts[:2] == ["madang", "tasks"] and len(parts) > 2 and parts[2] in FOLDERS:
                found.add(parts[2])
    return found


def named_tasks(path: Path) -> Iterator[str]:
    """Yield the texts of a file that are the name of a task."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = node.value if isinstance(node, ast.Constant) else None
        if name in registry.FOLDERS and name not in ATTRIBUTES:
            yield str(name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_outside_a_task_imports_from_it(path: Path) -> None:
    allowed = ALLOWED.get(path.relative_to(SOURCE).as_posix(), set())
    assert imported_tasks(path) - {folder_of(path)} <= allowed


def test_what_may_import_from_a_task_does() -> None:
    found = {name: imported_tasks(SOURCE / name) for name in ALLOWED}
    assert found == ALLOWED


def test_a_task_is_named_in_the_registry_and_nowhere_else_outside_its_folder() -> None:
    places: dict[str, list[str]] = {name: [] for name in registry.FOLDERS}
    for path in FILES:
        place = path.relative_to(SOURCE).as_posix()
        for name in set(named_tasks(path)) - OTHER_WORDS.get(place, set()):
            if registry.FOLDERS[name] != folder_of(path):
                places[name].append(place)
    for name, found in places.items():
        # A folder of the same name stands beside the name, in the same line.
        assert set(found) <= {"tasks/registry.py"}, f"{name} is named in {', '.join(found)}"


@pytest.mark.parametrize("part", ["task", "predictor"])
def test_what_is_said_and_what_answers_loads_nothing_of_the_workshop(part: str) -> None:
    modules = [
        f"madang.tasks.{each}.{part}" for each in FOLDERS if (TASKS / each / f"{part}.py").is_file()
    ]
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in done.stdout.split()} & WORKSHOP
