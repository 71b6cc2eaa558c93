"""Lower layers that are frozen stay as they are to the bit, and cost no step on the way back."""

import dataclasses
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.models.bert.trunk import fingerprints
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.recipes.encoder import Encoder
from madang.recipes.fine_tuning import FineTuning, FineTuningRecipe, WarmUp
from madang.recipes.shared import SharedRecipe
from madang.tasks.classification.objective import Classification, LabelledExample
from madang.text.unigram import train_unigram
from madang.training.device.device import count_operations
from madang.training.optimization.averaging import average
from madang.training.optimization.optimizer import parameter_groups
from madang.training.settings import TrainingSettings

WORDS = {"0": ("산책", "날씨", "커피"), "1": ("할인", "특가", "공구")}
TOKENIZER = train_unigram([" ".join(words) for words in WORDS.values()] * 3, vocab_size=30)
NUM_LAYERS = 3
SETTINGS = TrainingSettings(
    num_epochs=1,
    batch_size=16,
    learning_rate=1e-2,
    layer_decay=0.9,
    precision="float32",
    energy=False,
    progress=False,
)


def draw(*, dropout: float = 0.3) -> BertEncoder:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=TOKENIZER.vocab_size,
        hidden_size=16,
        num_hidden_layers=NUM_LAYERS,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        hidden_dropout_prob=dropout,
    )
    return BertEncoder(config)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained encoder and two recipes that begin with it, as files."""
    folder = tmp_path_factory.mktemp("frozen")
    save_checkpoint(
        folder / "encoder",
        BertForMaskedTokens(draw()),
        tokenizer_json=TOKENIZER.to_json(),
        task="masked_tokens",
        max_length=16,
    )
    chance = random.Random(0)
    lines = [
        f"{' '.join(chance.choices(WORDS[label], k=4))} {number},{label}"
        for number in range(60)
        for label in WORDS
    ]
    (folder / "rows.csv").write_text("text,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    for name in ("first", "second"):
        (folder / f"{name}.toml").write_text(
            f'kind = "fine_tuning"\nname = "{name}"\ndata = ["{folder / "rows.csv"}"]\n'
            f'max_length = 16\n[encoder]\nfolder = "{folder / "encoder"}"\nfrozen_layers = 2\n',
            encoding="utf-8",
        )
    return folder


def recipe(home: Path, *, frozen_layers: int | None, seeds: tuple[int, ...] = (1,)):
    return FineTuningRecipe(
        name="frozen",
        data=(str(home / "rows.csv"),),
        max_length=16,
        encoder=Encoder(folder=str(home / "encoder"), frozen_layers=frozen_layers),
        fine_tuning=FineTuning(seeds=seeds, training=SETTINGS),
    )


def encoder_in(folder: Path) -> BertEncoder:
    model = load_checkpoint(folder).model
    assert isinstance(model, (BertForEvidenceClassification, BertForMaskedTokens))
    return model.encoder


def test_they_stay_to_the_bit_through_warm_up_seeds_and_their_average(
    home: Path, tmp_path: Path
) -> None:
    given = dataclasses.replace(
        recipe(home, frozen_layers=2, seeds=(1, 2, 3)), warm_up=WarmUp(training=SETTINGS)
    )
    (checkpoint,) = given.run(tmp_path)
    before = fingerprints(encoder_in(home / "encoder"), num_layers=NUM_LAYERS)
    after = fingerprints(encoder_in(checkpoint), num_layers=NUM_LAYERS)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True] * 3 + [False]
    warmed = tmp_path / "warm-up" / "best.safetensors"
    with safe_open(warmed, framework="pt") as file:
        table = file.get_tensor("model/encoder.token.weight")
        bias = file.get_tensor("model/encoder.blocks.2.attention.part.query.bias")
    assert torch.equal(table, encoder_in(home / "encoder").token.weight)
    assert bias.abs().max() > 0


def test_the_optimizer_keeps_nothing_of_them(home: Path, tmp_path: Path) -> None:
    recipe(home, frozen_layers=2).run(tmp_path)
    with safe_open(tmp_path / "seed-1" / "last.safetensors", framework="pt") as file:
        kept = {name for name in file.keys() if name.startswith("optimizer/")}  # noqa: SIM118
    of_head = {name for name in kept if name.startswith("optimizer/classifier.")}
    of_layer = {name for name in kept if name.startswith("optimizer/encoder.blocks.2.")}
    assert of_head
    assert of_layer
    assert kept == of_head | of_layer


def test_the_embeddings_alone_may_be_frozen(home: Path, tmp_path: Path) -> None:
    (checkpoint,) = recipe(home, frozen_layers=0).run(tmp_path)
    before = fingerprints(encoder_in(home / "encoder"), num_layers=1)
    after = fingerprints(encoder_in(checkpoint), num_layers=1)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]


def test_in_training_they_compute_what_they_will_when_they_serve() -> None:
    """No dropout: what stands on them learns from the vectors that it will be given."""
    encoder = draw(dropout=0.5)
    encoder.freeze(2)
    ids_BT = torch.tensor([[2, 5, 6, 7, 3]])
    below = []
    encoder.blocks[2].register_forward_pre_hook(lambda _, given: below.append(given[0]))
    above = [encoder.train(mode).encode(ids_BT) for mode in (True, False, True)]
    assert torch.equal(below[0], below[1])
    assert not torch.equal(above[0], above[1])
    assert not torch.equal(above[0], above[2])


def test_a_step_needs_less_than_half_of_what_it_needed() -> None:
    """Of three equal products a layer, forward and twice backward, two layers of three keep one."""
    model = BertForEvidenceClassification(draw(), num_labels=2)
    objective = Classification(num_classes=2)
    rows = [LabelledExample(ids=[2, *[6] * 12, 3], label=number % 2) for number in range(8)]
    batch = objective.collate(rows, torch.Generator())
    whole = count_operations(model, objective, batch, precision="float32")
    model.encoder.freeze(2)
    less = count_operations(model, objective, batch, precision="float32")
    # 9 products before; 2 of the frozen layers and 2 to 3 of the upper one stay.
    assert 4 / 9 < less / whole < 5.2 / 9


def test_the_other_layers_keep_their_rates() -> None:
    """A layer's distance to the head does not depend on what is frozen below it."""
    model = BertForEvidenceClassification(draw(), num_labels=2)

    def scales() -> dict[int, object]:
        groups: list[Any] = parameter_groups(model, weight_decay=0.1, layer_decay=0.5)
        return {id(p): group["scale"] for group in groups for p in group["params"]}

    before = scales()
    model.encoder.freeze(2)
    after = scales()
    assert after == {key: before[key] for key in after}
    assert set(after.values()) == {1.0, 0.5}


def test_a_killed_run_goes_on_as_one_that_was_not(home: Path, tmp_path: Path) -> None:
    given = recipe(home, frozen_layers=2)
    (whole,) = given.run(tmp_path / "whole")
    short = dataclasses.replace(SETTINGS, checkpoint_every=2)
    begun = dataclasses.replace(given, fine_tuning=FineTuning(training=short))

    from madang.training.loop import checkpoint

    saved, num_saved = checkpoint.save_run, []

    def dying(path: Path, *rest: object) -> None:
        saved(path, *rest)
        if path.name == checkpoint.LAST_NAME:
            num_saved.append(path)
            if len(num_saved) == 1:
                raise InterruptedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "save_run", dying)
        with pytest.raises(InterruptedError):
            begun.run(tmp_path / "killed")
    (gone_on,) = begun.run(tmp_path / "killed")
    assert (whole / "model.safetensors").read_bytes() == (
        gone_on / "model.safetensors"
    ).read_bytes()
    with pytest.raises(SettingError, match="began with another encoder"):
        recipe(home, frozen_layers=1).run(tmp_path / "killed")


def test_tasks_that_share_an_encoder_leave_the_same_frozen_layers(
    home: Path, tmp_path: Path
) -> None:
    paths = tuple(str(home / f"{name}.toml") for name in ("first", "second"))
    checkpoints = SharedRecipe(name="shared", recipes=paths, training=SETTINGS).run(tmp_path)
    found = [fingerprints(encoder_in(each), num_layers=NUM_LAYERS) for each in checkpoints]
    before = fingerprints(encoder_in(home / "encoder"), num_layers=NUM_LAYERS)
    assert found[0] == found[1]
    assert found[0][:3] == before[:3]
    assert found[0][3] != before[3]


def test_tasks_that_share_an_encoder_freeze_the_same(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    text = (home / "second.toml").read_text(encoding="utf-8")
    other.write_text(text.replace("frozen_layers = 2", "frozen_layers = 1"), encoding="utf-8")
    given = SharedRecipe(name="shared", recipes=(str(home / "first.toml"), str(other)))
    with pytest.raises(SettingError, match=r"first: 2, second: 1\)\. Give all the same"):
        given.run(tmp_path / "run")


def test_what_can_not_be_frozen_is_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"frozen_layers is 4, but the encoder has 3\. Give 0"):
        recipe(home, frozen_layers=4).run(tmp_path)
    with pytest.raises(SettingError, match="draws the weights anew"):
        Encoder(folder="anywhere", fresh=True, frozen_layers=1)


def test_the_average_of_the_same_weights_is_these_weights() -> None:
    """A third of three times a number need not be the number."""
    torch.manual_seed(0)
    models = [torch.nn.Linear(200, 50) for _ in range(3)]
    for model in models[1:]:
        model.weight = torch.nn.Parameter(models[0].weight.detach().clone())
    weight = models[0].weight
    assert not torch.equal(torch.stack([weight] * 3).mean(0), weight)
    found = average(models)
    assert torch.equal(found.weight, weight)
    torch.testing.assert_close(found.bias, sum(each.bias for each in models) / 3)
