"""From labelled data to a finished checkpoint, in the order in which it reads; of whatever task.

Encoder, warm-up on masked tokens, fine-tuning from several seeds, their average, calibration.
Without an encoder the tokenizer is trained and the first embeddings counted. Each trained part
keeps its run in a folder of its own and goes on there after an interruption.
"""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import torch

from madang import validation
from madang.datasets.augmentation.augmentation import Augmentation
from madang.datasets.measured import digest
from madang.datasets.mixture import Part
from madang.datasets.own.columns import Columns
from madang.datasets.own.record import record_of
from madang.errors import SettingError
from madang.formats.manifest import Letters
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import save_checkpoint
from madang.models.model import Model
from madang.recipes.encoder import EncoderRecipe
from madang.recipes.recipe import Recipe
from madang.recipes.task_data import TaskData
from madang.recipes.teacher import FurtherTexts, ModelTeacher
from madang.suggestion import did_you_mean
from madang.tasks.masked_tokens.objective import MaskedTokens
from madang.tasks.masked_tokens.objective import Vocabulary as MaskedVocabulary
from madang.tasks.registry import DEFAULT, find_options, learned_names
from madang.training.device.distributed import joined_world
from madang.training.loop.evaluation import evaluate
from madang.training.loop.loop import train
from madang.training.optimization.averaging import mix
from madang.training.reporting.result import RunState
from madang.training.settings import TrainingSettings
from madang.validation import Count, Fraction, Natural, Portion, Probability

LOGGER = logging.getLogger("madang.training")


@dataclasses.dataclass(frozen=True, kw_only=True)
class WarmUp:
    """Masked-token training on the texts of the recipe, before their labels are seen.

    ``share`` of the tokens is hidden. ``dropout`` takes the place of the model's: a network that
    sees its texts a few times has nothing to forget. ``max_length``: tokens a text is cut to;
    ``None`` is the recipe's.
    """

    share: Portion = 0.15
    dropout: Fraction = 0.0
    whole_words: bool = False
    max_length: Count | None = None
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SelfTraining(FurtherTexts):
    """A second round of fine-tuning, in which the first round's model labels further texts.

    The round learns from them, together with the labelled texts; where a text has one label, by
    the probabilities that the model gives. If the task's options name a teacher, its probabilities
    are mixed in: two models that make different errors are right more often together.
    """


@dataclasses.dataclass(frozen=True, kw_only=True)
class FineTuning:
    """Training with labels, once for each of ``seeds``; the weights that agree are averaged."""

    seeds: tuple[Natural, ...] = (1,)
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FineTuningRecipe(EncoderRecipe):
    """How a model for a task is made, from the name of its data to its weights.

    ``data``: data sets that ``madang data list`` shows and paths of own files, together. ``table``:
    which columns of the files hold what, and how they are written. ``validation``: further data of
    either kind that is held out as a whole; by default one text in ten of the files is.
    ``unseen``: data sets on which the model will be measured, its own perhaps among them; a row
    that is measured in one of them is not learned from, whatever data it stands in.
    ``mixture``: how some of the data is taken, by its name: by which labels, how many rows of it.
    ``licensed_only``: data sets whose authors state no licence are left out. ``augmentation``: some
    of the texts to learn from are changed as people do who get round a model.
    ``task``: what the model is to do. ``options``: the task's own; in the file they stand in the
    table that bears its name. ``max_length``: tokens a text is cut to in training.
    ``reading_length``: tokens it is cut to afterwards; ``None`` is the same.
    ``threshold``: the calibrated probability from which the last of two labels is given.
    ``teacher``: a fine-tuned model of the same task, whose answers are learned beside the labels.
    ``fewest_letters``: the letters and digits below which a text is too short to be judged.
    """

    hints: ClassVar[tuple[str, ...]] = (
        *Recipe.hints,
        "Make it fast: madang export --model {checkpoint} --output {export}",
    )

    data: tuple[str, ...]
    table: Columns | None = None
    validation: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    mixture: Mapping[str, Part] = dataclasses.field(default_factory=dict)
    licensed_only: bool = False
    augmentation: Augmentation | None = None
    task: str = DEFAULT
    options: Any = None
    max_length: Count = 128
    reading_length: Count | None = None
    threshold: Probability = 0.5
    fewest_letters: Letters = 0
    warm_up: WarmUp | None = None
    self_training: SelfTraining | None = None
    teacher: ModelTeacher | None = None
    fine_tuning: FineTuning = dataclasses.field(default_factory=FineTuning)

    def __post_init__(self) -> None:
        """Refuse an unknown task and what an encoder settles with ``SettingError``."""
        super().__post_init__()
        kind = find_options(self.task)
        if self.options is None:
            object.__setattr__(self, "options", kind())
        assert isinstance(self.options, kind), "the options are those of another task"
        named = (*self.data, *self.validation)
        for name in self.mixture:
            if name not in named:
                hint = did_you_mean(name, named, otherwise=f"Its data are {', '.join(named)}.")
                raise SettingError(f"mixture names {name!r}, which is not in data. {hint}")
        if self.self_training is not None and self.teacher is not None:
            raise SettingError(
                "self_training and teacher are given; a teacher that is there labels further texts "
                "at once. Leave out self_training, and name its texts in [teacher.further]."
            )

    @property
    def further(self) -> FurtherTexts | None:
        """The texts without labels that a model labels, the teacher or that of a first round."""
        if self.teacher is not None:
            return self.teacher.further
        return self.self_training

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Build a recipe whose options stand in the table that bears the task's name."""
        task = str(content.get("task", DEFAULT))
        kind = find_options(task)
        for other in learned_names():
            if other != task and other in content:
                raise SettingError(
                    f"the table [{other}] belongs to another task than this recipe's, which is "
                    f'{task!r}. Leave it out, or say task = "{other}".'
                )
        rest = {name: value for name, value in content.items() if name != task}
        if "options" in content:
            raise SettingError(f"unknown key 'options'. A task's options stand in [{task}].")
        options = validation.convert(content.get(task, {}), kind, within=task)
        further = validation.known_keys(kind, f"{task}.")
        recipe = validation.convert(rest, cls, further=further)
        return dataclasses.replace(recipe, options=options)

    def run(self, folder: Path, *, resume: bool = True) -> list[Path]:
        """Train the model of a task; see ``Recipe.run``.

        Raises ``DataError`` for data without rows in a split or with unknown labels, and
        ``SettingError`` where the run in ``folder`` began with another encoder.
        """
        run = FineTuningRun(recipe=self, folder=Path(folder), resume=resume)
        run.check()
        # Under torchrun the parts share one group of processes: a group can be joined only once.
        # What is not training, each process does for itself, with the same outcome.
        with joined_world(torch.device("cpu")) as world:
            model, kept = run.fine_tune_all(run.train_examples)
            if self.self_training is not None:
                further = run.self_taught_examples(model)
                model, kept = run.fine_tune_all([*run.train_examples, *further], prefix="student-")
            checkpoint = run.save(model, kept=kept)
            if world.is_first:
                run.track_model(kept[0], self.fine_tuning.training)
            return [checkpoint]


@dataclasses.dataclass(kw_only=True)
class FineTuningRun(TaskData):
    """The parts of one recipe's run; ``results`` gathers how each trained part went."""

    results: dict[str, RunState] = dataclasses.field(default_factory=dict)

    # What learns.

    @cached_property
    def config(self) -> BertConfig:
        """The size of the network, large enough for every text."""
        if self.encoder is not None:
            return self.encoder.config
        config = self.recipe.model or BertConfig()
        return dataclasses.replace(
            config,
            vocab_size=self.tokenizer.vocab_size,
            max_position_embeddings=max(config.max_position_embeddings, self.longest),
        )

    def new_encoder(self, *, seed: int, dropout: float | None = None) -> BertEncoder:
        """Return the trained encoder, or one with weights drawn from ``seed``."""
        config = self.config
        if dropout is not None:
            config = dataclasses.replace(config, hidden_dropout_prob=dropout)
        return self.draw_encoder(config, seed=seed)

    @cached_property
    def encoder_weights(self) -> dict[str, torch.Tensor]:
        """The weights with which every fine-tuning begins."""
        recipe = self.recipe
        encoder = self.new_encoder(
            seed=0, dropout=recipe.warm_up.dropout if recipe.warm_up else None
        )
        if recipe.cooccurrence is not None:
            rows = self.text_ids(self.train_rows)
            self.start_embeddings(encoder, rows, window=recipe.cooccurrence.window)
        if recipe.warm_up is not None:
            self._warm_up(encoder, recipe.warm_up)
        return encoder.state_dict()

    def _warm_up(self, encoder: BertEncoder, warm_up: WarmUp) -> None:
        """Train an encoder on the masked tokens of the recipe's texts."""
        vocabulary = MaskedVocabulary.of(self.tokenizer, whole_words=warm_up.whole_words)
        self.results["warm-up"] = train(
            model=self.masked_token_model(encoder),
            objective=MaskedTokens(vocabulary=vocabulary, share=warm_up.share),
            train_data=self.text_ids(self.train_rows),
            validation_data=self.text_ids(self.held_out_rows),
            settings=warm_up.training,
            folder=self.folder / "warm-up",
            resume=self.resume,
            description=self.description,
        )

    def fine_tune_all(
        self, examples: Sequence[Any], *, prefix: str = ""
    ) -> tuple[Model, tuple[str, ...]]:
        """Train a model for each seed; return the average that serves best, and whose it is."""
        models = {
            f"{prefix}seed-{seed}": self.fine_tune(seed, examples, name=f"{prefix}seed-{seed}")
            for seed in self.recipe.fine_tuning.seeds
        }
        model, kept = mix(models, self.held_out_figure)
        LOGGER.info("Averaged the weights of %s", ", ".join(kept))
        return model, kept

    def fine_tune(self, seed: int, examples: Sequence[Any], *, name: str) -> Model:
        """Train a model from the warmed-up encoder; the head and the order are the seed's."""
        encoder_weights = self.encoder_weights
        # Drawn anew for each seed although its weights are replaced: the head is drawn after them.
        encoder = self.new_encoder(seed=seed)
        encoder.load_state_dict(encoder_weights)
        model = self.task.model(encoder, labels=self.labels)
        self.results[name] = train(
            model=model,
            objective=self.objective,
            train_data=examples,
            validation_data=self.held_out_examples,
            settings=dataclasses.replace(self.recipe.fine_tuning.training, seed=seed),
            folder=self.folder / name,
            resume=self.resume,
            description=self.description,
        )
        return model

    # What is left.

    def held_out_figure(self, model: Model) -> float:
        """Return the objective's first figure of a model on the held-out rows; more is better."""
        objective = self.task.objective(labels=self.labels)
        settings = self.recipe.fine_tuning.training
        figures = evaluate(
            model=model,
            objective=objective,
            data=self.read_examples,
            settings=dataclasses.replace(settings, precision="float32"),
        )
        value = next(iter(figures.values()))
        return value if objective.higher_is_better else -value

    def save(self, model: Model, *, kept: Sequence[str]) -> Path:
        """Calibrate a model on the held-out rows and write it; return its folder."""
        save_checkpoint(
            self.checkpoint,
            model,
            tokenizer_json=self.tokenizer.to_json(),
            task=self.recipe.task,
            labels=self.labels,
            calibration=self.task.calibration(model, self.read_examples),
            threshold=self.recipe.threshold,
            fewest_letters=self.recipe.fewest_letters,
            max_length=self.reading_length,
            record={**self.record(), "averaged": list(kept)},
        )
        return self.checkpoint

    def record(self) -> dict[str, Any]:
        """Return what the run cost and how each trained part went; time and energy of the parts."""
        energies = [result.energy_kwh for result in self.results.values()]
        known = [energy for energy in energies if energy is not None]
        return {
            "recipe": self.recipe.name,
            **record_of(
                self.licensed(self.recipe.data),
                self.licensed(self.recipe.validation),
                self.recipe.table,
                getattr(self.source, "mixture", {}),
            ),
            "rows": self.num_learned,
            "without_licence_left_out": list(self.left_out),
            "unseen": list(self.recipe.unseen),
            "learned": {"num_rows": len(self.train_rows), "sha256": digest(self.train_rows)},
            "encoder": self.recipe.encoder_record,
            **({"teacher": self.teacher.record} if self.teacher else {}),
            "seconds": round(sum(result.seconds for result in self.results.values())),
            "energy_kwh_estimate": round(sum(known), 4) if known else None,
            "parts": {
                name: {"steps": result.step, "metric": result.metric, "best": result.best_metric}
                for name, result in self.results.items()
            },
        }
