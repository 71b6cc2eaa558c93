"""Tagging learns entities to the character, from texts of any length, with a chain or without."""

from pathlib import Path

import numpy as np
import pytest
import torch

from madang.datasets.card import Entity, TaggedText
from madang.decoding.tag import spans_of
from madang.errors import DataError
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.tagging.learning import Tagging, begun, character_spans
from madang.tasks.tagging.objective import PADDING_TAG
from madang.tasks.tagging.task import Options
from madang.text.unigram import train_unigram
from madang.training.loop.evaluation import evaluate
from madang.training.loop.loop import train
from madang.training.settings import TrainingSettings

TYPES = ("PER", "LOC", "DAT")
PLACES, PEOPLE, PARTICLES = (
    ("서울", "부산", "대구시"),
    ("이강래", "문", "윤주성"),
    ("에서", "까지", "은"),
)


def make_rows(num_rows, seed=0):
    """Return sentences whose names stand before particles, some of two entities."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(num_rows):
        day = f"{random.integers(1, 31)}일"
        place, person = random.choice(PLACES), random.choice(PEOPLE)
        first, second = random.choice(PARTICLES), random.choice(PARTICLES)
        text = f"{person} 기자는 {day}{first} {place}{second} 봤다"
        found = [(person, "PER"), (day, "DAT"), (place, "LOC")]
        spans = [(text.index(name), text.index(name) + len(name), type) for name, type in found]
        rows.append(TaggedText(text, tuple(Entity(*span) for span in spans)))
    return rows


@pytest.fixture(scope="module")
def tokenizer():
    return train_unigram([row.text for row in make_rows(300)], vocab_size=90)


@pytest.fixture
def task(monkeypatch):
    def build(*, crf=True):
        found = Tagging(Options(crf=crf))
        monkeypatch.setattr(
            "madang.datasets.rows.registry.find_card",
            lambda name: type("Card", (), {"labels": TYPES}),
        )
        return found

    return build


def new_model(task, tokenizer, labels):
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        hidden_dropout_prob=0.0,
    )
    return task.model(BertEncoder(config), labels=labels)


@pytest.mark.parametrize("crf", [True, False])
def test_a_tiny_model_learns_to_leave_the_particle_out(
    task, tokenizer, training_settings, tmp_path: Path, crf
):
    rows, held_out = make_rows(120), make_rows(30, seed=1)
    found = task(crf=crf)
    labels = found.labels(found.open(["names"]))
    model = new_model(found, tokenizer, labels)
    examples = found.examples(tokenizer, rows, labels=labels, max_length=64)
    train(
        model=model,
        objective=found.objective(labels=labels),
        train_data=examples,
        settings=training_settings(num_epochs=8, learning_rate=0.01),
        folder=tmp_path / "run",
    )
    folder = tmp_path / "model"
    save_checkpoint(
        folder,
        model,
        tokenizer_json=tokenizer.to_json(),
        task="tagging",
        labels=labels,
        max_length=64,
    )
    assert (load_checkpoint(folder).model.chain is not None) == crf
    answers = open_checkpoint(folder).tag([row.text for row in held_out])
    spans = [[(e.start, e.end, e.type) for e in entities] for entities in answers]
    expected = [[(e.start, e.end, e.type) for e in row.entities] for row in held_out]
    right = sum(one == other for one, other in zip(spans, expected, strict=True))
    assert right >= 0.9 * len(held_out)


@pytest.mark.parametrize("crf", [True, False])
def test_padding_and_batch_mates_change_no_loss(task, tokenizer, crf):
    rows = [*make_rows(6), TaggedText("문", (Entity(0, 1, "PER"),))]
    found = task(crf=crf)
    labels = found.labels(found.open(["names"]))
    model = new_model(found, tokenizer, labels).eval()
    objective = found.objective(labels=labels)
    examples = found.examples(tokenizer, rows, labels=labels, max_length=64)
    generator = torch.Generator()
    with torch.no_grad():
        together = objective.loss(model, objective.collate(examples, generator))
        alone = [objective.loss(model, objective.collate([each], generator)) for each in examples]
    assert together.num_items == sum(each.num_items for each in alone)
    assert float(together.loss_sum) == pytest.approx(
        sum(float(each.loss_sum) for each in alone), rel=1e-4
    )


def test_nothing_of_a_long_text_is_cut_off(task, tokenizer):
    (row,) = make_rows(1)
    long = TaggedText(" ".join([row.text] * 4), row.entities)
    found = task()
    labels = found.labels(found.open(["names"]))
    whole = found.examples(tokenizer, [long], labels=labels, max_length=500)
    parts = found.examples(tokenizer, [long], labels=labels, max_length=12)
    assert len(whole) == 1 < len(parts)
    assert all(len(part.ids) <= 12 for part in parts)
    *before, last = parts
    read = [id for part in before for id in part.character_ids]
    # The last part is as long as the others, so it begins again with what was read already.
    again = len(read) + len(last.character_ids) - len(whole[0].character_ids)
    assert again >= 0
    assert [*read, *last.character_ids[again:]] == list(whole[0].character_ids)
    named = [labels[tag][2:] for part in before for tag in part.tags]
    named += [labels[tag][2:] for tag in last.tags[again:]]
    assert named == [labels[tag][2:] for tag in whole[0].tags]


def test_an_entity_that_a_part_cuts_begins_again_there():
    labels = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
    assert begun([2, 2, 0, 4, 3], labels) == [1, 2, 0, 3, 3]


def test_texts_of_which_nothing_can_be_seen_are_left_out(task, tokenizer):
    rows = [TaggedText("", ()), TaggedText("  \u200b", ()), *make_rows(1)]
    found = task()
    labels = found.labels(found.open(["names"]))
    assert len(found.examples(tokenizer, rows, labels=labels, max_length=64)) == 1


def test_the_tags_of_an_example_say_what_the_row_says(task, tokenizer):
    rows = make_rows(20)
    found = task()
    labels = found.labels(found.open(["names"]))
    for row, example in zip(
        rows, found.examples(tokenizer, rows, labels=labels, max_length=64), strict=True
    ):
        visible = [at for at, letter in enumerate(row.text) if not letter.isspace()]
        spans = [
            (visible[start], visible[end - 1] + 1, type)
            for start, end, type in spans_of(example.tags, labels)
        ]
        assert spans == [(e.start, e.end, e.type) for e in row.entities]


def test_padding_has_no_tag(task, tokenizer):
    rows = [*make_rows(1), TaggedText("문", ())]
    found = task()
    labels = found.labels(found.open(["names"]))
    examples = found.examples(tokenizer, rows, labels=labels, max_length=64)
    batch = found.objective(labels=labels).collate(examples, torch.Generator())
    is_padding = batch["character_places"] == -1
    assert torch.equal(is_padding, batch["tags"] == PADDING_TAG)
    assert int((~is_padding).sum()) == sum(len(example.tags) for example in examples)


def test_figures_are_perfect_where_the_emissions_are_the_truth(task, tokenizer):
    rows = make_rows(20)
    found = task()
    labels = found.labels(found.open(["names"]))

    class Oracle(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one = torch.nn.Parameter(torch.ones(1))
            self.tags = torch.zeros(0)

        def forward(self, *_):
            emission = torch.nn.functional.one_hot(self.tags.clamp(min=0), len(labels)) * 9.0
            return emission, torch.zeros(1, len(labels), len(labels))

    oracle = Oracle()
    objective = found.objective(labels=labels)
    collate = objective.collate

    class Telling(type(objective)):  # type: ignore[misc]
        def collate(self, examples, generator):
            batch = collate(examples, generator)
            oracle.tags = batch["tags"]
            return batch

    telling = Telling(tags=labels, crf=True)
    examples = found.examples(tokenizer, rows, labels=labels, max_length=64)
    figures = evaluate(
        model=oracle,
        objective=telling,
        data=examples,
        settings=TrainingSettings(precision="float32"),
    )
    assert next(iter(figures)) == "macro_f1"
    assert figures["macro_f1"] == figures["micro_f1"] == 1


def test_a_type_that_the_data_set_does_not_name_is_an_error(task):
    with pytest.raises(DataError, match="TIM"):
        task().check(
            [TaggedText("1시", (Entity(0, 2, "TIM"),))], [], labels=["O", "B-PER", "I-PER"]
        )


def test_entities_become_characters_and_what_can_not_be_seen_is_no_part(tokenizer):
    from madang.text.character import read_parts

    text = "13 일"
    characters, _ = read_parts(tokenizer, text, max_length=64)
    entities = (Entity(0, 4, "DAT"), Entity(2, 3, "DAT"))
    assert character_spans(entities, characters) == [(0, 3, "DAT")]
