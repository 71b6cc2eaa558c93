"""A student made from its teacher, in miniature: it begins as a part of it, and comes nearer."""

import dataclasses
import json
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch import nn

from madang.corpus.source import Source
from madang.errors import CheckpointError, SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.model import BertEncoder, Pooler
from madang.models.bert.relation import read_layers
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.models.model import Model
from madang.recipes.distillation import (
    DistillationRecipe,
    DistillationRun,
    Student,
    Teacher,
    kept_layers,
)
from madang.recipes.recipe import read_recipe
from madang.tasks.encoder.objective import Imitation, layer_variances
from madang.tasks.trained_encoder import load_encoder
from madang.text.unigram import train_unigram
from madang.training.objective import Batch, LossOutput
from madang.training.settings import TrainingSettings

PLACES = ("마당", "시장", "학교", "공원", "바다")
NOUNS = ("고양이", "강아지", "아이", "친구", "선생님")
LINES = [f"{noun}가 {place}에서 논다" for noun in NOUNS for place in PLACES]
TOKENIZER = train_unigram(LINES, vocab_size=70)
RECIPES = Path(__file__).parents[2] / "recipes"
Settings = Callable[..., TrainingSettings]


def write_teacher(folder: Path, *, seed: int = 3, has_head: bool = False) -> Path:
    """Write an encoder of four layers, as different from each other as trained ones are."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=TOKENIZER.vocab_size,
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=24,
    )
    encoder = BertEncoder(config, pooler=None if has_head else Pooler(16))
    for weight in encoder.parameters():
        nn.init.normal_(weight, std=0.3)
    model: Model = BertForEvidenceClassification(encoder, num_labels=2) if has_head else encoder
    save_checkpoint(
        folder,
        model,
        tokenizer_json=TOKENIZER.to_json(),
        task="encoder",
        max_length=24,
        record={"adopted_from": "nobody", "licence": "MIT", "seconds": 7},
    )
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher and 160 made-up documents."""
    folder = tmp_path_factory.mktemp("distillation")
    write_teacher(folder / "teacher")
    generator = random.Random(0)
    documents = [f"{generator.choice(LINES)}. {number}번째 날이다." for number in range(160)]
    (folder / "글.txt").write_text("\n\n".join(documents), encoding="utf-8")
    return folder


@pytest.fixture
def recipe(folder: Path, training_settings: Settings) -> DistillationRecipe:
    return DistillationRecipe(
        name="tiny",
        sources=(Source(name=str(folder / "글.txt")),),
        row_length=20,
        teacher=Teacher(folder=str(folder / "teacher")),
        relation_heads=4,
        training=training_settings(num_epochs=2, batch_size=8, learning_rate=5e-3),
    )


def loss_of_the_start(recipe: DistillationRecipe, folder: Path) -> dict[str, float]:
    """Return the figures of a student that has learned nothing yet."""
    run = DistillationRun(recipe=recipe, folder=folder)
    objective = run.objective()
    batch = objective.collate(list(run.rows[1]), torch.Generator())
    with torch.no_grad():
        return objective.evaluate(run.new_student().eval(), [batch])


def test_a_student_with_all_layers_has_nothing_to_learn(
    recipe: DistillationRecipe, tmp_path: Path
) -> None:
    whole = dataclasses.replace(recipe, student=Student(layers=(1, 2, 3, 4)))
    figures = loss_of_the_start(whole, tmp_path / "whole")
    assert figures["loss"] == pytest.approx(0, abs=1e-6)
    assert figures["cosine"] == pytest.approx(1)
    assert loss_of_the_start(recipe, tmp_path / "half")["loss"] > 0.1


@pytest.mark.parametrize("left_out", ["", "hidden", "relation"])
def test_a_student_comes_nearer_to_its_teacher(
    recipe: DistillationRecipe, tmp_path: Path, left_out: str
) -> None:
    """By both losses together, and by each alone in what it measures."""
    before = loss_of_the_start(recipe, tmp_path)
    weights = {f"{left_out}_weight": 0.0} if left_out else {}
    _, result = DistillationRun(
        recipe=dataclasses.replace(recipe, **weights), folder=tmp_path
    ).train()
    (*_, after) = [row for row in result.history if row["event"] == "validation"]
    names = {"": ("loss", "hidden", "relations"), "hidden": ("relations",), "relation": ("hidden",)}
    for name in names[left_out]:
        assert after[name] < 0.8 * before[name]
    if left_out != "hidden":
        assert after["cosine"] > before["cosine"]


def test_the_loss_is_the_share_of_variance_missed_and_the_three_divergences(folder: Path) -> None:
    """Counted again for each token by itself, in numpy, with padding left out."""
    run = DistillationRun(
        recipe=DistillationRecipe(
            name="one",
            sources=(Source(name=str(folder / "글.txt")),),
            row_length=20,
            teacher=Teacher(folder=str(folder / "teacher"), relation_layer=3),
            student=Student(layers=(1, 4), targets=(2, 4)),
            hidden_weight=0.5,
            relation_weight=2.0,
            relation_heads=2,
        ),
        folder=folder / "one",
    )
    student, objective = run.new_student().eval(), run.objective()
    rows = [list(range(5, 12)), list(range(5, 9))]
    batch = objective.collate(rows, torch.Generator())
    with torch.no_grad():
        output = objective.loss(student, batch)
        expected = 0.0
        for row in rows:
            ids_1T = torch.tensor([row])
            theirs = read_layers(run.teacher, ids_1T, relation_layer=3)
            ours = read_layers(student, ids_1T, relation_layer=2)
            for place, target in enumerate((2, 4)):
                difference_TD = (ours.hidden[place] - theirs.hidden[target - 1])[0].double().numpy()
                missed = (difference_TD**2).mean(1).sum() / objective.variances[place]
                expected += 0.5 * missed / 2
            for one, other in zip(theirs.projected, ours.projected, strict=True):
                divergence = 0.0
                for head in (slice(0, 8), slice(8, 16)):
                    relations = []
                    for vector in (one, other):
                        part = vector[0, :, head].double().numpy()
                        scores = np.exp(part @ part.T / np.sqrt(8))
                        relations.append(scores / scores.sum(1, keepdims=True))
                    divergence += (relations[0] * np.log(relations[0] / relations[1])).sum() / 2
                expected += 2.0 * divergence
    assert output.num_items == output.num_tokens == 11
    assert float(output.loss_sum) == pytest.approx(expected, rel=1e-4)


def test_variances_are_those_of_all_tokens_together(folder: Path) -> None:
    teacher = load_checkpoint(folder / "teacher").model
    assert isinstance(teacher, BertEncoder)
    rows = [[2, 7, 8, 3], [2, 9, 3]]
    with torch.no_grad():
        read = [read_layers(teacher.eval(), torch.tensor([row]), relation_layer=1) for row in rows]
    for target, found in zip((2, 4), layer_variances(teacher, rows, (2, 4)), strict=True):
        vectors = np.concatenate([each.hidden[target - 1][0].numpy() for each in read])
        assert found == pytest.approx(float(vectors.var(axis=0).mean()), rel=1e-5)


def test_a_student_begins_as_the_layers_that_are_named(
    recipe: DistillationRecipe, folder: Path, tmp_path: Path
) -> None:
    teacher = load_checkpoint(folder / "teacher").model.state_dict()
    named = dataclasses.replace(recipe, student=Student(layers=(2, 3)))
    for each, layers in ((recipe, (1, 3)), (named, (2, 3))):
        run = DistillationRun(recipe=each, folder=tmp_path)
        assert run.layers == layers
        assert run.targets == (layers[1] - 1, 4)
        student = run.new_student().state_dict()
        assert len([name for name in student if name.startswith("blocks.0.")]) * 2 == len(
            [name for name in student if name.startswith("blocks.")]
        )
        for name, weight in student.items():
            room, _, rest = name.partition(".")
            number, _, part = rest.partition(".")
            source = name if room != "blocks" else f"blocks.{layers[int(number)] - 1}.{part}"
            assert torch.equal(weight, teacher[source]), name


def test_layers_of_more_than_one_digit_are_not_mistaken() -> None:
    weights = {f"blocks.{number}.x": torch.tensor(number) for number in range(12)}
    kept = kept_layers(weights, (2, 11, 12))
    assert {name: int(weight) for name, weight in kept.items()} == {
        "blocks.0.x": 1,
        "blocks.1.x": 10,
        "blocks.2.x": 11,
    }


def test_the_checkpoint_opens_as_a_bert_model_and_goes_on_as_an_encoder(
    recipe: DistillationRecipe, tmp_path: Path
) -> None:
    short = dataclasses.replace(recipe.training, max_steps=2, num_epochs=1)
    (checkpoint,) = dataclasses.replace(recipe, training=short).run(tmp_path)
    theirs = transformers.AutoModel.from_pretrained(checkpoint).eval()
    assert type(theirs).__name__ == "BertModel"
    trained = load_encoder(checkpoint, longest=24)
    assert trained.config.num_hidden_layers == 2
    assert trained.config.hidden_dropout_prob == 0.1  # as its teacher's config says
    ours = load_checkpoint(checkpoint).model.eval()
    ids_BT = torch.randint(5, TOKENIZER.vocab_size, (2, 12))
    with torch.inference_mode():
        expected, found = theirs(ids_BT), ours(ids_BT)
    torch.testing.assert_close(found.sequence_output, expected.last_hidden_state, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.pooled_output, expected.pooler_output, atol=1e-5, rtol=0)
    record = load_checkpoint(checkpoint).manifest.record
    assert (record["licence"], record["adopted_from"]) == ("MIT", "nobody")
    assert record["teacher"]["sha256"] == load_encoder(recipe.teacher.folder, longest=1).sha256


def test_an_interrupted_run_goes_on_to_the_same_weights(
    recipe: DistillationRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = recipe.run(tmp_path / "whole")
    loss, calls = Imitation.loss, 0

    def interrupted(self: Imitation, model: nn.Module, batch: Batch) -> LossOutput:
        nonlocal calls
        calls += 1
        if calls == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return loss(self, model, batch)

    monkeypatch.setattr(Imitation, "loss", interrupted)
    with pytest.raises(SystemExit):
        recipe.run(tmp_path / "cut")
    assert not (tmp_path / "cut" / "model").exists()
    (resumed,) = recipe.run(tmp_path / "cut")
    assert calls > 5
    first, second = (load_checkpoint(each).model.state_dict() for each in (whole, resumed))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_run_goes_on_with_the_same_teacher_alone(
    recipe: DistillationRecipe, tmp_path: Path
) -> None:
    settings = dataclasses.replace(recipe.training, max_steps=1, num_epochs=1)
    begun = dataclasses.replace(recipe, training=settings)
    begun.run(tmp_path / "run")
    other = write_teacher(tmp_path / "other", seed=4)
    changes: tuple[dict[str, Any], ...] = (
        {"teacher": Teacher(folder=str(other))},
        {"student": Student(layers=(2, 4))},
        {"hidden_weight": 0.3},
    )
    for change in changes:
        with pytest.raises(SettingError, match=r"began with another teacher.*--fresh"):
            dataclasses.replace(begun, **change).run(tmp_path / "run")
    dataclasses.replace(begun, **changes[0]).run(tmp_path / "run", resume=False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"student": Student(layers=(1, 5))}, r"student\.layers is 1, 5; .* are 1 to 4"),
        ({"student": Student(layers=(3, 1))}, r"student\.layers is 3, 1"),
        ({"student": Student(layers=(1, 1))}, r"student\.layers is 1, 1"),
        ({"student": Student(targets=(2,))}, r"targets names 1 layers, but the student has 2"),
        ({"relation_heads": 5}, r"relation_heads is 5, which does not divide .* 16"),
        ({"relation_layer": 9}, r"relation_layer is 9; .* 1 to 4"),
        ({"row_length": 25}, r"25 tokens .* 24 positions"),
    ],
)
def test_what_a_teacher_does_not_have_is_refused(
    recipe: DistillationRecipe, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    if "relation_layer" in changes:
        changes = {"teacher": dataclasses.replace(recipe.teacher, **changes)}
    with pytest.raises(SettingError, match=words):
        dataclasses.replace(recipe, **changes).run(tmp_path)
    assert not (tmp_path / "run").exists()


def test_a_teacher_that_is_not_there_is_refused(recipe: DistillationRecipe, tmp_path: Path) -> None:
    missing = dataclasses.replace(recipe, teacher=Teacher(folder=str(tmp_path / "nobody")))
    with pytest.raises(CheckpointError, match="nobody"):
        missing.run(tmp_path / "run")


def test_settings_that_no_run_can_follow_are_refused(recipe: DistillationRecipe) -> None:
    with pytest.raises(SettingError, match="nothing to learn"):
        dataclasses.replace(recipe, hidden_weight=0.0, relation_weight=0.0)
    sharded = dataclasses.replace(recipe.training, sharding="fsdp2")
    with pytest.raises(SettingError, match="sharding"):
        dataclasses.replace(recipe, training=sharded)


def test_a_fine_tuned_model_teaches_by_its_encoder(
    recipe: DistillationRecipe, tmp_path: Path
) -> None:
    tuned = write_teacher(tmp_path / "tuned", has_head=True)
    taught = dataclasses.replace(recipe, teacher=Teacher(folder=str(tuned)))
    run = DistillationRun(recipe=taught, folder=tmp_path / "run")
    model = load_checkpoint(tuned).model
    assert isinstance(model, BertForEvidenceClassification)
    expected = model.encoder.state_dict()
    assert all(torch.equal(expected[key], each) for key, each in run.teacher.state_dict().items())


def test_teachers_in_several_files_are_told_apart(tmp_path: Path) -> None:
    sums = set()
    for seed in (3, 4):
        folder = tmp_path / str(seed)
        write_teacher(folder, seed=seed)
        (folder / "madang.json").unlink()
        (folder / "model.safetensors").rename(folder / "part.safetensors")
        index = {"weight_map": {"all of them": "part.safetensors"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        sums |= {load_encoder(folder, longest=1).sha256, load_encoder(folder, longest=1).sha256}
    assert len(sums) == 2


def test_the_recipe_that_ships_keeps_every_other_of_twelve_layers() -> None:
    recipe = read_recipe(RECIPES / "distil_six.toml")
    assert isinstance(recipe, DistillationRecipe)
    assert recipe.student.layers == tuple(range(1, 12, 2))
    assert recipe.training.batch_tokens == recipe.training.batch_size * recipe.row_length
