"""Any model folder is opened by the class that serves its task."""

import importlib
import json
import subprocess
import sys

import pytest

from madang.errors import CheckpointError, SettingError
from madang.formats.catalogue import find_model, names
from madang.formats.manifest import read_manifest
from madang.serving import Recommender, load
from madang.serving.opener import CLASSES
from madang.tasks.predictor import ServedModel


def class_of(task):
    module, _, name = CLASSES[task].partition(":")
    return getattr(importlib.import_module(f"madang.tasks.{module}"), name)


def test_every_class_opens_exactly_the_tasks_that_it_serves():
    served = {cls for task in CLASSES if (cls := class_of(task)) is not Recommender}
    assert served == set(ServedModel.__subclasses__())
    for cls in served:
        assert {task for task in CLASSES if class_of(task) is cls} == set(cls.tasks)
    assert [task for task in CLASSES if class_of(task) is Recommender] == ["recommendation"]


@pytest.mark.parametrize("name", names())
def test_a_shipped_model_is_opened_by_name_and_by_folder(name):
    cls = class_of(read_manifest(find_model(name)).task)
    for given in (name, find_model(name), str(find_model(name))):
        assert type(load(given)) is cls


def test_the_folder_of_a_recommender_recommends():
    recommender = load(find_model("gifts"), num_threads=2)
    history = list(recommender.items[:2])
    expected = Recommender.load("gifts").recommend(history=history, k=3)
    assert recommender.recommend(history=history, k=3) == expected


def test_a_task_that_nothing_serves_is_refused_with_those_that_are(tmp_path):
    folder = find_model("gifts")
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((folder / "madang.json").read_text())
    (tmp_path / "madang.json").write_text(json.dumps({**manifest, "task": "masked_tokens"}))
    with pytest.raises(CheckpointError, match="'masked_tokens'; served are 'classification', "):
        load(tmp_path)


def test_what_is_no_model_and_no_number_of_threads_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"holds no madang\.json"):
        load(tmp_path)
    with pytest.raises(SettingError, match="num_threads is 0"):
        load("gifts", num_threads=0)


def test_a_class_is_read_when_a_folder_asks_for_it():
    code = (
        "import sys; from madang.serving import load; load('gifts');"
        "print([name for name in ('answering', 'pair') if f'madang.tasks.{name}' in "
        "sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
