"""A model card says what the model was trained on, what it reaches, and what nobody recorded."""

import shutil

import pytest

from madang.datasets.registry import find_card
from madang.export.card import record_figures, render_card
from madang.formats.manifest import Calibration, Manifest, read_manifest
from madang.serving import Classifier


def manifest(**changes):
    fields = {
        "family": "bert",
        "task": "classification",
        "tokenizer_sha256": "0" * 64,
        "labels": ("ordinary", "ad"),
        "max_length": 256,
        **changes,
    }
    return Manifest(**fields)


def test_data_licence_figures_and_limits_stand_in_the_card():
    card = render_card(
        "ads",
        manifest(
            calibration=Calibration(scale=2.0, offset=-0.5),
            threshold=0.7,
            record={
                "data": [{"name": "posts", "licence": "CC-BY-4.0", "num_texts": 33533}],
                "figures": {"accuracy": {"value": 0.8, "low": 0.79, "high": 0.81}, "auc": 0.876543},
                "limits": ["It reads Korean alone."],
                "energy_kwh": 0.05,
                "settings": {"optimizer": {"learning_rate": 0.0005}},
                "export": {"precision": "int8"},
            },
        ),
    )
    for part in (
        "# ads",
        "`ordinary`, `ad`",
        "- **posts** (licence: CC-BY-4.0; num_texts: 33533)",
        "| accuracy | 0.8 (95 %: 0.79 to 0.81) |",
        "| auc | 0.8765 |",
        "- It reads Korean alone.",
        "| energy_kwh | 0.05 |",
        "| settings.optimizer.learning_rate | 0.0005 |",
        "| precision | int8 |",
        "sigmoid(2.0000 · score + -0.5000)",
        "From a probability of 0.7 on, `ad` is given",
        "windows of 256 tokens",
    ):
        assert part in card


def test_what_is_not_recorded_is_said_to_be_so():
    card = render_card("plain", manifest())
    assert card.count("Not recorded.") == 4
    assert "not calibrated" in card


def test_a_known_data_set_is_named_with_its_licence_and_a_file_by_its_name_alone():
    data = ["nsmc", "/home/somebody/decisions.csv"]
    card = render_card("mood", manifest(record={"data": data}))
    assert f"- **nsmc** (licence: {find_card('nsmc').licence}" in card
    assert find_card("nsmc").address in card
    assert "**decisions.csv** (licence: not recorded)" in card
    assert "/home/somebody" not in card


def test_a_licence_that_nobody_noted_is_named_as_missing():
    card = render_card("plain", manifest(record={"data": [{"name": "posts"}]}))
    assert "licence: not recorded" in card


def test_a_bar_in_a_value_does_not_break_the_table():
    card = render_card("plain", manifest(record={"figures": {"a|b": "c|d\ne"}}))
    assert r"| a\|b | c\|d e |" in card


def test_recorded_figures_stand_in_manifest_and_card_and_the_model_still_serves(exported, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "folder")
    record_figures(folder, {"accuracy[a test]": 0.5, "roc_auc[a test]": 0.6})
    record_figures(folder, {"accuracy[a test]": {"value": 0.8, "low": 0.7, "high": 0.9}})
    figures = read_manifest(folder).record["figures"]
    assert figures["accuracy[a test]"]["value"] == 0.8
    assert figures["roc_auc[a test]"] == 0.6
    card = (folder / "README.md").read_text()
    assert "| accuracy[a test] | 0.8 (95 %: 0.7 to 0.9) |" in card
    Classifier.load(folder)


@pytest.mark.parametrize(
    ("task", "parts"),
    [
        ("embedding", ("A sentence encoder of the family `bert`", "madang similar --model x")),
        ("tagging", ("A tagger of the family", "madang tag --model x")),
        ("masked_tokens", ("it guesses hidden tokens", "--encoder.folder x")),
        ("similarity", ("a score that says how alike", "madang compare --model x")),
    ],
)
def test_a_model_of_another_task_is_no_classifier(task, parts):
    card = render_card("x", manifest(task=task, labels=()))
    assert all(part in card for part in parts)
    assert "classif" not in card
    assert "## Decision" not in card
