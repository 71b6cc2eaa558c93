"""Versions of the site's own recommender: folders beside each other, and a file that says which.

``current`` holds the names that were put to use, one a line; the last is in use, so that going
back is leaving out a line. The site looks at the file, and follows without a restart.
"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from madang import storage
from madang.errors import CheckpointError, SettingError
from madang.formats.manifest import FILE_NAME, read_manifest

FOLDER = "recommenders"
CURRENT = "current"
TASK = "recommendation"


def names(folder: Path) -> list[str]:
    """Return the names of the versions in *folder*, oldest first."""
    found = [path.parent for path in folder.glob(f"*/{FILE_NAME}") if path.parent.name[0] != "."]
    return [path.name for path in sorted(found, key=lambda path: (path.stat().st_mtime, path.name))]


def used(folder: Path) -> list[str]:
    """Return the names that were put to use, the one in use last."""
    path = folder / CURRENT
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def current(folder: Path) -> Path | None:
    """Return the folder of the version in use, None where there is none."""
    lines = used(folder)
    return folder / lines[-1] if lines else None


def use(folder: Path, name: str) -> None:
    """Put a version to use.

    Raises SettingError where there is no such version.
    """
    known = names(folder)
    if name not in known:
        raise SettingError(
            f"There is no version {name!r} in {folder}; there are: {', '.join(known) or 'none'}. "
            f"`madang recommender add FOLDER` takes in a model that was exported."
        )
    lines = used(folder)
    if lines[-1:] != [name]:
        storage.write_text(folder / CURRENT, "\n".join([*lines, name]) + "\n")


def back(folder: Path) -> str:
    """Put the version to use that was in use before, and return its name.

    Raises SettingError where none was.
    """
    known, lines = set(names(folder)), used(folder)
    earlier = [name for name in lines[:-1] if name in known]
    if not earlier:
        raise SettingError(
            f"No version was in use before {lines[-1] if lines else 'the first'}; choose one by "
            f"`madang recommender use NAME`. There are: {', '.join(sorted(known)) or 'none'}."
        )
    storage.write_text(folder / CURRENT, "\n".join(earlier) + "\n")
    return earlier[-1]


def add(folder: Path, model: Path, *, on: date, try_out: Callable[[Path], None]) -> str:
    """Copy an exported model in as a version named by the day, put it to use, return its name.

    *try_out* opens a model and raises what is wrong with it: with the one given, or with the copy,
    which a full disk may have cut off. Raises CheckpointError where *model* is no recommender.
    Nothing has changed then.
    """
    task = read_manifest(model).task
    if task != TASK:
        raise CheckpointError(
            f"{model} is a model for {task!r}; the site recommends by one for {TASK!r}. "
            f"Give another one."
        )
    try_out(model)
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix="."))
    try:
        copy = Path(shutil.copytree(model, scratch / "model"))
        try_out(copy)
        name = _free_name(folder, on)
        copy.rename(folder / name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    (folder / name).touch()
    use(folder, name)
    return name


def _free_name(folder: Path, on: date) -> str:
    name, number = f"{on:%Y-%m-%d}", 1
    while (folder / name).exists():
        number += 1
        name = f"{on:%Y-%m-%d}-{number}"
    return name
