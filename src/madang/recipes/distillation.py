"""From a large encoder to a small one that makes of a text what the large one does.

The student begins as some of its teacher's layers and learns, on text without labels, what the
layers between made of it. No label is seen: what it lacks of a task it learns afterwards, as an
encoder like any other, and from a fine-tuned teacher (``[teacher]`` in a recipe of a task).
"""

import dataclasses
import logging
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from madang import validation
from madang.corpus.shard import TokenRows
from madang.errors import SettingError
from madang.formats import manifest
from madang.formats.catalogue import find_model
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder, Pooler
from madang.models.checkpoint import save_checkpoint
from madang.recipes.corpus import CorpusRecipe, build_rows
from madang.recipes.recipe import Run
from madang.tasks.encoder.objective import Imitation, layer_variances
from madang.tasks.trained_encoder import TrainedEncoder, load_encoder
from madang.training.device.device import training_device
from madang.training.device.distributed import joined_world
from madang.training.loop.loop import train
from madang.training.reporting.result import RunState
from madang.training.settings import TrainingSettings
from madang.validation import Count, NotNegative

LOGGER = logging.getLogger("madang.training")
# Enough to know how much the vectors of a layer vary.
MOST_ROWS_MEASURED = 64
# What a student's record takes over of its teacher's.
ORIGIN = ("adopted_from", "licence", "pruned")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Teacher:
    """The encoder in a ``folder``, or of a shipped model, that a student imitates.

    ``relation_layer``: whose attention relations the student's last layer learns, by default the
    last one's.
    """

    folder: str
    relation_layer: Count | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Student:
    """The layers of the teacher, counted from 1, as which a student begins: every other by default.

    ``targets``: for each of them the layer whose vectors it learns. By default that is the one
    before the next of ``layers``, and for the last of them the teacher's last: a layer of the
    student stands for all up to the next one. ``dropout`` of the student while it learns; its
    teacher's never wavers.
    """

    layers: tuple[Count, ...] = ()
    targets: tuple[Count, ...] = ()
    dropout: validation.Fraction = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class DistillationRecipe(CorpusRecipe):
    """How a student is made from a teacher, and from text without labels.

    ``hidden_weight``: of the distance of its vectors, as a share of the teacher's variance.
    ``relation_weight``: of the divergence of its attention relations, in ``relation_heads`` parts,
    by default as many as the teacher has heads.
    """

    hints: ClassVar[tuple[str, ...]] = (
        "Fine-tune it: madang train recipes/nsmc.toml --encoder.folder {checkpoint}",
    )

    teacher: Teacher
    student: Student = dataclasses.field(default_factory=Student)
    hidden_weight: NotNegative = 1.0
    relation_weight: NotNegative = 1.0
    relation_heads: Count | None = None
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)

    def __post_init__(self) -> None:
        """Raise ``SettingError`` for settings that no run can follow."""
        if not self.hidden_weight and not self.relation_weight:
            raise SettingError(
                "hidden_weight and relation_weight are 0: there is nothing to learn. Give one of "
                "them a weight above 0."
            )
        if self.training.sharding != "none":
            raise SettingError(
                f"training.sharding is {self.training.sharding!r}; a student's layers are read one "
                f"by one, so each process holds all of them. Leave it out."
            )

    def run(self, folder: Path, *, resume: bool = True) -> list[Path]:
        """Distil an encoder; see ``Recipe.run``.

        Raises ``SettingError`` for layers that the teacher does not have and where the run in
        ``folder`` began with another teacher, ``CheckpointError`` for a folder without an encoder
        and ``DataError`` for sources that are missing or empty.
        """
        device = training_device()
        with joined_world(device) as world:
            run = DistillationRun(
                recipe=self,
                folder=Path(folder),
                # What the first process built anew, the others take as it is.
                resume=resume or not world.is_first,
                device=device,
            )
            if world.is_first:
                run.check_same("teacher", run.facts)
                _ = run.rows
            world.wait()
            trained = run.train()
            if world.is_first:
                run.save(*trained)
                run.track_model("run", self.training)
            world.wait()
            return [run.checkpoint]


@dataclasses.dataclass(kw_only=True)
class DistillationRun(Run):
    """The parts of one distillation."""

    recipe: DistillationRecipe
    device: torch.device = dataclasses.field(default_factory=lambda: torch.device("cpu"))

    @cached_property
    def trained(self) -> TrainedEncoder:
        """The teacher's parts, as they lie in its folder."""
        return load_encoder(self.recipe.teacher.folder, longest=self.recipe.row_length)

    @cached_property
    def teacher(self) -> BertEncoder:
        """The teacher, which learns nothing."""
        encoder = _filled(self.trained.config, self.trained.weights)
        return encoder.to(self.device).eval().requires_grad_(False)

    @cached_property
    def layers(self) -> tuple[int, ...]:
        """The teacher's layers as which the student begins."""
        num_layers = self.trained.config.num_hidden_layers
        layers = self.recipe.student.layers or tuple(range(1, num_layers + 1, 2))
        check_layers("student.layers", layers, num_layers=num_layers)
        return layers

    @cached_property
    def targets(self) -> tuple[int, ...]:
        """The teacher's layer whose vectors each layer of the student learns."""
        num_layers = self.trained.config.num_hidden_layers
        targets = self.recipe.student.targets
        if not targets:
            return (*(layer - 1 for layer in self.layers[1:]), num_layers)
        check_layers("student.targets", targets, num_layers=num_layers)
        if len(targets) != len(self.layers):
            raise SettingError(
                f"student.targets names {len(targets)} layers, but the student has "
                f"{len(self.layers)}. Give one for each of them, or leave it out."
            )
        return targets

    @cached_property
    def relations(self) -> tuple[int, int]:
        """The teacher's layer whose relations are learned, and in how many heads."""
        config = self.trained.config
        layer = self.recipe.teacher.relation_layer or config.num_hidden_layers
        check_layers("teacher.relation_layer", (layer,), num_layers=config.num_hidden_layers)
        num_heads = self.recipe.relation_heads or config.num_attention_heads
        if config.hidden_size % num_heads:
            raise SettingError(
                f"relation_heads is {num_heads}, which does not divide the teacher's width of "
                f"{config.hidden_size}. Give a number that does, or leave it out."
            )
        return layer, num_heads

    @property
    def facts(self) -> dict[str, Any]:
        """What the run is about, beside its texts and settings: it goes on with the same alone."""
        layer, num_heads = self.relations
        return {
            "sha256": self.trained.sha256,
            "layers": list(self.layers),
            "targets": list(self.targets),
            "relation_layer": layer,
            "relation_heads": num_heads,
            "hidden_weight": self.recipe.hidden_weight,
            "relation_weight": self.recipe.relation_weight,
            "dropout": self.recipe.student.dropout,
        }

    @cached_property
    def rows(self) -> tuple[TokenRows, TokenRows]:
        """The rows to learn from, and held-out ones, as the teacher's tokens."""
        return build_rows(
            self.recipe.documents(),
            self.trained.tokenizer,
            self.folder,
            row_length=self.recipe.row_length,
            resume=self.resume,
        )

    def new_student(self) -> BertEncoder:
        """Return the student as it begins: some of its teacher's layers, and all the rest of it."""
        dropout = self.recipe.student.dropout
        config = dataclasses.replace(
            self.trained.config,
            num_hidden_layers=len(self.layers),
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout,
        )
        return _filled(config, kept_layers(self.trained.weights, self.layers))

    def objective(self) -> Imitation:
        """Return what the student learns."""
        layer, num_heads = self.relations
        return Imitation(
            teacher=self.teacher,
            targets=self.targets,
            variances=layer_variances(
                self.teacher, self.rows[1][:MOST_ROWS_MEASURED], self.targets
            ),
            relation_layer=layer,
            relation_heads=num_heads,
            hidden_weight=self.recipe.hidden_weight,
            relation_weight=self.recipe.relation_weight,
            pad_id=self.trained.config.pad_token_id,
        )

    def train(self) -> tuple[BertEncoder, RunState]:
        """Train the student; return it, and how that went."""
        train_rows, held_out_rows = self.rows
        student = self.new_student().to(self.device)
        LOGGER.info("A student of %d layers of %d", len(self.layers), len(self.teacher.blocks))
        result = train(
            model=student,
            objective=self.objective(),
            train_data=train_rows,
            validation_data=held_out_rows,
            settings=self.recipe.training,
            folder=self.folder / "run",
            resume=self.resume,
            description=self.description,
        )
        return student, result

    def save(self, student: BertEncoder, result: RunState) -> Path:
        """Write the student with what it cost; return its folder.

        Its config says of dropout what its teacher's does.
        """
        student.config = dataclasses.replace(
            self.trained.config, num_hidden_layers=len(self.layers)
        )
        save_checkpoint(
            self.checkpoint,
            student,
            tokenizer_json=self.trained.tokenizer.to_json(),
            task="encoder",
            max_length=student.config.max_position_embeddings,
            record={
                **self._origin(),
                "recipe": self.recipe.name,
                "teacher": {"folder": self.recipe.teacher.folder, **self.facts},
                "data": [source.name for source in self.recipe.sources],
                "seconds": round(result.seconds),
                "energy_kwh_estimate": result.energy_kwh,
                "steps": result.step,
                "held_out": {result.metric: result.best_metric},
            },
        )
        return self.checkpoint

    def _origin(self) -> dict[str, Any]:
        """Return what the teacher's record says of where its weights come from, if it has one."""
        folder = find_model(self.recipe.teacher.folder)
        if not (folder / manifest.FILE_NAME).is_file():
            return {}
        record = manifest.read_manifest(folder).record
        return {name: record[name] for name in ORIGIN if name in record}


def check_layers(name: str, layers: tuple[int, ...], *, num_layers: int) -> None:
    """Raise ``SettingError`` for layers that a teacher does not have, or not in this order."""
    if max(layers) > num_layers or list(layers) != sorted(set(layers)):
        raise SettingError(
            f"{name} is {', '.join(map(str, layers))}; the teacher's layers are 1 to {num_layers}. "
            f"Name some of them, each once, in their order."
        )


def kept_layers(weights: Mapping[str, Tensor], layers: tuple[int, ...]) -> dict[str, Tensor]:
    """Return an encoder's weights with these of its layers alone, counted from 1, renumbered."""
    place_of = {str(layer - 1): place for place, layer in enumerate(layers)}
    kept = {}
    for name, weight in weights.items():
        room, _, rest = name.partition(".")
        number, _, part = rest.partition(".")
        if room != "blocks":
            kept[name] = weight
        elif number in place_of:
            kept[f"blocks.{place_of[number]}.{part}"] = weight
    return kept


def _filled(config: BertConfig, weights: Mapping[str, Tensor]) -> BertEncoder:
    has_pooler = "pooler.dense.weight" in weights
    encoder = BertEncoder(config, pooler=Pooler(config.hidden_size) if has_pooler else None)
    encoder.load_state_dict(dict(weights))
    return encoder
