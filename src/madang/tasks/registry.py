"""The one list of tasks: a name and its folder. Everything else is found by convention.

A folder's parts are imported when they are asked for: ``task`` holds a ``Task`` in capitals,
``learning`` a class in camel case and ``HEAD``, ``predictor`` the class ``PREDICTOR``,
``evaluation`` functions (``madang.tasks.evaluation.Evaluation``). Whoever answers questions never
reads the code of recommenders.
"""

import importlib
from typing import TYPE_CHECKING, Any

from madang.errors import SettingError
from madang.suggestion import did_you_mean
from madang.tasks.task import Task

if TYPE_CHECKING:
    from madang.tasks.evaluation import Evaluation
    from madang.tasks.predictor import Predictor

FOLDERS = {
    "classification": "classification",
    "multi_label": "multi_label",
    "tagging": "tagging",
    "embedding": "embedding",
    "recommendation": "recommendation",
    "answering": "answering",
    "pair_classification": "pair",
    "similarity": "pair",
    "encoder": "encoder",
    "masked_tokens": "masked_tokens",
}
# The task of a recipe that names none.
DEFAULT = next(iter(FOLDERS))


def find_task(name: str) -> Task:
    """Return what is said of a task; ``SettingError`` with the nearest name for an unknown one."""
    found: Task = getattr(find_part(name, "task"), name.upper())
    return found


def tasks() -> list[Task]:
    """Return all tasks, in the order of the list."""
    return [find_task(name) for name in FOLDERS]


def is_served(name: str) -> bool:
    """Say whether there is a predictor for models of a task, which may be unknown."""
    return name in FOLDERS and find_task(name).signature is not None


def served_names() -> list[str]:
    """Return the names of the tasks for which there are predictors."""
    return [name for name in FOLDERS if is_served(name)]


def find_predictor(name: str) -> type[Any]:
    """Return the class that answers for a task which is served."""
    found: type[Predictor] = find_part(name, "predictor").PREDICTOR
    return found


def learned_names() -> list[str]:
    """Return the names of the tasks for which an encoder is fine-tuned."""
    return [each.name for each in tasks() if each.options is not None]


def find_options(name: str) -> type[Any]:
    """Return the class of a task's options in a recipe.

    Raises ``SettingError`` for an unknown task and for one for which no encoder is fine-tuned.
    """
    options = find_task(name).options
    if options is None:
        known = ", ".join(learned_names())
        raise SettingError(f"No encoder is fine-tuned for {name!r}. Give one of {known}.")
    return options


def find_learning(name: str) -> Any:
    """Return the class by which a task is learned (``madang.tasks.learning.Learning``).

    It is made of the task's options. Raises as ``find_options``.
    """
    find_options(name)
    return getattr(find_part(name, "learning"), name.title().replace("_", ""))


def find_evaluation(name: str) -> "Evaluation":
    """Return the functions by which models of a task are measured.

    Raises ``SettingError`` for a task of which none is.
    """
    if name not in FOLDERS or find_task(name).baseline is None:
        measured = ", ".join(each.name for each in tasks() if each.baseline is not None)
        raise SettingError(
            f"A model for {name!r} can not be measured; those for {measured} can. Give one of "
            f"these."
        )
    found: Evaluation = find_part(name, "evaluation")
    return found


def find_part(name: str, part: str) -> Any:
    """Import a part of a task's folder; ``SettingError`` for an unknown task."""
    if name not in FOLDERS:
        hint = did_you_mean(name, FOLDERS, otherwise=f"Known are {', '.join(FOLDERS)}.")
        raise SettingError(f"There is no task {name!r}. {hint}")
    return importlib.import_module(f"madang.tasks.{FOLDERS[name]}.{part}")
