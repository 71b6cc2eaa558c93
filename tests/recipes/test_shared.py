"""One encoder under several heads: the losses add up, the encoder is one, a killed run goes on."""

import dataclasses
import random
from pathlib import Path

import pytest
import torch

from madang.corpus.source import Source
from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.checkpoint import load_checkpoint
from madang.recipes.encoder import Vocabulary
from madang.recipes.pretraining import PretrainingRecipe
from madang.recipes.recipe import read_recipe
from madang.recipes.shared import Shared, SharedExample, SharedRecipe, open_runs, own_batch
from madang.tasks.classification.objective import Classification, LabelledExample
from madang.training.settings import TrainingSettings

RECIPES = Path(__file__).parents[2] / "recipes"
WORDS = {0: ("산책", "날씨", "커피"), 1: ("할인", "특가", "공구")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder and two recipes of tasks that begin with it."""
    folder = tmp_path_factory.mktemp("shared")
    generator = random.Random(0)
    texts = []
    for name, flipped in (("first", 0), ("second", 1)):
        lines = ["text,label"]
        for number in range(120):
            label = number % 2
            words = " ".join(generator.choices(WORDS[label], k=4))
            lines.append(f"{words} {number},{label ^ flipped}")
            texts.append(words + f" {number}")
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / f"{name}.toml").write_text(
            f'kind = "fine_tuning"\nname = "{name}"\n'
            f'data = ["{folder / name}.csv"]\nmax_length = 16\n'
            f'[encoder]\nfolder = "{folder / "encoder" / "model"}"\n',
            encoding="utf-8",
        )
    (folder / "text.txt").write_text("\n\n".join(texts), encoding="utf-8")
    PretrainingRecipe(
        name="encoder",
        sources=(Source(name=str(folder / "text.txt")),),
        row_length=16,
        vocabulary=Vocabulary(vocab_size=80),
        model=BertConfig(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=16,
        ),
        training=TrainingSettings(num_epochs=1, energy=False, progress=False),
    ).run(folder / "encoder")[0]
    return folder


def shared_recipe(folder: Path, *, num_epochs: int) -> SharedRecipe:
    return SharedRecipe(
        name="shared",
        recipes=tuple(str(folder / f"{name}.toml") for name in ("first", "second")),
        training=TrainingSettings(
            num_epochs=num_epochs,
            batch_size=16,
            learning_rate=1e-2,
            energy=False,
            progress=False,
            log_every=1,
        ),
    )


def test_opposite_tasks_are_learned_by_one_encoder(folder: Path, tmp_path: Path) -> None:
    checkpoints = shared_recipe(folder, num_epochs=6).run(tmp_path)
    opened = [load_checkpoint(path) for path in checkpoints]
    first, second = (each.model.encoder.state_dict() for each in opened)
    assert all(torch.equal(first[name], second[name]) for name in first)
    parts = opened[0].manifest.record["parts"]["shared"]
    assert parts["best"] > 0.95


def test_the_loss_is_the_mean_of_each_task_weighed_by_its_examples() -> None:
    class Constant(torch.nn.Module):
        def __init__(self, logit: float) -> None:
            super().__init__()
            self.logit = torch.nn.Parameter(torch.tensor([0.0, logit]))

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return self.logit.expand(len(ids), 2)

    objective = Shared(objectives={name: Classification(num_classes=2) for name in ("a", "b")})
    models = torch.nn.ModuleDict({"a": Constant(0.0), "b": Constant(1.0)})
    examples = [
        SharedExample(task=name, example=LabelledExample(ids=[2, 3], label=1))
        for name in ("a", "b", "a", "a")
    ]
    batch = objective.collate(examples, torch.Generator())
    assert set(own_batch(batch, "a")) == {"input_ids", "attention_mask", "labels", "count"}
    output = objective.loss(models, batch)
    expected = 3 * torch.log(torch.tensor(2.0)) + torch.log1p(torch.exp(torch.tensor(-1.0)))
    assert output.num_items == 4
    assert torch.allclose(output.loss_sum, expected)


def test_recipes_with_different_encoders_are_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    text = (folder / "second.toml").read_text(encoding="utf-8")
    other.write_text(text.replace("encoder/model", "elsewhere"), encoding="utf-8")
    recipe = SharedRecipe(name="shared", recipes=(str(folder / "first.toml"), str(other)))
    with pytest.raises(SettingError, match="different encoders"):
        recipe.run(tmp_path / "run")


def test_the_shared_recipe_that_ships_begins_with_one_encoder(tmp_path: Path) -> None:
    recipe = read_recipe(RECIPES / "reading.toml", [])
    assert isinstance(recipe, SharedRecipe)
    paths = tuple(str(RECIPES.parent / path) for path in recipe.recipes)
    pipelines = open_runs(dataclasses.replace(recipe, recipes=paths), tmp_path, resume=True)
    assert {each.recipe.task for each in pipelines.values()} == {
        "classification",
        "tagging",
        "embedding",
        "pair_classification",
    }
    assert set(recipe.repeats) < set(pipelines)


def test_an_epoch_shows_the_examples_of_a_recipe_as_often_as_it_says(
    folder: Path, tmp_path: Path
) -> None:
    recipe = shared_recipe(folder, num_epochs=1)
    steps = [
        load_checkpoint(each.run(tmp_path / str(number))[0]).manifest.record["parts"]["shared"]
        for number, each in enumerate((recipe, dataclasses.replace(recipe, repeats={"first": 3})))
    ]
    # 107 and 107 examples, 16 to a batch; then 321 and 107.
    assert [each["steps"] for each in steps] == [14, 27]


def test_a_name_to_repeat_that_is_no_recipe_is_refused(folder: Path, tmp_path: Path) -> None:
    recipe = dataclasses.replace(shared_recipe(folder, num_epochs=1), repeats={"fist": 2})
    with pytest.raises(SettingError, match="Did you mean 'first'"):
        recipe.run(tmp_path)


def test_one_task_shares_with_nobody(folder: Path, tmp_path: Path) -> None:
    recipe = SharedRecipe(name="shared", recipes=(str(folder / "first.toml"),))
    with pytest.raises(SettingError, match="two or more"):
        recipe.run(tmp_path)
