"""The whole course of a pre-training in miniature: corpus, tokenizer, training, checkpoint."""

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForMaskedLM

from madang.corpus.source import Source
from madang.errors import DataError, SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint
from madang.recipes.encoder import Cooccurrence, Encoder, Vocabulary
from madang.recipes.pretraining import PretrainingRecipe, PretrainingRun, repeat_positions
from madang.recipes.recipe import read_recipe
from madang.training.settings import TrainingSettings

NOUNS = ("고양이", "강아지", "아이", "친구", "선생님", "할머니")
PLACES = ("마당", "시장", "학교", "공원", "바다")
VERBS = ("걷는다", "논다", "잔다", "웃는다", "기다린다")


@pytest.fixture(scope="module")
def text_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 made-up documents with a grammar that a small network learns."""
    generator = random.Random(0)
    path = tmp_path_factory.mktemp("text") / "글.txt"
    documents = [
        f"{generator.choice(NOUNS)}가 {generator.choice(PLACES)}에서 {generator.choice(VERBS)}. "
        f"오늘은 {number}번째 날이다."
        for number in range(600)
    ]
    path.write_text("\n\n".join(documents), encoding="utf-8")
    return path


@pytest.fixture
def recipe(text_path: Path) -> PretrainingRecipe:
    return PretrainingRecipe(
        name="tiny",
        sources=(Source(name=str(text_path)),),
        row_length=32,
        vocabulary=Vocabulary(vocab_size=150),
        cooccurrence=Cooccurrence(),
        model=BertConfig(
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=80,
            hidden_dropout_prob=0.0,
        ),
        training=TrainingSettings(
            num_epochs=6,
            batch_size=16,
            learning_rate=3e-3,
            energy=False,
            progress=False,
            log_every=5,
        ),
    )


def test_an_encoder_learns_and_is_saved_whole(recipe: PretrainingRecipe, tmp_path: Path) -> None:
    pretraining = PretrainingRun(recipe=recipe, folder=tmp_path)
    model, result = pretraining.train()
    figures = [row["loss"] for row in result.history if row["event"] == "train"]
    assert figures[-1] < 0.8 * figures[0]
    folder = pretraining.save((model, result))
    checkpoint = load_checkpoint(folder)
    assert checkpoint.manifest.task == "masked_tokens"
    encoder = getattr(checkpoint.model, "encoder", checkpoint.model)
    assert isinstance(encoder, BertEncoder)


def test_an_objective_that_lost_is_refused_with_what_to_do(recipe: PretrainingRecipe) -> None:
    with pytest.raises(SettingError, match=r"'replaced_tokens'.*'masked_tokens'.*Leave it out"):
        dataclasses.replace(recipe, objective="replaced_tokens")


def test_the_checkpoint_opens_elsewhere(recipe: PretrainingRecipe, tmp_path: Path) -> None:
    settings = dataclasses.replace(recipe.training, num_epochs=1, max_steps=2)
    folder = dataclasses.replace(recipe, training=settings).run(tmp_path)[0]
    ours, theirs = load_checkpoint(folder).model, AutoModelForMaskedLM.from_pretrained(folder)
    ids_BT = torch.randint(5, 100, (2, 20))
    with torch.inference_mode():
        difference = (ours(ids_BT) - theirs.eval()(ids_BT).logits).abs().max()
    assert difference < 1e-4


def test_what_was_built_is_not_built_again(
    recipe: PretrainingRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, held_out = PretrainingRun(recipe=recipe, folder=tmp_path).rows
    monkeypatch.setattr(PretrainingRun, "documents", lambda self: iter(["다른 글이다"]))
    again, held_out_again = PretrainingRun(recipe=recipe, folder=tmp_path).rows
    assert (again.num_tokens, held_out_again.num_tokens) == (rows.num_tokens, held_out.num_tokens)


def test_a_run_that_was_killed_goes_on_to_the_same_weights(
    recipe: PretrainingRecipe, text_path: Path, tmp_path: Path
) -> None:
    """A real process, really killed: the position in the rows is part of the checkpoint."""
    torch.set_num_threads(1)  # as in the process that is killed: another number rounds otherwise
    settings = dataclasses.replace(recipe.training, checkpoint_every=3, num_epochs=4)
    recipe = dataclasses.replace(recipe, training=settings)
    whole = recipe.run(tmp_path / "whole")[0]
    toml = tmp_path / "tiny.toml"
    toml.write_text(
        'kind = "pretraining"\nname = "tiny"\nrow_length = 32\n'
        f'sources = [{{name = "{text_path}"}}]\n'
        "[vocabulary]\nvocab_size = 150\n[cooccurrence]\n[model]\nhidden_size = 16\n"
        "num_hidden_layers = 2\nnum_attention_heads = 2\nintermediate_size = 32\n"
        "max_position_embeddings = 80\nhidden_dropout_prob = 0.0\n[training]\nnum_epochs = 4\n"
        "batch_size = 16\nlearning_rate = 3e-3\nenergy = false\nprogress = false\n"
        "log_every = 5\ncheckpoint_every = 3\n",
        encoding="utf-8",
    )
    read = read_recipe(toml)
    assert isinstance(read, PretrainingRecipe)
    assert read.training == settings
    command = [sys.executable, "-m", "madang.commands.cli", "train", str(toml)]
    command += ["--output", str(tmp_path / "killed")]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *command[3:]], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    try:
        _wait_for(tmp_path / "killed" / "run" / "last.pt", process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (tmp_path / "killed" / "model").exists()
    resumed = recipe.run(tmp_path / "killed")[0]
    first, second = (load_checkpoint(folder).model.state_dict() for folder in (whole, resumed))
    assert all(torch.equal(first[name], second[name]) for name in first)


KILLED = """
import sys
import torch
from madang.commands.cli import main

torch.set_num_threads(1)
main(sys.argv[1:])
"""


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not any(path.parent.glob("last*")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    assert process.poll() is None, "the run ended before it could be killed"


def test_positions_that_no_row_reached_repeat_those_that_were_trained() -> None:
    encoder = BertEncoder(
        BertConfig(vocab_size=20, hidden_size=8, num_attention_heads=2, num_hidden_layers=1,
                   intermediate_size=8, max_position_embeddings=10)
    )  # fmt: skip
    before = encoder.position.weight.detach().clone()
    repeat_positions(encoder, trained=4)
    expected = torch.cat([before[:4], before[:4], before[:2]])
    assert torch.equal(encoder.position.weight, expected)


def test_rows_longer_than_the_network_are_refused(recipe: PretrainingRecipe) -> None:
    with pytest.raises(SettingError, match="only 80 positions"):
        dataclasses.replace(recipe, row_length=81)


def test_a_damaged_shard_stops_the_run_before_it_learns(
    recipe: PretrainingRecipe, tmp_path: Path
) -> None:
    PretrainingRun(recipe=recipe, folder=tmp_path).rows  # noqa: B018
    shard = tmp_path / "shards" / "shard-00000.bin"
    shard.write_bytes(shard.read_bytes()[:-7])
    with pytest.raises(DataError, match="cut off"):
        recipe.run(tmp_path)
    assert not (tmp_path / "run").exists()


def test_a_further_stretch_goes_on_from_an_encoder(
    recipe: PretrainingRecipe, tmp_path: Path
) -> None:
    """The second stretch begins where the first one ended: with its loss, its tokens, its head."""
    first = recipe.run(tmp_path / "first")[0]
    further = dataclasses.replace(
        recipe,
        encoder=Encoder(folder=str(first)),
        vocabulary=None,
        model=None,
        cooccurrence=None,
        training=dataclasses.replace(recipe.training, num_epochs=1, max_steps=1),
    )
    pretraining = PretrainingRun(recipe=further, folder=tmp_path / "further")
    begun, before = pretraining.new_encoder().state_dict(), load_checkpoint(first).model
    assert isinstance(before, BertForMaskedTokens)
    assert all(
        torch.equal(begun[name], weight) for name, weight in before.encoder.state_dict().items()
    )
    model, result = pretraining.train()
    losses = [row["loss"] for row in result.history if row["event"] == "validation"]
    drawn = run_loss_of_drawn(recipe, tmp_path / "drawn")
    assert losses[-1] < 0.9 * drawn
    opened = load_checkpoint(pretraining.save((model, result)))
    assert opened.manifest.record["encoder"]["folder"] == str(first)
    assert (tmp_path / "further" / "model" / "tokenizer.json").read_bytes() == (
        first / "tokenizer.json"
    ).read_bytes()


def run_loss_of_drawn(recipe: PretrainingRecipe, folder: Path) -> float:
    """Return the held-out loss after a single step from drawn weights."""
    settings = dataclasses.replace(recipe.training, num_epochs=1, max_steps=1)
    _, result = PretrainingRun(
        recipe=dataclasses.replace(recipe, training=settings), folder=folder
    ).train()
    (loss,) = [row["loss"] for row in result.history if row["event"] == "validation"]
    return float(loss)


def test_an_encoder_and_a_vocabulary_of_ones_own_are_refused(recipe: PretrainingRecipe) -> None:
    with pytest.raises(SettingError, match="vocabulary, model, cooccurrence and encoder are given"):
        dataclasses.replace(recipe, encoder=Encoder(folder="sentence"))
