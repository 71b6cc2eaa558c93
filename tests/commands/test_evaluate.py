"""``madang evaluate`` prints figures, and on request checks reasons and writes both down."""

import json
import re

import numpy as np
import pytest

from madang.commands import evaluate as command
from madang.datasets import registry
from madang.datasets.card import LabelledText
from madang.errors import SettingError
from madang.evaluation.run import check_same_task, reason_figures
from madang.formats.manifest import Manifest
from madang.serving import Classification, Classifier, Reason
from madang.tasks.registry import find_evaluation


class Model:
    """Calls a text with 광고 an advertisement, for that word."""

    def __init__(self, manifest):
        self.manifest = manifest
        self.labels = manifest.labels

    def classify(self, texts):
        return [self._answer(text) for text in texts]

    def probabilities(self, texts):
        return np.array([list(self._answer(text).probabilities.values()) for text in texts])

    def _answer(self, text):
        probability = 0.9 if "광고" in text else 0.2
        label = "ad" if probability >= 0.5 else "ordinary"
        start = max(0, text.find("광고"))
        probabilities = {"ordinary": 1 - probability, "ad": probability}
        reasons = (Reason(start, start + 2, text[start : start + 2], 1.0, label),)
        return Classification(label, probabilities[label], probabilities, reasons)


@pytest.fixture
def opened(monkeypatch):
    """The model above as a served one, and a split of forty posts."""
    manifest = Manifest(
        family="bert",
        task="classification",
        tokenizer_sha256="",
        labels=("ordinary", "ad"),
        record={"data": ["ads_instagram"]},
    )
    monkeypatch.setattr(
        command, "open_models", lambda names: {name: Model(manifest) for name in names}
    )
    rows = [
        LabelledText(text=f"오늘 {'광고' if number % 2 else '산책'} {number}번", label=number % 2)
        for number in range(40)
    ]
    monkeypatch.setattr(registry, "load", lambda name, split: rows)


@pytest.mark.usefixtures("opened")
def test_the_reasons_are_checked_on_request(capsys):
    command.evaluate(splits=("validation",), reasons=20)
    printed = capsys.readouterr().out
    assert re.search(r"^accuracy +1\.0000", printed, re.MULTILINE)
    assert "drop_difference" in printed


@pytest.mark.usefixtures("opened")
def test_figures_are_recorded_under_their_protocol(monkeypatch, tmp_path):
    recorded = {}
    monkeypatch.setattr(command, "find_model", lambda name: tmp_path)
    monkeypatch.setattr(command, "record_figures", lambda folder, figures: recorded.update(figures))
    command.evaluate(splits=("validation", "test"), record=True)
    assert recorded["accuracy[ads_instagram test]"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert "roc_auc[ads_instagram validation]" in recorded


def test_rows_with_nothing_to_judge_stay_in_the_figures_and_are_counted(
    exported, monkeypatch, capsys
):
    rows = [LabelledText(text, number % 2) for number, text in enumerate(["광고 문의", "산책"] * 9)]
    blank = [LabelledText(text, 1) for text in ("", "\u3164")]
    monkeypatch.setattr(registry, "load", lambda name, split: rows + blank)
    command.evaluate(model=str(exported), data=("ads_instagram",), splits=("test",))
    printed = capsys.readouterr().out
    model = Classifier.load(exported)
    given = [answer.label for answer in model.classify([row.text for row in rows])]
    right = np.mean([model.labels[row.label] == one for row, one in zip(rows, given, strict=True)])
    assert re.search(r"^coverage +0\.9000", printed, re.MULTILINE)
    assert re.search(rf"^accuracy\[judged\] +{right:.4f}", printed, re.MULTILINE)
    shown = model.probabilities([row.text for row in rows + blank])[:, 1] >= model.threshold
    all_right = np.mean([row.label == one for row, one in zip(rows + blank, shown, strict=True)])
    assert re.search(rf"^accuracy\[0\.60\] +{all_right:.4f}", printed, re.MULTILINE)
    assert f"{exported}: 2 rows have nothing to judge" in printed


@pytest.mark.usefixtures("opened")
def test_the_figures_are_written_into_a_folder_that_is_new(tmp_path):
    target = tmp_path / "new" / "figures.json"
    command.evaluate(splits=("test",), output=target)
    assert json.loads(target.read_text())["ads_instagram test"]["ads"]["accuracy"]["value"] == 1.0


def test_a_task_whose_models_give_no_reasons_is_told_so():
    manifest = Manifest(family="bert", task="tagging", tokenizer_sha256="")
    with pytest.raises(SettingError, match="'tagging' gives no reasons"):
        reason_figures(Model(manifest), [], 5)


@pytest.mark.usefixtures("opened")
def test_another_model_and_the_baseline_stand_beside_it(monkeypatch, capsys):
    class Coin:
        def fit(self, texts, labels):
            return self

        def probabilities(self, texts):
            return np.full((len(texts), 2), 0.5)

    monkeypatch.setattr("madang.tasks.classification.evaluation.NgramClassifier", Coin)
    command.evaluate(splits=("test",), compare=("runs/fresh/model",), baseline=True)
    lines = capsys.readouterr().out.splitlines()
    columns = next(line for line in lines if line.startswith(" "))
    assert columns.split() == ["ads", "runs/fresh/model", "TF-IDF"]
    values = next(line for line in lines if line.startswith("accuracy ")).split()[1::3]
    assert values == ["1.0000", "1.0000", "0.5000"]


@pytest.mark.usefixtures("opened")
def test_a_data_set_is_judged_by_its_own_splits(capsys):
    command.evaluate()
    printed = capsys.readouterr().out
    assert "licence of ads_instagram" in printed
    assert "ads_instagram validation, 40 rows" in printed
    assert "ads_instagram test, 40 rows" in printed


def test_models_of_two_tasks_are_not_compared():
    manifests = {
        name: Manifest(family="bert", task=name, tokenizer_sha256="")
        for name in ("classification", "tagging")
    }
    with pytest.raises(SettingError, match="Models of one task can be compared"):
        check_same_task(manifests)


def test_a_model_that_names_no_data_is_told_to_be_given_some(monkeypatch):
    manifest = Manifest(family="bert", task="classification", tokenizer_sha256="")
    monkeypatch.setattr(command, "open_models", lambda names: {"mine": Model(manifest)})
    with pytest.raises(SettingError, match="Say what to measure it on: --data NAME"):
        command.evaluate(model="mine")


def test_a_task_that_can_not_be_measured_is_named():
    with pytest.raises(SettingError, match="'masked_tokens' can not be measured"):
        find_evaluation("masked_tokens")
