"""The tasks that a recipe can name; each is one file here, imported when it is named."""

import importlib
from typing import TYPE_CHECKING, Any

from madang.tasks.learning import Task

if TYPE_CHECKING:
    from madang.recipes.fine_tuning import FineTuningRecipe

# The name in a recipe and in a manifest, and the class that is built from the recipe.
TASKS = {
    "classification": "madang.tasks.classification.learning:Classification",
    "multi_label": "madang.tasks.multi_label.learning:MultiLabel",
    "pair_classification": "madang.tasks.pair.learning:PairClassification",
    "similarity": "madang.tasks.pair.learning:Similarity",
    "tagging": "madang.tasks.tagging.learning:Tagging",
    "embedding": "madang.tasks.embedding.learning:Embedding",
    "answering": "madang.tasks.answering.learning:Answering",
}


def find_task(recipe: "FineTuningRecipe") -> Task[Any, Any]:
    """Return the task that a recipe names, with the recipe's options."""
    module, _, name = TASKS[recipe.task].partition(":")
    task: Task[Any, Any] = getattr(importlib.import_module(module), name)(recipe)
    return task
