"""Every text has one answer, whoever its neighbours are; a damaged folder has an error instead."""

import dataclasses
import json
import math
import shutil
import subprocess
import sys
import unicodedata

import numpy as np
import onnx
import pytest

from madang.errors import CheckpointError, ExportError, SettingError, TokenizerMismatchError
from madang.export.onnx import export_onnx
from madang.export.quantization import quantize
from madang.formats.catalogue import find_model
from madang.formats.manifest import UNCALIBRATED, read_manifest, write_manifest
from madang.models.bert import BertEncoder
from madang.models.bert.heads.classification import BertForSequenceClassification
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.runtime.onnx import OnnxRunner
from madang.serving import Classifier
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.classification.predictor import SingleLabelClassifier
from madang.tasks.classifier import SIGNATURE
from madang.tasks.multi_label.predictor import MultiLabelClassifier
from madang.text.obfuscation.reading import read_hidden
from madang.text.obfuscation.trick import obfuscate
from madang.text.tokenizer import Tokenizer
from madang.text.window import MOST_WINDOWS, text_windows, windows

POSTS = [
    "이 글은 업체에서 제품을 무료로 제공받아 작성했습니다 #협찬 #광고",
    "오늘 한강에서 산책하다가 고양이를 만났어요",
    "지금",
    "",
    "비가 와서 집에서 부침개를 해 먹었습니다. " * 5,
    "할인! 프로필 링크에서 문의 주세요",
]
STRANGE = {
    "empty": "",
    "one character": "가",
    "a space": " ",
    "only emoji": "👍🏽👨‍👩‍👧🇰🇷",
    "decomposed": unicodedata.normalize("NFD", POSTS[0]),
    "right to left": "مرحبا שלום \u202e광고\u202c",
    "NUL bytes": "\0광\0고\0",
    "script": "<script>alert('광고')</script>",
    "half a surrogate pair": "광고\ud83d",
    "one letter a thousand times": "ㅋ" * 1000,
    "100,000 characters": "광고 문의 " * 16_667,
    "100,000 characters without a space": "광고문의산책" * 16_667,
    "100,000 times one letter": "ㅋ" * 100_000,
}


@pytest.fixture(params=["float32", "int8"])
def either(request, exported, tmp_path):
    """The classifier, in fp32 and in int8."""
    if request.param == "float32":
        return Classifier.load(exported)
    graph = quantize(onnx.load(exported / "model.onnx"))
    (tmp_path / "model.onnx").write_bytes(graph.SerializeToString())
    return SingleLabelClassifier(
        runner=OnnxRunner(tmp_path / "model.onnx", signature=SIGNATURE),
        tokenizer=Tokenizer.load(exported),
        manifest=read_manifest(exported),
    )


def test_a_batch_of_one_equals_a_batch_of_32(either):
    batch = (POSTS * 6)[:32]
    together = either.classify(batch)
    assert together == [either.classify([text])[0] for text in batch]
    assert together == either.classify(batch, batch_size=5)


def test_more_threads_give_the_same_answers(exported):
    one, three = Classifier.load(exported), Classifier.load(exported, num_threads=3)
    assert one.classify(POSTS * 4) == three.classify(POSTS * 4)


def test_the_answer_is_the_checkpoints_own(checkpoint, exported):
    import torch

    model = load_checkpoint(checkpoint).model
    tokenizer = Tokenizer.load(checkpoint)
    short = [text for text in POSTS if text and len(tokenizer.encode([text])[0].ids) <= 64]
    assert len(short) > 3
    for answer, text in zip(Classifier.load(exported).classify(short), short, strict=True):
        ids = tokenizer.encode([text])[0].ids
        with torch.inference_mode():
            first, last = model(torch.tensor([ids]))[0][0].tolist()
        expected = 1 / (1 + math.exp(-(1.5 * (last - first) - 0.2)))
        assert answer.probabilities["ad"] == pytest.approx(expected, abs=1e-4)
        assert answer.probabilities["ordinary"] == pytest.approx(1 - expected, abs=1e-4)
        assert answer.label == ("ad" if expected >= 0.6 else "ordinary")
        assert answer.probability == answer.probabilities[answer.label]


# Of these the vocabulary of the exported model knows no token.
UNKNOWN = (
    "empty",
    "a space",
    "only emoji",
    "one letter a thousand times",
    "100,000 times one letter",
)


@pytest.mark.parametrize("name", [name for name in STRANGE if name not in UNKNOWN])
def test_any_text_has_an_answer(name, either):
    text = STRANGE[name]
    answer, again = either.classify([text, text], reasons=len(text) <= 1000)
    assert answer == again
    assert answer.label in either.labels
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert answer.is_truncated == ("100,000" in name)
    for reason in answer.reasons:
        assert reason.text == text[reason.start : reason.end]


@pytest.mark.parametrize("name", UNKNOWN)
def test_where_nothing_can_be_read_there_is_nothing_to_judge(name, either):
    (answer,) = either.classify([STRANGE[name]])
    assert (answer.label, answer.probability, answer.probabilities) == (None, None, {})
    assert (answer.reasons, answer.labels, answer.is_judged) == ((), (), False)
    assert not either.is_judged([STRANGE[name]]).any()


def test_a_short_text_is_judged_by_the_letters_that_its_manifest_asks_for(exported, tmp_path):
    shutil.copytree(exported, tmp_path / "model")
    manifest = read_manifest(exported)
    write_manifest(tmp_path / "model", dataclasses.replace(manifest, fewest_letters=5))
    asking = Classifier.load(tmp_path / "model")
    texts = ["할인 문의", "할인 문의 \u3164\u3164", "지금 할인 문의"]
    assert [answer.is_judged for answer in asking.classify(texts)] == [False, False, True]
    # What is measured stays the model's own, whoever asks.
    assert np.array_equal(
        asking.probabilities(texts), Classifier.load(exported).probabilities(texts)
    )


def test_a_text_that_is_cut_before_its_first_word_says_both(exported):
    (answer,) = Classifier.load(exported).classify(["\u200b" * 100_000 + "광고"])
    assert (answer.is_judged, answer.is_truncated) == (False, True)


def test_a_long_text_is_the_mean_of_what_each_of_its_tokens_says_once(checkpoint, classifier):
    import torch

    model = load_checkpoint(checkpoint).model
    text = " ".join(f"{post} {number}" for number, post in enumerate(POSTS * 2))
    cls, *content, sep = Tokenizer.load(checkpoint).encode([text])[0].ids
    spans = windows(len(content), size=62, stride=46)
    assert 4 < len(spans) <= MOST_WINDOWS
    with torch.inference_mode():
        said = [model(torch.tensor([[cls, *content[a:b], sep]]))[1][0].numpy() for a, b in spans]
    rooms = [[min(token - a, b - 1 - token) for a, b in spans] for token in range(len(content))]
    heard = [row.index(max(row)) for row in rooms]
    tokens = [said[each][1 + token - spans[each][0]] for token, each in enumerate(heard)]
    first, last = np.mean([said[0][0], *tokens, said[-1][-1]], axis=0)
    expected = 1 / (1 + math.exp(-(1.5 * (last - first) - 0.2)))
    (answer,) = classifier.classify([text])
    assert answer.probabilities["ad"] == pytest.approx(expected, abs=1e-4)
    assert not answer.is_truncated
    assert open_checkpoint(checkpoint).probabilities([text, "지금"])[0, 1] == pytest.approx(
        expected, abs=1e-4
    )


def test_a_classifier_whose_tokens_say_nothing_is_measured_and_has_its_reasons(
    checkpoint, tmp_path
):
    import torch

    torch.manual_seed(3)
    encoder = BertEncoder(load_checkpoint(checkpoint).model.config)
    model = BertForSequenceClassification(encoder, num_labels=2).eval()
    tokenizer = Tokenizer.load(checkpoint)
    save_checkpoint(
        tmp_path,
        model,
        tokenizer_json=tokenizer.to_json(),
        task="classification",
        labels=("ordinary", "ad"),
        max_length=64,
    )
    opened = open_checkpoint(tmp_path)
    texts = [*POSTS, " ".join(POSTS * 3)]
    expected = []
    for encoding in tokenizer.encode(texts):
        rows = [torch.tensor([part.ids]) for part in text_windows(encoding, max_length=64)]
        with torch.inference_mode():
            logits_C = torch.stack([model(ids)[0] for ids in rows]).mean(dim=0)
        expected.append(logits_C.softmax(dim=0).tolist())
    np.testing.assert_allclose(opened.probabilities(texts), expected, atol=1e-5)
    (answer,) = opened.classify(texts[-1:])
    for reason in answer.reasons:
        assert reason.text == texts[-1][reason.start : reason.end]
    with pytest.raises(ExportError, match="gives evidence for its tokens"):
        export_onnx(tmp_path, tmp_path / "out")


def test_a_checkpoint_answers_a_text_as_if_it_were_alone(checkpoint):
    opened = open_checkpoint(checkpoint)
    together = opened.probabilities(POSTS * 3)
    alone = np.concatenate([opened.probabilities([text]) for text in POSTS * 3])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert np.array_equal(together.argmax(axis=1), alone.argmax(axis=1))


def test_advertising_behind_the_first_window_is_read_and_is_the_reason():
    classifier = Classifier.load("ads")
    walk = (
        "오늘은 날씨가 좋아서 강아지랑 한강에서 산책했어요. 집에 와서 책을 읽다가 일찍 잤습니다. "
    )
    sale = "지금 구매하시면 할인! 프로필 링크에서 주문 문의 주세요. 선착순 무료배송 이벤트! "
    calm, sold = classifier.classify([walk * 45, walk * 20 + sale * 40], reasons={"ad"})
    beginning = Tokenizer.load(find_model("ads")).encode([walk * 20], max_length=512)[0]
    assert len(beginning.ids) == 512
    assert sold.label != calm.label
    assert any(reason.start >= len(walk * 20) for reason in sold.reasons)


def test_a_text_cut_at_the_limit_says_so(classifier):
    words = "광고 " * 2000
    answer = classifier.classify([words])[0]
    assert answer.is_truncated
    assert not classifier.classify(["광고"])[0].is_truncated
    # What lies behind the limit is not read: it changes nothing and is no reason.
    assert classifier.classify([words + "산책 " * 50])[0].probability == answer.probability


def test_no_texts_give_no_answers(classifier):
    assert classifier.classify([]) == []


@pytest.mark.parametrize("call", [{"texts": "한 글"}, {"texts": ["a"], "batch_size": 0}])
def test_a_wrong_call_is_answered_with_the_right_one(classifier, call):
    with pytest.raises(SettingError, match=r"give a list|1 or more"):
        classifier.classify(**call)


def test_the_version_is_the_hash_of_the_model_file(classifier, exported):
    import hashlib

    expected = hashlib.sha256((exported / "model.onnx").read_bytes()).hexdigest()
    assert classifier.version == expected[:12]


def test_three_labels_are_judged_by_the_largest(exported):
    class Fixed:
        sha256 = "0" * 64

        def run(self, feeds):
            evidence_TC = np.ones((len(feeds[0]["input_ids"]), 3), np.float32)
            return iter([(np.array([1.0, 3.0, 2.0], np.float32), evidence_TC)])

    manifest = dataclasses.replace(
        read_manifest(exported), labels=("a", "b", "c"), calibration=None, threshold=0.99
    )
    tokenizer = Tokenizer.load(exported)
    classifier = SingleLabelClassifier(runner=Fixed(), tokenizer=tokenizer, manifest=manifest)
    (answer,) = classifier.stream(["가"])
    weights = [math.exp(value) for value in (1, 3, 2)]
    assert answer.label == "b"
    assert list(answer.probabilities.values()) == pytest.approx([w / sum(weights) for w in weights])


def test_a_text_may_have_several_labels_or_none(exported):
    class Fixed:
        sha256 = "0" * 64

        def __init__(self, *logits):
            self.logits_C = np.array(logits, np.float32)

        def run(self, feeds):
            for feed in feeds:
                yield self.logits_C, np.tile(self.logits_C, (len(feed["input_ids"]), 1))

    manifest = dataclasses.replace(
        read_manifest(exported),
        task="multi_label",
        labels=("a", "b", "c"),
        calibration=None,
        threshold=0.5,
    )
    parts = {"tokenizer": Tokenizer.load(exported), "manifest": manifest}
    (both,) = MultiLabelClassifier(runner=Fixed(1.0, -1.0, 2.0), **parts).classify(
        ["산책 고양이를 만났어요"]
    )
    # Whatever is deleted, it says the same: nothing is a reason.
    assert both.reasons == ()
    assert both.labels == ("c", "a")
    assert both.label == "c"
    assert list(both.probabilities.values()) == pytest.approx(
        [1 / (1 + math.exp(-value)) for value in (1, -1, 2)]
    )
    (neither,) = MultiLabelClassifier(runner=Fixed(-1.0, -800.0, -2.0), **parts).stream(["산책"])
    assert neither.labels == ()
    assert neither.probabilities["b"] == 0.0


def test_each_of_several_labels_has_reasons_by_what_deleting_takes_from_it(exported):
    tokenizer = Tokenizer.load(exported)
    signs = [set(tokenizer.encode([word])[0].content().ids) for word in ("할인", "고양이")]

    class Words:
        """Gives the first label for 할인, the second for 고양이, and never the third."""

        sha256 = "0" * 64

        def run(self, feeds):
            for feed in feeds:
                ids = feed["input_ids"]
                logits = [4.0 * (sign <= set(ids)) - 2 for sign in signs]
                yield np.array([*logits, -9.0], np.float32), np.zeros((len(ids), 3), np.float32)

    manifest = dataclasses.replace(
        read_manifest(exported), task="multi_label", labels=("a", "b", "c"), calibration=None
    )
    manifest = dataclasses.replace(manifest, threshold=0.5)
    classifier = MultiLabelClassifier(runner=Words(), tokenizer=tokenizer, manifest=manifest)
    text = "오늘 할인 소식을 듣고 고양이 산책"
    (answer,) = classifier.classify([text])
    assert {(reason.label, reason.text) for reason in answer.reasons} == {
        ("a", "할인"),
        ("b", "고양이"),
    }
    assert all(reason.weight == pytest.approx(4.0) for reason in answer.reasons)
    (only,) = classifier.classify([text], reasons={"b", "c"})
    assert {reason.label for reason in only.reasons} == {"b"}
    (none,) = classifier.stream([text])
    assert (none.labels, none.reasons) == (answer.labels, ())


def test_a_reason_takes_its_weight_from_the_log_odds_as_served(classifier):
    def log_odds(text, label):
        probability = classifier.probabilities([text])[0, classifier.labels.index(label)]
        return math.log(probability / (1 - probability))

    answers = classifier.classify(POSTS)
    assert any(answer.reasons for answer in answers)
    for text, answer in zip(POSTS, answers, strict=True):
        for reason in answer.reasons:
            shortened = text[: reason.start] + text[reason.end :]
            taken = log_odds(text, answer.label) - log_odds(shortened, answer.label)
            assert reason.weight == pytest.approx(taken, abs=1e-6)
            assert reason.label == answer.label


def test_hidden_letters_are_read_and_reasons_stand_where_they_were_written(classifier):
    plain, first = next(
        (text, answer)
        for text, answer in zip(POSTS, classifier.classify(POSTS), strict=True)
        if answer.reasons and answer.reasons[0].text.isalpha()
    )
    hidden = obfuscate(plain, "zero_width")
    (second,) = classifier.classify([hidden])
    assert hidden != plain
    assert second.probabilities == first.probabilities
    assert len(second.reasons) == len(first.reasons)
    for one, other in zip(first.reasons, second.reasons, strict=True):
        assert hidden[other.start : other.end] == other.text
        assert read_hidden(other.text).text == one.text
        assert other.weight == pytest.approx(one.weight)
    assert classifier.is_judged(["할\u200b인 무 직 자 대 출"]).all()


@pytest.fixture
def copied(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "copy")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_truncated_model_file_is_refused(copied, share):
    path = copied / "model.onnx"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CheckpointError, match=r"cut off|was exported"):
        Classifier.load(copied)


def test_a_single_damaged_byte_is_noticed(copied):
    path = copied / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"damaged|can not be opened"):
        Classifier.load(copied)


def test_another_tokenizer_is_refused(copied):
    path = copied / "tokenizer.json"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(TokenizerMismatchError, match=r"own tokenizer\.json"):
        Classifier.load(copied)


def test_a_checkpoint_is_answered_with_how_to_export_it(checkpoint):
    with pytest.raises(CheckpointError, match="madang export --model"):
        Classifier.load(checkpoint)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "masked_tokens"}, "'masked_tokens'"),
        ({"labels": ("ad",)}, "two labels or more"),
        ({"labels": ("a", "b", "c"), "calibration": UNCALIBRATED}, "for two labels"),
    ],
)
def test_a_model_that_can_not_classify_is_refused(copied, changes, message):
    write_manifest(copied, dataclasses.replace(read_manifest(copied), **changes))
    with pytest.raises(CheckpointError, match=message):
        Classifier.load(copied)


def test_a_graph_of_another_signature_is_refused(copied):
    graph = onnx.load(copied / "model.onnx")
    del graph.graph.output[1]
    onnx.save(graph, copied / "model.onnx")
    manifest = read_manifest(copied)
    write_manifest(copied, dataclasses.replace(manifest, record={}))
    with pytest.raises(CheckpointError, match="a classifier turns"):
        Classifier.load(copied)


def test_serving_loads_no_training_library(exported):
    code = (
        "import json, sys; from madang.serving import Classifier; "
        f"Classifier.load({str(exported)!r}).classify(['광고']); "
        "print(json.dumps(list(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(ran.stdout)}
    assert loaded.isdisjoint({"torch", "transformers", "pandas", "onnx", "safetensors", "sklearn"})
