"""A folder and one line make a task: what the registry finds of each is what its folder holds."""

from pathlib import Path

import pytest

from madang.errors import SettingError
from madang.tasks import registry
from madang.tasks.learning import Head
from madang.tasks.predictor import Predictor
from madang.tasks.task import Task

FOLDER = Path(registry.__file__).parent


def test_every_folder_is_the_folder_of_a_task():
    folders = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    assert folders == set(registry.FOLDERS.values())


@pytest.mark.parametrize("name", registry.FOLDERS)
def test_what_is_said_of_a_task_bears_its_name(name):
    task = registry.find_task(name)
    assert isinstance(task, Task)
    assert task.name == name


@pytest.mark.parametrize("name", registry.served_names())
def test_what_is_served_has_a_predictor_and_a_head(name):
    assert issubclass(registry.find_predictor(name), Predictor)
    assert isinstance(registry.find_part(name, "learning").HEAD, Head)


@pytest.mark.parametrize("task", registry.tasks(), ids=lambda task: task.name)
def test_what_is_measured_has_its_functions_and_what_is_not_says_so(task):
    if task.baseline is None:
        with pytest.raises(SettingError, match=f"'{task.name}' can not be measured"):
            registry.find_evaluation(task.name)
        return
    evaluation = registry.find_evaluation(task.name)
    assert all(callable(getattr(evaluation, name)) for name in ("load", "measure", "fit_baseline"))


@pytest.mark.parametrize("task", registry.tasks(), ids=lambda task: task.name)
def test_what_is_fine_tuned_is_made_of_its_options(task):
    if task.options is None:
        with pytest.raises(SettingError, match="No encoder is fine-tuned"):
            registry.find_learning(task.name)
        return
    assert callable(registry.find_learning(task.name)(task.options()).objective)


def test_an_unknown_task_is_answered_with_the_nearest_one():
    with pytest.raises(SettingError, match="Did you mean 'tagging'"):
        registry.find_task("taging")
    with pytest.raises(SettingError, match="Known are classification, multi_label"):
        registry.find_task("zzz")
