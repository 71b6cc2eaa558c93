"""The tasks that a recipe can name; each is one file here, imported when it is named."""

import difflib
import importlib
from typing import Any

from madang.errors import SettingError
from madang.training.recipe import Recipe
from madang.training.task import Task

# The name in a recipe and in a manifest, and the class that is built from the recipe.
TASKS = {
    "classification": "madang.training.tasks.classification:Classification",
    "multi_label": "madang.training.tasks.multi_label:MultiLabel",
    "pair_classification": "madang.training.tasks.pair:PairClassification",
    "similarity": "madang.training.tasks.pair:Similarity",
    "tagging": "madang.training.tasks.tagging:Tagging",
    "embedding": "madang.training.tasks.embedding:Embedding",
    "answering": "madang.training.tasks.answering:Answering",
}


def find_task(recipe: Recipe) -> Task[Any, Any]:
    """Return the task that a recipe names, with the recipe's options.

    Raises ``SettingError`` for an unknown one, with the nearest name.
    """
    if recipe.task not in TASKS:
        near = difflib.get_close_matches(recipe.task, TASKS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(TASKS)}."
        raise SettingError(f"There is no task {recipe.task!r}. {hint}")
    module, _, name = TASKS[recipe.task].partition(":")
    task: Task[Any, Any] = getattr(importlib.import_module(module), name)(recipe)
    return task
