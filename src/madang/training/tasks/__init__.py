"""The tasks that a recipe can name; each is one file here, imported when it is named."""

import difflib
import importlib
from typing import Any

from madang.errors import SettingError
from madang.recipes.recipe import Recipe
from madang.tasks.learning import Task

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
