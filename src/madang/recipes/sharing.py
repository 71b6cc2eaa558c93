"""One encoder under several heads, trained on all their tasks at once.

A site that asks four questions about a text pays for four encoders. One that was trained on all
four reads the text once. What each head loses by sharing is measured beside its own model: every
task leaves a checkpoint like any other, and the encoders in them are the same, bit for bit.
"""

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from madang.errors import SettingError
from madang.models.bert.model import BertEncoder
from madang.models.model import Model
from madang.recipes.fine_tuning import Pipeline
from madang.recipes.recipe import load_recipe
from madang.recipes.shared_objective import Shared, SharedExample
from madang.training.loop.loop import train
from madang.training.loop.settings import TrainingSettings

LOGGER = logging.getLogger("madang.training")


@dataclasses.dataclass(frozen=True, kw_only=True)
class SharedRecipe:
    """Which tasks share an encoder: the paths of their ``recipes``, which name the same one."""

    name: str
    recipes: tuple[str, ...]
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)


def run_shared(recipe: SharedRecipe, folder: Path, *, resume: bool = True) -> list[Path]:
    """Train all heads on one encoder; return the checkpoint of each task.

    Raises ``SettingError`` for recipes that begin with different encoders.
    """
    pipelines = open_pipelines(recipe, Path(folder), resume=resume)
    encoder = shared_encoder(list(pipelines.values()), seed=recipe.training.seed)
    models = nn.ModuleDict()
    for name, pipeline in pipelines.items():
        models[name] = pipeline.task.model(encoder, labels=pipeline.labels)
        # A new head may have taken the encoder's dropout or pooler over: it is one and the same.
        assert getattr(models[name], "encoder", encoder) is encoder
    result = train(
        model=models,
        objective=Shared(
            objectives={
                name: pipeline.task.objective(labels=pipeline.labels)
                for name, pipeline in pipelines.items()
            }
        ),
        train_data=_examples({name: each.train_examples for name, each in pipelines.items()}),
        validation_data=_examples(
            {name: each.held_out_examples for name, each in pipelines.items()}
        ),
        settings=recipe.training,
        folder=Path(folder) / "run",
        resume=resume,
    )
    checkpoints = []
    for name, pipeline in pipelines.items():
        pipeline.results["shared"] = result
        model = models[name]
        assert isinstance(model, Model)
        checkpoints.append(pipeline.save(model, kept=("shared",)))
    return checkpoints


def open_pipelines(recipe: SharedRecipe, folder: Path, *, resume: bool) -> dict[str, Pipeline]:
    """Return the pipeline of each task by its recipe's name; its folder lies within ``folder``."""
    if len(recipe.recipes) < 2:
        raise SettingError(
            f"{recipe.name} names {len(recipe.recipes)} recipes; an encoder is shared by two or "
            f"more. Name them in recipes."
        )
    pipelines = {}
    for path in recipe.recipes:
        each = load_recipe(Path(path))
        pipelines[each.name] = Pipeline(recipe=each, folder=folder / each.name, resume=resume)
    folders = {each.recipe.encoder and each.recipe.encoder.folder for each in pipelines.values()}
    if len(folders) != 1 or None in folders:
        named = ", ".join(sorted(str(folder) for folder in folders))
        raise SettingError(
            f"The recipes of {recipe.name} begin with different encoders ({named}). Give all the "
            f"same [encoder] folder."
        )
    return pipelines


def shared_encoder(pipelines: Sequence[Pipeline], *, seed: int) -> BertEncoder:
    """Return the encoder that all pipelines begin with, the one with the most positions."""
    widest = max(pipelines, key=lambda each: each.config.max_position_embeddings)
    return widest.new_encoder(seed=seed)


def _examples(of_task: dict[str, Sequence[Any]]) -> list[SharedExample]:
    return [
        SharedExample(task=name, example=example)
        for name, examples in of_task.items()
        for example in examples
    ]
