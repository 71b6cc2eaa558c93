"""One encoder under several heads, trained on all their tasks at once.

A site that asks four questions about a text pays for four encoders. One that was trained on all
four reads the text once. What each head loses by sharing is measured beside its own model: every
task leaves a checkpoint like any other, and the encoders in them are the same, bit for bit.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from madang.errors import SettingError
from madang.models.model import Model
from madang.recipes.fine_tuning import FineTuningRecipe, FineTuningRun
from madang.recipes.recipe import Recipe, read_recipe
from madang.suggestion import did_you_mean
from madang.training.loop.loop import train
from madang.training.objective import Batch, LossOutput, Objective
from madang.training.reporting.description import Description, flat
from madang.training.reporting.mlflow_tracker import track_model
from madang.training.settings import TrainingSettings
from madang.validation import Count

SEPARATOR = "/"


@dataclasses.dataclass(frozen=True, kw_only=True)
class SharedRecipe(Recipe):
    """Which tasks share an encoder: the paths of their ``recipes``, which name the same one.

    ``repeats``: how often an epoch shows the examples of a recipe, by its name; once by default.
    A task with few examples needs more passes over them than one with many. ``unseen`` and
    ``licensed_only`` as in a recipe of one task, for all of them: what one of the tasks is measured
    on, no other may show to the encoder.
    """

    recipes: tuple[str, ...]
    repeats: Mapping[str, Count] = dataclasses.field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    licensed_only: bool = False
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)

    def run(self, folder: Path, *, resume: bool = True) -> list[Path]:
        """Train all heads on one encoder; see ``Recipe.run``.

        Raises ``SettingError`` for recipes that begin with different encoders.
        """
        runs = open_runs(self, Path(folder), resume=resume)
        for run in runs.values():
            run.check()
        widest = max(runs.values(), key=lambda each: each.config.max_position_embeddings)
        encoder = widest.new_encoder(seed=self.training.seed)
        models = nn.ModuleDict()
        for name, run in runs.items():
            models[name] = run.task.model(encoder, labels=run.labels)
            # A head may take the encoder's dropout or pooler over; the encoder stays one object.
            assert getattr(models[name], "encoder", encoder) is encoder
        objectives = {name: run.objective for name, run in runs.items()}
        result = train(
            model=models,
            objective=Shared(objectives=objectives),
            train_data=[
                SharedExample(name, each)
                for name, run in runs.items()
                for each in run.train_examples
                for _ in range(self.repeats.get(name, 1))
            ],
            validation_data=[
                SharedExample(name, each)
                for name, run in runs.items()
                for each in run.held_out_examples
            ],
            settings=self.training,
            folder=Path(folder) / "run",
            resume=resume,
            description=self._description(Path(folder), runs),
        )
        checkpoints = []
        for name, run in runs.items():
            run.results["shared"] = result
            model = models[name]
            assert isinstance(model, Model)
            checkpoints.append(run.save(model, kept=("shared",)))
        if self.training.track_model:
            for checkpoint in checkpoints:
                track_model(Path(folder) / "run", checkpoint, home=Path(folder))
        return checkpoints

    def _description(self, folder: Path, runs: Mapping[str, FineTuningRun]) -> Description:
        """Describe this recipe and, under their names, those that it names."""
        own = Description.of(self, folder)
        others = {name: flat(run.recipe, within=name) for name, run in runs.items()}
        facts = {key: fact for each in others.values() for key, fact in each.items()}
        return dataclasses.replace(own, facts={**own.facts, **facts})


def open_runs(recipe: SharedRecipe, folder: Path, *, resume: bool) -> dict[str, FineTuningRun]:
    """Return the run of each task by its recipe's name; its folder lies within ``folder``."""
    if len(recipe.recipes) < 2:
        raise SettingError(
            f"{recipe.name} names {len(recipe.recipes)} recipes; an encoder is shared by two or "
            f"more. Name them in recipes."
        )
    runs = {}
    for path in recipe.recipes:
        each = read_recipe(Path(path))
        if not isinstance(each, FineTuningRecipe):
            raise SettingError(
                f"{path} is no recipe of the kind 'fine_tuning'. Name recipes of tasks alone."
            )
        each = dataclasses.replace(
            each,
            licensed_only=each.licensed_only or recipe.licensed_only,
            unseen=tuple(dict.fromkeys((*recipe.unseen, *each.unseen))),
        )
        runs[each.name] = FineTuningRun(recipe=each, folder=folder / each.name, resume=resume)
    frozen = {name: each.frozen_layers for name, each in runs.items()}
    if len(set(frozen.values())) > 1:
        named = ", ".join(f"{name}: {number}" for name, number in frozen.items())
        raise SettingError(
            f"The recipes of {recipe.name} keep different layers of one encoder as they are "
            f"({named}). Give all the same encoder.frozen_layers."
        )
    folders = {each.recipe.encoder and each.recipe.encoder.folder for each in runs.values()}
    if len(folders) != 1 or None in folders:
        named = ", ".join(sorted(str(folder) for folder in folders))
        raise SettingError(
            f"The recipes of {recipe.name} begin with different encoders ({named}). Give all the "
            f"same [encoder] folder."
        )
    for name in recipe.repeats:
        if name not in runs:
            hint = did_you_mean(name, runs, otherwise=f"Its recipes are {', '.join(runs)}.")
            raise SettingError(f"{recipe.name} repeats {name!r}, which it does not name. {hint}")
    return runs


@dataclasses.dataclass(frozen=True, slots=True)
class SharedExample:
    """An example and the name of the task that it belongs to."""

    task: str
    example: Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shared:
    """The objectives of several tasks; ``model`` is a ``ModuleDict`` with the same names.

    A task's loss in a batch is its mean over that task's items, weighed by how many of the batch's
    examples are the task's, so that none drowns the others because its items are smaller (a tagged
    sentence has a hundred characters, a review one label). Source: Liu 2019 (MT-DNN), section 3.
    """

    objectives: Mapping[str, Objective[Any]]

    @property
    def higher_is_better(self) -> bool:
        return True

    def length(self, example: SharedExample) -> int:
        return self.objectives[example.task].length(example.example)

    def collate(self, examples: Sequence[SharedExample], generator: torch.Generator) -> Batch:
        """Return the batches of all tasks in one, as ``task/key``; ``task/count`` examples each."""
        batch: Batch = {}
        for name, objective in self.objectives.items():
            own = [each.example for each in examples if each.task == name]
            if own:
                tensors = objective.collate(own, generator) | {"count": torch.tensor(len(own))}
                batch |= {f"{name}{SEPARATOR}{key}": value for key, value in tensors.items()}
        return batch

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        total = torch.zeros(())
        num_items, num_tokens = 0, 0
        for name, objective in self.objectives.items():
            own = own_batch(batch, name)
            if own:
                output = objective.loss(model.get_submodule(name), own)
                count = int(own["count"])
                total = total + output.loss_sum * (count / max(output.num_items, 1))
                num_items += count
                num_tokens += output.num_tokens
        return LossOutput(loss_sum=total, num_items=num_items, num_tokens=num_tokens)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the mean of the tasks' first figures, then each task's own by name.

        A figure of which less is better counts with its sign turned.
        """
        kept = list(batches)
        figures: dict[str, float] = {}
        first = []
        for name, objective in self.objectives.items():
            own = [part for batch in kept if (part := own_batch(batch, name))]
            found = objective.evaluate(model.get_submodule(name), own)
            value = next(iter(found.values()))
            first.append(value if objective.higher_is_better else -value)
            figures |= {f"{name}{SEPARATOR}{key}": value for key, value in found.items()}
        return {"mean": sum(first) / len(first), **figures}


def own_batch(batch: Batch, name: str) -> Batch:
    """Return what of a batch belongs to one task, under its own names; maybe nothing."""
    prefix = f"{name}{SEPARATOR}"
    return {key.removeprefix(prefix): batch[key] for key in batch if key.startswith(prefix)}
