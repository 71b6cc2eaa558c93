"""The models that ship with the package, each a folder in ``formats/shipped/`` known by its name.

Serving opens them, and training may begin with one: the catalogue belongs to neither.
"""

import os
from pathlib import Path

from madang.errors import CheckpointError
from madang.suggestion import did_you_mean

SHIPPED = Path(__file__).parent / "shipped"


def names() -> tuple[str, ...]:
    """Return the names of the shipped models, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in SHIPPED.glob("*/madang.json")))


def find_model(name_or_folder: str | Path) -> Path:
    """Return the folder of a shipped model's name, or the folder itself.

    A bare name that ships wins over a folder of that name: write ``./ads`` for the folder.

    Raises ``CheckpointError`` naming the nearest shipped models when it is neither.
    """
    shipped = names()
    if str(name_or_folder) in shipped:
        return SHIPPED / str(name_or_folder)
    folder = Path(name_or_folder).expanduser()
    if folder.is_dir():
        return folder
    if folder.exists():
        raise CheckpointError(
            f"{folder} is a file; a model is a folder that holds madang.json. "
            f"Give its folder: {folder.parent}"
        )
    hint = did_you_mean(str(name_or_folder), shipped)
    kind = "folder" if os.sep in str(name_or_folder) else "shipped model or folder"
    raise CheckpointError(
        f"There is no {kind} {str(name_or_folder)!r}. {hint}{' ' if hint else ''}"
        f"Shipped models: {', '.join(map(repr, shipped)) or 'none'}. Anything else is read as a "
        f"folder."
    )
