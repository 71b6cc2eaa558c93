"""An explanation adds up, says what the classifier says, and is a page by itself."""

import base64
import io
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from madang.commands import cli
from madang.errors import CheckpointError, SettingError
from madang.explanation.explanation import explain_text
from madang.explanation.image import alpha_png
from madang.explanation.page import WORDING, opacity_of, word_shares, write_page
from madang.formats.manifest import Calibration, Manifest, read_manifest, write_manifest
from madang.serving import Classifier
from madang.tasks.registry import find_predictor

TEXT = "가 마에서 산책하고 문의 주세요 #할인 <b>&amp;</b>"


@pytest.fixture(scope="module")
def of_export(exported):
    return explain_text(TEXT, str(exported))


@pytest.fixture(scope="module")
def of_checkpoint(checkpoint):
    return explain_text(TEXT, str(checkpoint))


def test_an_explanation_gives_the_label_that_the_classifier_gives(exported, of_export):
    (answer,) = Classifier.load(exported).classify([TEXT])
    assert of_export.decision.label == answer.label
    assert of_export.decision.probability == pytest.approx(answer.probability, rel=1e-6)


def test_the_evidence_adds_up_to_the_log_odds(of_export):
    decision, evidence = of_export.decision, of_export.evidence
    total = evidence.values.sum() + evidence.constant
    assert total == pytest.approx(decision.log_odds, abs=1e-5)
    assert 1 / (1 + np.exp(-total)) == pytest.approx(decision.probability, abs=1e-5)
    assert evidence.difference == pytest.approx(0, abs=1e-5)


def test_a_checkpoint_tells_the_same_and_more(of_export, of_checkpoint):
    assert of_checkpoint.decision.label == of_export.decision.label
    np.testing.assert_allclose(of_checkpoint.evidence.values, of_export.evidence.values, atol=1e-5)
    gradients = of_checkpoint.gradients
    assert abs(gradients.difference) < 0.02 * max(1, abs(of_checkpoint.decision.log_odds))
    # [CLS] and [SEP] stand in the hidden text too: no way to go, no share.
    assert gradients.values[0] == gradients.values[-1] == 0.0
    size = len(of_checkpoint.tokens)
    assert [layer.shape for layer in of_checkpoint.attention] == [(2, size, size)] * 2
    assert of_export.attention == ()


def test_words_and_the_marks_around_them_hold_all_evidence(of_export):
    words = word_shares(of_export, of_export.evidence)
    values = of_export.evidence.values
    assert sum(share for *_, share in words) == pytest.approx(values.sum() - values[[0, -1]].sum())
    assert [TEXT[start:end] for start, end, _ in words] == [
        *("가", "마에서", "산책하고", "문의", "주세요", "#할인", "<b>&amp;</b>")
    ]


@pytest.mark.parametrize(
    ("logits", "manifest", "label", "probability"),
    [
        # Two labels: calibrated, shown from the threshold on.
        (
            [0.0, 1.0],
            {"calibration": Calibration(scale=2.0, offset=-1.0)},
            "b",
            1 / (1 + np.exp(-1)),
        ),
        ([0.0, 0.1], {"threshold": 0.6}, "a", 1 / (1 + np.exp(0.1))),
        # Three labels: softmax.
        ([0.0, 1.0, 3.0], {"labels": ("a", "b", "c")}, "c", np.exp(3) / (1 + np.e + np.exp(3))),
        # Labels that may hold together: the most probable by itself.
        ([-2.0, -1.0], {"task": "multi_label"}, "b", 1 / (1 + np.exp(1))),
    ],
)
def test_a_decision_is_the_tasks_own(logits, manifest, label, probability):
    fields = {"family": "bert", "task": "classification", "labels": ("a", "b"), **manifest}
    decide = find_predictor(fields["task"]).decide
    decision = decide(np.array(logits), Manifest(tokenizer_sha256="", **fields))
    assert decision.label == label
    assert decision.probability == pytest.approx(probability)
    assert decision.log_odds == pytest.approx(np.dot(logits, decision.weights) + decision.constant)


@pytest.mark.parametrize("language", WORDING)
def test_the_page_stands_alone_and_shows_the_text_as_text(of_checkpoint, language):
    page = write_page(of_checkpoint, language=language)
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*['\"]?(?:https?:)?//", page)
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in page
    assert "<b>&amp;</b>" not in page
    assert page.count('class="map"') == 2 + 2 * 2  # large, mean, two heads in two layers
    assert "$" not in page
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page


def test_an_export_page_says_what_the_attention_needs(of_export):
    page = write_page(of_export, language="en")
    assert WORDING["en"]["attention_missing"] in page
    assert 'class="map"' not in page


def test_both_languages_say_the_same_things():
    assert WORDING["ko"].keys() == WORDING["en"].keys()
    with pytest.raises(SettingError, match="ko, en"):
        write_page(None, language="fr")


def test_a_long_text_is_explained_as_the_classifier_reads_it(checkpoint, exported):
    text = "가 마에서 산책하고 문의 주세요 " * 20
    (answer,) = Classifier.load(exported).classify([text])
    for folder in (checkpoint, exported):
        explanation = explain_text(text, str(folder))
        assert explanation.decision.probability == pytest.approx(answer.probability, rel=1e-4)
        assert not explanation.is_truncated
        words = word_shares(explanation, explanation.evidence)
        assert [text[start:end] for start, end, _ in words] == text.split()
    whole = explain_text(text, str(checkpoint))
    assert len(whole.window) == whole.attention[0].shape[-1] == 48 < len(whole.tokens)
    assert abs(whole.gradients.difference) < 0.02
    assert WORDING["ko"]["first_window"].format(count=48) in write_page(whole)


def test_a_text_that_is_too_long_is_cut_and_said_so(exported):
    explanation = explain_text("가나다 " * 600, str(exported))
    assert explanation.is_truncated
    page = write_page(explanation)
    assert WORDING["ko"]["truncated"] in page
    assert 'class="unread"' in page


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_a_text_without_words_has_a_page(checkpoint, exported, text):
    for folder in (checkpoint, exported):
        assert "<main>" in write_page(explain_text(text, str(folder)))


def test_a_picture_is_read_by_others_as_it_was_meant():
    opacity = np.random.default_rng(0).integers(0, 256, (5, 7)).astype(np.uint8)
    image = Image.open(io.BytesIO(alpha_png(opacity)))
    assert (image.mode, image.size) == ("LA", (7, 5))
    np.testing.assert_array_equal(np.asarray(image)[..., 1], opacity)
    assert (np.asarray(image)[..., 0] == 0).all()


def test_the_page_s_pictures_are_the_attention(of_checkpoint):
    page = write_page(of_checkpoint)
    images = re.findall(r'data-image="data:image/png;base64,([^"]+)"', page)
    heads = [weights for layer in of_checkpoint.attention for weights in layer]
    for content, weights in zip(images[1:], heads, strict=True):
        opacity = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))[..., 1]
        np.testing.assert_array_equal(opacity, opacity_of(weights))


def test_the_command_writes_the_page_and_says_the_label(checkpoint, tmp_path, capsys):
    output = tmp_path / "page.html"
    arguments = ["explain", TEXT, "--model", str(checkpoint), "--output", str(output)]
    assert cli.main(arguments) == 0
    assert "integrated gradients add up" in capsys.readouterr().err
    first = output.read_text(encoding="utf-8")
    assert cli.main(arguments) == 0
    assert output.read_text(encoding="utf-8") == first
    assert cli.main([*arguments[:-1], "page.txt"]) == 2
    assert ".html" in capsys.readouterr().err


def test_an_export_that_decides_nothing_is_refused(exported, tmp_path):
    folder = tmp_path / "export"
    shutil.copytree(exported, folder)
    write_manifest(folder, replace(read_manifest(folder), task="answering"))
    with pytest.raises(CheckpointError, match="decides on no label"):
        explain_text(TEXT, str(folder))
