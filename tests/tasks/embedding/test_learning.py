"""Whatever says what is alike becomes pairs; a recipe makes a sentence encoder of them."""

import dataclasses
import json
import os

import pytest

from madang.datasets import registry
from madang.datasets.card import Document, LabelledText, Question, TextPair
from madang.errors import DataError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.checkpoint import load_checkpoint
from madang.recipes.encoder import Vocabulary
from madang.recipes.fine_tuning import FineTuning, FineTuningRecipe
from madang.tasks.embedding.learning import AlikeTexts, Embedding, documents, pairs, questions
from madang.tasks.embedding.task import Options

NLI = ("entailment", "neutral", "contradiction")


@pytest.fixture
def data(monkeypatch):
    """Put rows of a test in the place of data sets."""
    cards, rows = {}, {}
    some_card = registry.find_card("nsmc")

    def put(name, labels=(), **splits):
        cards[name] = dataclasses.replace(some_card, name=name, labels=labels, splits=splits)
        rows.update({(name, split): found for split, found in splits.items()})

    monkeypatch.setattr(registry, "find_card", lambda name: cards[name])
    monkeypatch.setattr(registry, "stream", lambda name, split: iter(rows[name, split]))
    return put


def test_what_follows_belongs_together_and_what_contradicts_is_unlike():
    rows = [
        TextPair("가", "가1", 0),
        TextPair("가", "아니1", 2),
        TextPair("가", "가2", 0),
        TextPair("나", "나1", 0),
        TextPair("가", "몰라", 1),
        TextPair("가", "아니2", 2),
        TextPair("가", "가3", 0),
    ]
    assert list(pairs(rows, NLI)) == [
        AlikeTexts(first="가", second="가1", unlike="아니1"),
        AlikeTexts(first="가", second="가2", unlike="아니2"),
        AlikeTexts(first="나", second="나1"),
        AlikeTexts(first="가", second="가3", unlike="아니1"),
    ]


def test_a_text_twice_teaches_nothing_and_different_questions_do_not_belong_together():
    rows = [TextPair("가", "가", 0), TextPair("가", "나", 0), TextPair("다", "라", 1)]
    assert list(pairs(rows, ("same", "different"))) == [AlikeTexts(first="가", second="나")]


def test_scores_stay_as_they_are():
    assert list(pairs([TextPair("가", "가", 5.0)], ())) == [
        AlikeTexts(first="가", second="가", score=5.0)
    ]


def test_a_question_belongs_to_its_paragraph():
    row = Question(context="금강산은 높다.", question="무엇이 높나?", start=0, answer="금강산")
    assert list(questions([row], ())) == [AlikeTexts(first="무엇이 높나?", second="금강산은 높다.")]


def test_a_sentence_belongs_to_the_rest_of_its_paragraph():
    sentences = [
        f"{name}의 글은 모두 한 문장이고 저마다 다르게 끝난다고 했다." for name in "가나다라마"
    ]
    rows = [Document(text="제목\n" + " ".join(sentences)), Document(text="짧다.")] * 40
    found = list(documents(rows, ()))
    assert len(found) == 40
    assert found == list(documents(rows, ()))
    kept = 0
    for row in found:
        assert row.first in sentences
        rest = [sentence for sentence in sentences if sentence != row.first]
        kept += row.second != " ".join(rest)
        assert row.second in (" ".join(rest), " ".join(sentences))
    assert 0 < kept < 20
    assert len({row.first for row in found}) == 5


def test_held_out_rows_are_the_scored_pairs_of_any_data(data):
    data("scored", train=[TextPair("가", "나", 1.0)], validation=[TextPair("다", "라", 2.0)])
    data("labelled", NLI, train=[TextPair("가", "마", 0)], validation=[TextPair("가", "마", 0)])
    data("papers", train=[Document(text="글")])
    task = Embedding(Options())
    names = ("scored", "labelled", "papers")
    assert len(task.open(names).rows("train")) == 2
    assert task.open(names).rows("validation") == [AlikeTexts(first="다", second="라", score=2.0)]
    with pytest.raises(DataError, match="sentences with a score"):
        task.open(("labelled", "papers")).rows("validation")


def test_rows_that_say_nothing_of_likeness_are_refused(data):
    data("labels", ("a",), train=[LabelledText(text="가", label=0)])
    with pytest.raises(DataError, match="say nothing of what is alike"):
        Embedding(Options()).open(("labels",)).rows("train")


def test_only_so_many_documents_are_read(data):
    text = "첫 문장은 이렇게 제법 길게 이어지다가 끝난다. " * 4
    data("papers", train=[Document(text=text) for _ in range(30)])
    options = Options(num_documents=7)
    task = Embedding(options)
    assert len(task.open(("papers",)).rows("train")) == 7


def test_a_recipe_makes_a_sentence_encoder(data, training_settings, tmp_path):
    animals, foods = ("고양이", "강아지", "토끼"), ("부침개", "막걸리", "떡볶이")
    words = [(one, other) for one in animals + foods for other in animals + foods]
    score = {True: 5.0, False: 0.0}
    scored = [
        TextPair(f"오늘 {one}", f"{other} 좋아", score[(one in animals) == (other in animals)])
        for one, other in words
    ]
    nli = [TextPair(f"{one}를 봤다", f"{one}가 있다", 0) for one in animals + foods]
    data("scored", train=scored, validation=scored)
    data("labelled", NLI, train=nli)
    recipe = FineTuningRecipe(
        name="tiny",
        data=("scored", "labelled"),
        task="embedding",
        max_length=16,
        vocabulary=Vocabulary(vocab_size=80),
        model=tiny_config(),
        fine_tuning=FineTuning(
            seeds=(1, 2),
            training=training_settings(num_epochs=12, batch_size=14, learning_rate=0.01),
        ),
    )
    folder = recipe.run(tmp_path)[0]
    checkpoint = load_checkpoint(folder)
    assert isinstance(checkpoint.model, SentenceEncoder)
    assert (checkpoint.manifest.task, checkpoint.manifest.labels) == ("embedding", ())
    parts = json.loads((folder / "madang.json").read_text())["record"]["parts"]
    assert parts["seed-1"]["metric"] == "spearman"
    assert parts["seed-1"]["best"] > 0.8


def tiny_config():
    return BertConfig(
        vocab_size=1,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.3,
    )


@pytest.mark.skipif(not os.environ.get("MADANG_DATA"), reason="MADANG_DATA is not set")
def test_the_published_data_gives_as_many_pairs_as_it_says():
    task = Embedding(Options())
    assert len(task.open(("korsts",)).rows("train")) == 5749
    assert len(task.open(("korsts", "klue_nli", "kowiki")).rows("validation")) == 1500
    found = task.open(("question_pair",)).rows("train")
    assert len(found) == 3410  # 4,169 the same, 759 of which are twice the same text
    entailed = task.open(("klue_nli",)).rows("train")
    rows = registry.load("klue_nli", "train")
    assert len(entailed) == sum(row.label == 0 and row.first != row.second for row in rows)
    assert sum(row.unlike is not None for row in entailed) > 0.9 * len(entailed)
