"""Any model folder is opened by the class that serves its task."""

import dataclasses
import json
import subprocess
import sys

import pytest

from madang.errors import CheckpointError, SettingError
from madang.formats.catalogue import find_model, names
from madang.formats.manifest import Manifest, read_manifest
from madang.serving import Recommender, load
from madang.tasks.predictor import Predictor
from madang.tasks.registry import find_predictor, served_names


@pytest.mark.parametrize("task", served_names())
def test_a_class_opens_exactly_the_tasks_that_it_serves(task, tmp_path):
    manifest = Manifest(family="bert", task=task, tokenizer_sha256="")
    cls = find_predictor(task)
    assert Predictor.of_task(tmp_path, manifest) is cls
    for other in served_names():
        if find_predictor(other) is cls:
            assert cls.of_task(tmp_path, dataclasses.replace(manifest, task=other)) is cls
        else:
            with pytest.raises(CheckpointError, match=f"needs the task .*'{task}'"):
                cls.of_task(tmp_path, dataclasses.replace(manifest, task=other))


@pytest.mark.parametrize("name", names())
def test_a_shipped_model_is_opened_by_name_and_by_folder(name):
    cls = find_predictor(read_manifest(find_model(name)).task)
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
        "print([name for name in ('answering', 'pair') if f'madang.tasks.{name}.predictor' in "
        "sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
