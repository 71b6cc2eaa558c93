"""Training knows no task and no family: what is particular to one comes in as an argument."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "madang"
ROOM = SOURCE / "training"
FILES = sorted(
    [
        *(ROOM / name for name in ("__init__.py", "settings.py", "objective.py")),
        *(
            path
            for room in ("loop", "optimization", "device", "reporting")
            for path in (ROOM / room).glob("*.py")
        ),
    ]
)
FAMILIES = sorted(path.parent.name for path in (SOURCE / "models").glob("*/__init__.py"))


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOM)))
def test_training_imports_nothing_of_tasks_and_families(path: Path) -> None:
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("madang.")}
    assert not rooms & {"tasks", "models", "recipes", "datasets", "text", "baselines", "runtime"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOM)))
def test_training_names_no_family(path: Path) -> None:
    assert len(FAMILIES) == 4
    names = "|".join([*FAMILIES, "marian"])
    assert not re.search(names, path.read_text(encoding="utf-8"), re.IGNORECASE)


def test_no_two_rooms_of_training_import_each_other() -> None:
    knows = {
        room: {
            name.split(".")[2]
            for path in FILES
            if path.parent.name == room
            for name in imported(path)
            if name.startswith("madang.training.")
        }
        - {room}
        for room in ("loop", "optimization", "device", "reporting")
    }
    assert knows.pop("loop") == {"settings", "objective", "optimization", "device", "reporting"}
    for room, known in knows.items():
        assert known <= {"settings", "objective"}, room
