"""Any model folder, opened to be asked: an export as it serves, a checkpoint over PyTorch."""

from pathlib import Path
from typing import Any

from madang.formats.catalogue import find_model
from madang.formats.manifest import GRAPH_NAME, WEIGHTS_NAME
from madang.tasks.predictor import load


def open_model(name_or_folder: str | Path) -> Any:
    """Open a shipped model by its name, an export or a checkpoint, for any task that is served.

    Raises ``CheckpointError`` as ``Predictor.load`` does.
    """
    folder = find_model(name_or_folder)
    if (folder / GRAPH_NAME).is_file() or not (folder / WEIGHTS_NAME).is_file():
        return load(folder)
    # Imported here: it loads PyTorch.
    from madang.tasks.checkpoint import open_checkpoint

    return open_checkpoint(folder)
