"""A probe says what scikit-learn says of the vectors, and model and probe are weighed together."""

import dataclasses
import shutil

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from madang.commands import cli
from madang.datasets import registry
from madang.datasets.card import LabelledText
from madang.errors import CheckpointError, SettingError
from madang.explanation.explanation import explain_text
from madang.explanation.page import write_page
from madang.export.probe import add_probe
from madang.formats.manifest import UNCALIBRATED, read_manifest, write_manifest
from madang.serving import Classifier, Embedder

WORDS = np.array(["가", "나", "다라", "마바", "산책하고", "문의", "주세요", "#할인"])


def drawn(num_rows: int, seed: int) -> list[LabelledText]:
    """Texts whose label hangs on two of their words, and not always."""
    chance = np.random.default_rng(seed)
    rows = []
    for _ in range(num_rows):
        words = chance.choice(WORDS, size=6)
        odds = 3 * ("#할인" in words) + 2 * ("문의" in words) - 2.5
        rows.append(LabelledText(" ".join(words), int(chance.random() < 1 / (1 + np.exp(-odds)))))
    return rows


ROWS = {"train": drawn(400, 1), "validation": drawn(300, 2)}


@pytest.fixture(autouse=True)
def posts(monkeypatch):
    """The drawn texts stand for the posts."""
    card = dataclasses.replace(registry.CARDS["ads_instagram"], read=lambda _, split: ROWS[split])
    monkeypatch.setitem(registry.CARDS, "ads_instagram", card)


@pytest.fixture
def probed(exported, exported_encoder, tmp_path):
    """Return the folder of the classifier with a probe."""
    add_probe(exported, tmp_path / "probed", data="ads_instagram", encoder=str(exported_encoder))
    return tmp_path / "probed"


def log_odds(classifier: Classifier, texts: list[str]) -> np.ndarray:
    odds = [answer.probabilities["ad"] for answer in classifier.classify(texts)]
    return np.log(odds) - np.log1p(-np.array(odds))


def test_the_log_odds_are_those_of_the_model_and_of_the_probe(probed, exported, exported_encoder):
    texts = [row.text for row in ROWS["validation"]]
    label_N = np.array([row.label for row in ROWS["validation"]])
    embedder = Embedder.load(exported_encoder)
    probe = LogisticRegression(C=1.0, max_iter=1000).fit(
        embedder.embed([row.text for row in ROWS["train"]]), [row.label for row in ROWS["train"]]
    )
    calibration = read_manifest(exported).calibration
    own_N = (log_odds(Classifier.load(exported), texts) - calibration.offset) / calibration.scale
    columns = np.stack([own_N, probe.decision_function(embedder.embed(texts))], axis=1)
    # Without a penalty, and with one more row of each class at every place: Platt's targets.
    positive, negative = label_N.sum(), (1 - label_N).sum()
    target_N = np.where(label_N, (positive + 1) / (positive + 2), 1 / (negative + 2))
    joined = LogisticRegression(C=np.inf, tol=1e-10).fit(
        np.concatenate([columns, columns]),
        np.repeat([1, 0], len(texts)),
        sample_weight=np.concatenate([target_N, 1 - target_N]),
    )
    found_N = log_odds(Classifier.load(probed), texts)
    np.testing.assert_allclose(found_N, joined.decision_function(columns), atol=2e-3)
    assert np.abs(found_N - log_odds(Classifier.load(exported), texts)).max() > 0.1


def test_the_same_text_has_the_same_answer_whoever_its_neighbours_are(probed):
    classifier = Classifier.load(probed)
    texts = [row.text for row in ROWS["validation"][:40]] + ["", "가" * 3000]
    together = classifier.classify(texts, batch_size=32)
    assert together == [classifier.classify([text])[0] for text in texts]
    assert together == Classifier.load(probed, num_threads=2).classify(texts)


def test_an_explanation_adds_up_with_a_probe_too(probed, exported_encoder):
    text = ROWS["validation"][0].text
    classifier = Classifier.load(probed)
    (answer,) = classifier.classify([text])
    found = explain_text(text, str(probed))
    assert found.version == classifier.version
    assert found.decision.label == answer.label
    assert found.decision.probability == pytest.approx(answer.probability, rel=1e-6)
    assert found.evidence.values.sum() + found.evidence.constant == pytest.approx(
        found.decision.log_odds, abs=1e-5
    )
    said = Embedder.load(exported_encoder).embed([text])[0] @ read_manifest(probed).probe.weights
    assert abs(found.decision.probed) == pytest.approx(abs(said), rel=1e-5)
    shown = f"{found.decision.probed:+.2f}".replace("-", "−")
    assert f"a second encoder on the whole text</span> <b>{shown}" in write_page(
        found, language="en"
    )


def test_a_probe_is_replaced_and_tells_versions_apart(probed, exported, exported_encoder):
    first, bare = Classifier.load(probed).version, Classifier.load(exported).version
    manifest, card = read_manifest(probed), (probed / "README.md").read_text()
    add_probe(probed, probed, data="ads_instagram", encoder=str(exported_encoder))
    assert read_manifest(probed) == manifest
    assert (probed / "README.md").read_text() == card
    assert "weights · vector" in card
    add_probe(probed, probed, data="ads_instagram", encoder=str(exported_encoder), strength=9.0)
    assert len({first, bare, Classifier.load(probed).version}) == 3
    assert all(len(version) <= 64 for version in (first, bare))


def test_another_encoder_in_its_place_is_refused(probed, exported_encoder, tmp_path):
    manifest = read_manifest(probed)
    assert manifest.probe is not None
    other = dataclasses.replace(manifest.probe, encoder_version="0" * 12)
    write_manifest(probed, dataclasses.replace(manifest, probe=other))
    with pytest.raises(CheckpointError, match="madang probe"):
        Classifier.load(probed)
    shorter = dataclasses.replace(manifest.probe, weights=manifest.probe.weights[:-1])
    write_manifest(probed, dataclasses.replace(manifest, probe=shorter))
    with pytest.raises(CheckpointError, match="31"):
        Classifier.load(probed)


def test_a_model_of_three_labels_takes_no_probe(exported, exported_encoder, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "three")
    manifest = dataclasses.replace(read_manifest(folder), labels=("a", "b", "c"), calibration=None)
    write_manifest(folder, manifest)
    with pytest.raises(CheckpointError, match="3 labels"):
        add_probe(folder, tmp_path / "out", data="ads_instagram", encoder=str(exported_encoder))
    probe = dataclasses.replace(
        read_manifest(exported), calibration=UNCALIBRATED, labels=("a", "b", "c")
    )
    write_manifest(folder, probe)
    with pytest.raises(CheckpointError, match="for two labels"):
        Classifier.load(folder)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"data": "nsmc"}, "negative"), ({"strength": 0.0}, "more than 0")],
)
def test_wrong_settings_are_named_before_anything_is_read(exported, tmp_path, changes, says):
    with pytest.raises(SettingError, match=says):
        add_probe(exported, tmp_path / "out", **({"data": "ads_instagram"} | changes))
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_counts_how_much(exported, exported_encoder, tmp_path, capsys):
    arguments = ["--model", str(exported), "--data", "ads_instagram", "--output"]
    arguments += [str(tmp_path / "out"), "--encoder", str(exported_encoder)]
    assert cli.main(["probe", *arguments]) == 0
    assert "the probe's" in capsys.readouterr().err
    assert read_manifest(tmp_path / "out").record["probe"]["data"] == "ads_instagram"
