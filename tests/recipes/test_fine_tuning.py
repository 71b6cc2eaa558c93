"""The whole course of a recipe in miniature: it learns, goes on, and leaves a whole checkpoint."""

import csv
import dataclasses
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from madang.baselines.ngram import NgramClassifier
from madang.datasets import registry
from madang.datasets.card import Document
from madang.datasets.measured import digest
from madang.datasets.own.labelled import LABELLED
from madang.datasets.rows import Source
from madang.datasets.split import is_held_out
from madang.errors import DataError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.checkpoint import load_checkpoint
from madang.recipes.encoder import Cooccurrence, Vocabulary
from madang.recipes.fine_tuning import (
    FineTuning,
    FineTuningRecipe,
    FineTuningRun,
    SelfTraining,
    WarmUp,
)
from madang.runtime.torch import TorchRunner
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.classification.learning import Classification
from madang.tasks.classification.task import Options, Teacher
from madang.tasks.classifier import SIGNATURE
from madang.tasks.learning import check_several
from madang.text.tokenizer import Tokenizer
from madang.training.optimization.averaging import average, mix
from madang.training.settings import TrainingSettings

SALES = ("할인", "이벤트", "특가", "공구", "문의")
LIFE = ("산책", "날씨", "커피", "고양이", "저녁")


@pytest.fixture(scope="module")
def table_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of 240 made-up posts that a few words tell apart."""
    generator = random.Random(0)
    path = tmp_path_factory.mktemp("data") / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(240):
            label = number % 2
            words = generator.choices(SALES if label else LIFE, k=3)
            writer.writerow([f"오늘 {' '.join(words)} {number}", label])
    return path


@pytest.fixture(scope="module")
def recipe(table_path: Path) -> FineTuningRecipe:
    settings = TrainingSettings(
        num_epochs=3, batch_size=32, learning_rate=5e-3, energy=False, progress=False
    )
    return FineTuningRecipe(
        name="tiny",
        data=(str(table_path),),
        max_length=16,
        vocabulary=Vocabulary(vocab_size=90, hides_giveaways=True),
        model=BertConfig(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=16,
        ),
        cooccurrence=Cooccurrence(window=2),
        warm_up=WarmUp(training=dataclasses.replace(settings, num_epochs=1)),
        options=Options(teacher=Teacher(num_folds=2, weight=0.3)),
        fine_tuning=FineTuning(seeds=(1, 2), training=settings),
    )


@pytest.fixture(scope="module")
def checkpoint(recipe: FineTuningRecipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return recipe.run(tmp_path_factory.mktemp("run"))[0]


def test_a_recipe_learns_what_the_words_tell(checkpoint: Path) -> None:
    scorer = open_checkpoint(checkpoint)
    probabilities = scorer.probabilities(["오늘 할인 특가 문의", "오늘 고양이 산책 커피"])
    assert probabilities[0, 1] > 0.8
    assert probabilities[1, 1] < 0.2
    assert np.allclose(probabilities.sum(1), 1)


def test_text_in_other_scripts_and_none_at_all_have_an_answer(checkpoint: Path) -> None:
    texts = ["مرحبا שלום", "ภาษาไทย", "👍🏽🇰🇷", "", " ", "할인" * 3000]
    probabilities = open_checkpoint(checkpoint).probabilities(texts)
    assert np.isfinite(probabilities).all()
    assert np.allclose(probabilities.sum(1), 1)


def test_the_checkpoint_names_its_data_and_parts(checkpoint: Path, table_path: Path) -> None:
    manifest = load_checkpoint(checkpoint).manifest
    assert manifest.labels == ("0", "1")
    assert manifest.calibration is not None
    assert manifest.record["data"] == [str(table_path)]
    assert set(manifest.record["parts"]) == {"warm-up", "seed-1", "seed-2"}
    with table_path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    learned = [text for text in texts if not is_held_out(text)]
    assert manifest.record["learned"] == {"num_rows": len(learned), "sha256": digest(learned)}


def test_a_warm_up_may_read_less_of_each_text(recipe: FineTuningRecipe, tmp_path: Path) -> None:
    short = dataclasses.replace(recipe, warm_up=WarmUp(max_length=5))
    pipeline = FineTuningRun(recipe=short, folder=tmp_path)
    whole = FineTuningRun(recipe=recipe, folder=tmp_path)
    rows = pipeline.train_rows
    assert max(len(ids) for ids in pipeline.text_ids(rows)) == 5
    assert max(len(ids) for ids in whole.text_ids(rows)) > 5
    longest = max(len(example.ids) for example in pipeline.examples(rows, max_length=16))
    assert longest == max(len(ids) for ids in whole.text_ids(rows))


def test_a_finished_recipe_gives_the_same_weights_again(
    recipe: FineTuningRecipe, checkpoint: Path
) -> None:
    first = load_checkpoint(checkpoint).model.state_dict()
    recipe.run(checkpoint.parent)
    again = load_checkpoint(checkpoint).model.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_an_average_is_the_mean_of_the_weights(checkpoint: Path) -> None:
    first, second = (load_checkpoint(checkpoint).model for _ in range(2))
    with torch.no_grad():
        for weight in second.parameters():
            weight += 1.0  # type: ignore[misc]
    expected = {name: weight + 0.5 for name, weight in first.state_dict().items()}
    mean = average([first, second]).state_dict()
    assert all(torch.allclose(mean[name], expected[name]) for name in expected)


def test_a_mixture_begins_with_the_best_and_keeps_only_what_helps(checkpoint: Path) -> None:
    def shifted(by: float) -> BertForEvidenceClassification:
        model = load_checkpoint(checkpoint).model
        assert isinstance(model, BertForEvidenceClassification)
        with torch.no_grad():
            model.classifier.bias.fill_(by)
        return model

    models = {"near": shifted(1.0), "other side": shifted(-1.0), "far": shifted(9.0)}
    mixture, kept = mix(models, lambda model: -abs(float(model.classifier.bias.detach().mean())))
    assert kept == ("near", "other side")
    assert float(mixture.classifier.bias.detach().mean()) == 0.0
    assert float(models["near"].classifier.bias.detach().mean()) == 1.0


def test_predictions_come_in_the_order_given_whatever_the_batches(checkpoint: Path) -> None:
    model = load_checkpoint(checkpoint).model
    rows = [[2, *range(5, 5 + length), 3] for length in (9, 1, 5, 2, 7)]
    runner = TorchRunner(model, SIGNATURE)
    feeds = [{"input_ids": row} for row in rows]
    together = np.stack([logits_C for logits_C, _ in runner.run(feeds)])
    alone = np.concatenate([[logits_C for logits_C, _ in runner.run([feed])] for feed in feeds])
    assert np.allclose(together, alone, atol=1e-5)


def test_decisions_of_a_site_join_a_published_set(table_path: Path, tmp_path: Path) -> None:
    more = tmp_path / "decisions.csv"
    more.write_text("text,label\n" + "".join(f"글 {n},1\n" for n in range(30)), encoding="utf-8")
    source = Source(names=(str(table_path), str(more)), form=LABELLED)
    assert len(source.rows("train")) + len(source.rows("validation")) == 270


def test_a_label_beyond_those_named_is_refused(tmp_path: Path) -> None:
    more = tmp_path / "decisions.csv"
    more.write_text("text,label\n하나,1\n글,2\n말,2\n", encoding="utf-8")
    source = Source(names=("nsmc", str(more)), form=LABELLED)
    with pytest.raises(DataError, match=r"none of negative, positive: 2 \(2 rows\), 1 \(1 row\)"):
        source.rows("all", of=[str(more)])


def test_a_second_round_learns_from_texts_without_labels(
    recipe: FineTuningRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = random.Random(1)
    documents = [
        Document(text=f"오늘 {' '.join(generator.choices(words, k=3))} {number}")
        for number in range(100)
        for words in (SALES, LIFE)
    ]
    monkeypatch.setattr(registry, "stream", lambda name, split: iter(documents))
    fine_tuning = dataclasses.replace(recipe.fine_tuning, seeds=(1,))
    taught = dataclasses.replace(
        recipe,
        cooccurrence=None,
        warm_up=None,
        options=Options(),
        fine_tuning=fine_tuning,
        self_training=SelfTraining(data="nsmc", num_texts=150),
    )
    manifest = load_checkpoint(taught.run(tmp_path)[0]).manifest
    assert manifest.record["averaged"] == ["student-seed-1"]
    parts = manifest.record["parts"]
    # 219 texts with labels in batches of 32, three times over; then 150 more of them.
    assert parts["seed-1"]["steps"] < parts["student-seed-1"]["steps"]


def test_in_the_second_round_a_teacher_has_its_share(
    recipe: FineTuningRecipe, checkpoint: Path
) -> None:
    tokenizer = Tokenizer.load(checkpoint)
    rows = Source(names=recipe.data, form=LABELLED).rows("train")
    texts = ["오늘 할인 특가 문의", "오늘 고양이 산책 커피"]
    outputs = list(open_checkpoint(checkpoint).outputs(texts))
    said = {}
    for share in (0.0, 0.25, 1.0):
        task = Classification(Options(teacher=Teacher(weight=share)))
        given = task.labelled(texts, outputs, labels=("0", "1"), reader=tokenizer)
        examples = task.examples(tokenizer, given, labels=("0", "1"), max_length=16)
        examples = task.taught_by(examples, outputs, texts, rows=rows)
        said[share] = np.array([example.label for example in examples])
    linear = NgramClassifier(shortest=2, longest=4, strength=3.0).fit(
        [row.text for row in rows], np.array([row.label for row in rows])
    )
    np.testing.assert_allclose(said[1.0], linear.probabilities(texts))
    np.testing.assert_allclose(said[0.25], 0.75 * said[0.0] + 0.25 * said[1.0])
    assert not np.allclose(said[0.0], said[1.0])


def test_a_label_that_no_text_to_learn_from_has_is_refused(
    recipe: FineTuningRecipe, tmp_path: Path
) -> None:
    path = tmp_path / "posts.csv"
    lines = "".join(f"글 {number},{2 * (number % 2)}\n" for number in range(60))
    path.write_text(f"text,label\n{lines}", encoding="utf-8")
    options = Options(labels=("0", "1", "2"))
    with pytest.raises(DataError, match="No text to learn from has the label 1"):
        dataclasses.replace(recipe, data=(str(path),), options=options).run(tmp_path / "run")


def test_one_label_alone_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("text,label\n글,0\n말,0\n", encoding="utf-8")
    with pytest.raises(DataError, match="nothing to tell apart"):
        check_several(Source(names=(str(path),), form=LABELLED).labels, names=[str(path)])


def test_rows_of_another_kind_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda name, split: [Document(text="글")])
    with pytest.raises(DataError, match="rows of another kind"):
        Source(names=("kowiki",), form=LABELLED).rows("train")


def test_two_processes_make_one_checkpoint(table_path: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(
        f"""
        kind = "fine_tuning"
        name = "tiny"
        data = ["{table_path}"]
        max_length = 16
        [vocabulary]
        vocab_size = 90
        [model]
        hidden_size = 16
        num_hidden_layers = 1
        num_attention_heads = 2
        intermediate_size = 32
        [warm_up.training]
        num_epochs = 1
        energy = false
        progress = false
        [fine_tuning.training]
        num_epochs = 3
        learning_rate = 5e-3
        energy = false
        progress = false
        """,
        encoding="utf-8",
    )
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
    torchrun += ["--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0"]
    subprocess.run(
        [
            *torchrun,
            "-m",
            "madang",
            "train",
            tmp_path / "recipe.toml",
            "--output",
            tmp_path / "run",
        ],
        check=True,
        capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    scorer = open_checkpoint(tmp_path / "run" / "model")
    probabilities = scorer.probabilities(["오늘 할인 특가 문의", "오늘 고양이 산책 커피"])
    assert probabilities[0, 1] > 0.5 > probabilities[1, 1]
