"""Any model folder, opened by the class that serves its task.

The manifest says the task. A class is imported when a folder asks for it, so whoever answers
questions never reads the code of recommenders.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from madang.errors import CheckpointError
from madang.formats.catalogue import find_model
from madang.formats.manifest import read_manifest

if TYPE_CHECKING:
    from madang.tasks.predictor import ServedModel
    from madang.tasks.recommendation.predictor import Recommender

CLASSES = {
    "classification": "classification.predictor:Classifier",
    "multi_label": "classification.predictor:Classifier",
    "tagging": "tagging.predictor:Tagger",
    "embedding": "embedding.predictor:Embedder",
    "recommendation": "recommendation.predictor:Recommender",
    "answering": "answering.predictor:Answerer",
    "pair_classification": "pair.predictor:Comparer",
    "similarity": "pair.predictor:Comparer",
    "encoder": "encoder.predictor:Encoder",
}


def load(name_or_folder: str | Path, *, num_threads: int = 1) -> "ServedModel | Recommender":
    """Open a shipped model by its name, or an exported folder by its path, whatever its task.

    The answer is a ``Classifier``, ``Tagger``, ``Embedder``, ``Recommender``, ``Answerer``,
    ``Comparer`` or ``Encoder``; ``num_threads`` is as in its own ``load``.

    Raises ``CheckpointError`` for a task that nothing serves, and what that ``load`` raises.
    """
    folder = find_model(name_or_folder)
    task = read_manifest(folder).task
    if task not in CLASSES:
        raise CheckpointError(
            f"{folder} is a model for {task!r}; served are {', '.join(map(repr, CLASSES))}. "
            f"Give another one."
        )
    module, _, name = CLASSES[task].partition(":")
    opened: ServedModel | Recommender = getattr(
        importlib.import_module(f"madang.tasks.{module}"), name
    ).load(name_or_folder, num_threads=num_threads)
    return opened
