"""An export answers as its checkpoint does, in the characters of the text as it was given."""

import json
from pathlib import Path

import pytest
import torch

from madang.commands import cli
from madang.errors import CheckpointError, SettingError
from madang.export.onnx import export_onnx
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.answering import BertForSpanExtraction
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import save_checkpoint
from madang.tasks.answering.predictor import Answerer
from madang.tasks.checkpoint import open_checkpoint
from madang.text.unigram import train_unigram

CONTEXT = "광복은 1945년에 왔다. 서울은 한강 옆에 있고 부산은 바다 옆에 있다. " * 4
QUESTION = "광복은 언제 왔나?"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    tokenizer = train_unigram([CONTEXT, QUESTION], vocab_size=70)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=48,
        initializer_range=0.3,
    )
    folder = tmp_path_factory.mktemp("checkpoint")
    save_checkpoint(
        folder,
        BertForSpanExtraction(BertEncoder(config)),
        tokenizer_json=tokenizer.to_json(),
        task="answering",
        max_length=40,
    )
    return folder


@pytest.fixture(scope="module")
def exported(checkpoint, tmp_path_factory) -> Path:
    return export_onnx(checkpoint, tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def answerer(exported) -> Answerer:
    return Answerer.load(exported)


def test_the_export_answers_as_the_checkpoint_over_many_windows(checkpoint, answerer) -> None:
    questions = [(QUESTION, CONTEXT), ("부산은?", CONTEXT[:30]), ("어디?", CONTEXT[20:])]
    expected = open_checkpoint(checkpoint).spans(questions, num_spans=3)
    found = answerer.spans(questions, num_spans=3)
    for left, right in zip(found, expected, strict=True):
        assert [span[:2] for span in left] == [span[:2] for span in right]
        assert [span.probability for span in left] == pytest.approx(
            [span.probability for span in right], rel=1e-3
        )


def test_an_answer_is_what_stands_between_its_characters(answerer) -> None:
    answers = answerer.answer(QUESTION, CONTEXT, num_answers=3)
    assert len({(each.start, each.end) for each in answers}) == 3
    assert all(each.text == CONTEXT[each.start : each.end] != "" for each in answers)
    probabilities = [each.probability for each in answers]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) <= 1.0


@pytest.mark.parametrize("context", ["", "  \n", "\u200b"])
def test_a_text_without_a_visible_character_answers_nothing(answerer, context) -> None:
    assert answerer.answer(QUESTION, context) == []
    assert not answerer.can_answer(QUESTION, context)


@pytest.mark.parametrize("question", ["", "\u3164", "\u2800 \ufe0f", "龘"])
def test_a_question_of_nothing_is_not_answered_and_keeps_its_place(answerer, question) -> None:
    assert answerer.answer(question, CONTEXT) == []
    mixed = answerer.spans([(question, CONTEXT), (QUESTION, CONTEXT), (QUESTION, "")])
    assert mixed == [[], *answerer.spans([(QUESTION, CONTEXT)]), []]


@pytest.mark.parametrize("context", ["광\ud800복", "\x00서울\x00", "서\u1100\u1161울", "𝕊🙂"])
def test_any_text_has_offsets_of_its_own(answerer, context) -> None:
    for each in answerer.answer("어디?", context, num_answers=2):
        assert each.text == context[each.start : each.end]


def test_threads_change_no_answer(exported, answerer) -> None:
    assert Answerer.load(exported, num_threads=2).answer(QUESTION, CONTEXT) == answerer.answer(
        QUESTION, CONTEXT
    )


def test_a_model_for_another_task_is_refused() -> None:
    with pytest.raises(CheckpointError, match="'answering'"):
        Answerer.load("ads")


def test_a_checkpoint_is_told_to_be_exported(checkpoint) -> None:
    with pytest.raises(CheckpointError, match="madang export"):
        Answerer.load(checkpoint)


def test_no_answer_at_all_can_not_be_asked_for(answerer) -> None:
    with pytest.raises(SettingError, match="num_answers"):
        answerer.answer(QUESTION, CONTEXT, num_answers=0)


def test_the_command_reads_a_file_and_counts_its_characters(exported, tmp_path, capsys) -> None:
    path = tmp_path / "text.txt"
    text = "첫 줄\r\n" + CONTEXT
    path.write_bytes(text.encode())
    arguments = ["--question", QUESTION, "--input", str(path), "--model", str(exported)]
    assert cli.main(["answer", *arguments, "--answers", "2"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["answers"]) == 2
    for each in printed["answers"]:
        assert text[each["start"] : each["end"]] == each["text"]


def test_the_command_wants_one_text(exported, tmp_path, capsys) -> None:
    assert cli.main(["answer", "--question", "?", "--model", str(exported)]) == 2
    assert "either a text or --input" in capsys.readouterr().err
    missing = str(tmp_path / "missing.txt")
    rest = ["--question", "?", "--model", str(exported), "--input"]
    assert cli.main(["answer", *rest, missing]) == 2
    path = tmp_path / "latin.txt"
    path.write_bytes(b"ab\xff")
    assert cli.main(["answer", *rest, str(path)]) == 2
    assert "byte 2" in capsys.readouterr().err
