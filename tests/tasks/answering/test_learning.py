"""Windows become examples, examples a batch, and a model learns to answer them."""

import dataclasses
import random
from pathlib import Path

import pytest
import torch
from torch import nn

from madang.datasets.card import Question
from madang.errors import DataError
from madang.models.bert import BertConfig, BertEncoder
from madang.tasks.answering.learning import Answering as Learning
from madang.tasks.answering.learning import locate, window_examples
from madang.tasks.answering.objective import ANYWHERE, Answering, AnsweringExample
from madang.tasks.task import NoOptions
from madang.text.question import question_windows
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram
from madang.training.loop.loop import train
from madang.training.settings import TrainingSettings

CITIES = ("서울", "부산", "대구", "광주", "대전", "인천")
PEOPLE = ("철수", "영희", "민수", "지수", "현우", "나리")


def make_questions(count: int) -> list[Question]:
    """Return questions on who lives where; the answer carries a particle in the context."""
    chooser = random.Random(0)
    rows = []
    for _ in range(count):
        people, cities = chooser.sample(PEOPLE, 3), chooser.sample(CITIES, 3)
        context = " ".join(f"{a}는 {b}에 산다." for a, b in zip(people, cities, strict=True))
        asked = chooser.randrange(3)
        rows.append(
            Question(
                context=context,
                question=f"{people[asked]}는 어디에 사나?",
                start=context.index(cities[asked]),
                answer=cities[asked],
            )
        )
    return rows


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    rows = make_questions(40)
    return train_unigram(
        [row.context for row in rows] + [row.question for row in rows], vocab_size=60
    )


@pytest.fixture
def task():
    return Learning(NoOptions())


def test_an_answer_is_found_where_it_stands_with_what_its_last_token_has_too_much(
    tokenizer: Tokenizer,
) -> None:
    for row in make_questions(20):
        answer = (row.start, row.start + len(row.answer))
        (window,) = question_windows(tokenizer, row.question, row.context, max_length=60)
        start, end, trim = locate(window, answer)
        assert window.first <= start <= end < window.stop
        assert window.offsets[start - window.first][0] == row.start
        assert window.offsets[end - window.first][1] - trim == answer[1]


def test_a_window_without_the_whole_answer_points_to_cls(tokenizer: Tokenizer) -> None:
    row = make_questions(1)[0]
    (window,) = question_windows(tokenizer, row.question, row.context, max_length=60)
    start, end, _ = locate(window, (row.start, row.start + len(row.answer)))
    for lost in (start, end):
        cut = dataclasses.replace(
            window,
            offsets=[
                (0, 0) if position == lost else span
                for position, span in enumerate(window.offsets, start=window.first)
            ],
        )
        assert locate(cut, (row.start, row.start + len(row.answer))) == (0, 0, 0)


def test_every_answer_is_whole_in_a_window_and_the_others_say_so(tokenizer, task) -> None:
    rows = make_questions(10)
    examples = task.examples(tokenizer, rows, labels=(), max_length=28)
    assert len(examples) > len(rows)
    assert {example.question for example in examples if example.end} == set(range(10))
    assert any(example.end == 0 for example in examples)


class Oracle(nn.Module):
    """Point at the right tokens with logits of 10."""

    def __init__(self, batch: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.batch = batch

    def forward(self, input_ids, attention_mask, token_type_ids, overlap_ids):
        rows = torch.arange(len(input_ids))
        start, end = (torch.zeros(input_ids.shape) for _ in range(2))
        trim = torch.zeros(*input_ids.shape, 4)
        start[rows, self.batch["start"]] = 10.0
        end[rows, self.batch["end"]] = 10.0
        trim[rows, self.batch["end"], self.batch["trim"].clamp(min=0)] = 10.0
        return start, end, trim


def test_a_model_that_points_right_has_full_figures_and_hardly_any_loss(tokenizer, task) -> None:
    objective = Answering()
    examples = task.examples(tokenizer, make_questions(8), labels=(), max_length=28)
    batch = objective.collate(examples, torch.Generator())
    figures = objective.evaluate(Oracle(batch), [batch])
    assert figures["span_f1"] == figures["span_match"] == 1.0
    assert figures["loss"] < 0.02
    output = objective.loss(Oracle(batch), batch)
    assert output.num_items == len(examples)
    assert output.num_tokens == sum(len(each.window.input_ids) for each in examples)


def test_a_batch_says_where_an_answer_can_be_and_what_is_not_to_be_learned(tokenizer, task) -> None:
    examples = task.examples(tokenizer, make_questions(3), labels=(), max_length=28)
    batch = Answering().collate(examples, torch.Generator())
    for row, example in enumerate(examples):
        window = example.window
        visible = {
            position
            for position, (start, end) in enumerate(window.offsets, start=window.first)
            if start < end
        }
        assert set(batch["candidates"][row].nonzero()[:, 0].tolist()) == {0} | visible
        assert (batch["trim"][row] == ANYWHERE) == (example.end == 0)


def test_a_small_model_learns_to_answer(tokenizer, task, tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = BertEncoder(
        BertConfig(
            vocab_size=tokenizer.vocab_size,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
    )
    examples = task.examples(tokenizer, make_questions(64), labels=(), max_length=60)
    result = train(
        model=task.model(encoder, labels=()),
        objective=task.objective(labels=()),
        train_data=examples,
        validation_data=examples[:32],
        settings=TrainingSettings(
            num_epochs=12, batch_size=16, learning_rate=5e-3, progress=False, energy=False
        ),
        folder=tmp_path,
    )
    assert result.metric == "span_f1"
    assert result.best_metric > 0.6


def test_data_without_questions_is_refused(real_rows) -> None:
    with pytest.raises(DataError, match="rows of another kind \\(Document\\), not Question"):
        Learning(NoOptions()).open(["nsmc"]).rows("train")


@pytest.fixture
def real_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    from madang.datasets import registry
    from madang.datasets.card import Document

    monkeypatch.setattr(registry, "load", lambda name, split: [Document(text="가")])


def test_examples_of_one_window_number_their_question(tokenizer: Tokenizer) -> None:
    row = make_questions(1)[0]
    windows = question_windows(tokenizer, row.question, row.context, max_length=60)
    (example,) = window_examples(windows, row, 7)
    assert isinstance(example, AnsweringExample)
    assert example.question == 7
    assert row.context[slice(*example.answer)] == row.answer
