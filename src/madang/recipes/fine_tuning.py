"""From a recipe to a finished checkpoint, in the order in which it reads; the same for every task.

Encoder, warm-up on masked tokens, fine-tuning from several seeds, their average, calibration.
Without an encoder the tokenizer is trained and the first embeddings counted. Each part is computed
when the next one asks for it, and each trained part keeps its run in a folder of its own and goes
on there after an interruption.
"""

import dataclasses
import json
import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from madang import storage
from madang.datasets.rows import load_texts
from madang.errors import CheckpointError, SettingError
from madang.json_object import read_object
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder, Pooler
from madang.models.checkpoint import save_checkpoint
from madang.models.model import Model
from madang.recipes.cooccurrence import start_embeddings
from madang.recipes.recipe import Recipe, Vocabulary
from madang.tasks.learning import Learning
from madang.tasks.masked_tokens.objective import MaskedTokens
from madang.tasks.masked_tokens.objective import Vocabulary as MaskedVocabulary
from madang.tasks.registry import find_learning
from madang.tasks.trained_encoder import TrainedEncoder, load_encoder
from madang.text.giveaway import GIVEAWAY
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram
from madang.training.device.distributed import joined_world
from madang.training.loop.evaluation import evaluate
from madang.training.loop.loop import train
from madang.training.optimization.averaging import mix
from madang.training.reporting.result import TrainingResult

LOGGER = logging.getLogger("madang.training")
ENCODER_RECORD = "encoder.json"


def run_recipe(recipe: Recipe, folder: Path, *, resume: bool = True) -> Path:
    """Train what ``recipe`` describes; return the folder of the finished checkpoint.

    ``folder`` keeps the tokenizer and the run of each part, so that an interrupted recipe goes on.
    Raises ``DataError`` for data without rows in a split or with unknown labels, and
    ``SettingError`` where the run in ``folder`` began with another encoder.
    """
    pipeline = Pipeline(recipe=recipe, folder=Path(folder), resume=resume)
    # Under torchrun the parts share one group of processes: a group can be joined only once. What
    # is not training, each process does for itself, with the same outcome.
    with joined_world(torch.device("cpu")):
        model, kept = pipeline.fine_tune_all(pipeline.train_examples)
        if recipe.self_training is not None:
            further = pipeline.self_taught_examples(model)
            model, kept = pipeline.fine_tune_all(
                [*pipeline.train_examples, *further], prefix="student-"
            )
        return pipeline.save(model, kept=kept)


@dataclasses.dataclass(kw_only=True)
class Pipeline:
    """The parts of one recipe's run; ``results`` gathers how each trained part went."""

    recipe: Recipe
    folder: Path
    resume: bool = True
    results: dict[str, TrainingResult] = dataclasses.field(default_factory=dict)

    @cached_property
    def task(self) -> Learning[Any, Any]:
        """What the model is to do, and how it learns that."""
        found: Learning[Any, Any] = find_learning(self.recipe.task)(self.recipe.options)
        return found

    # What is learned from.

    @cached_property
    def train_rows(self) -> list[Any]:
        """The rows to learn from."""
        return self.task.load(self.recipe.data, "train")

    @cached_property
    def held_out_rows(self) -> list[Any]:
        """The rows by which epochs and averages are chosen and probabilities calibrated."""
        return self.task.load(self.recipe.data, "validation")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the labels, in the order of the logits."""
        return self.task.labels(self.recipe.data, [*self.train_rows, *self.held_out_rows])

    @cached_property
    def encoder(self) -> TrainedEncoder | None:
        """The trained encoder that the recipe names, if it does."""
        settings = self.recipe.encoder
        if settings is None:
            return None
        encoder = load_encoder(longest=self.longest, **dataclasses.asdict(settings))
        self._check_same_encoder({"fresh": settings.fresh, "sha256": encoder.sha256})
        return encoder

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The encoder's tokenizer, or one trained on the recipe's texts."""
        if self.encoder is not None:
            return self.encoder.tokenizer
        path = self.folder / "tokenizer.json"
        if self.resume and path.is_file():
            return Tokenizer.load(path)
        texts = self.task.texts(self.train_rows)
        LOGGER.info("Training a tokenizer on %d texts", len(texts))
        vocabulary = self.recipe.vocabulary or Vocabulary()
        tokenizer = train_unigram(
            texts,
            vocab_size=vocabulary.vocab_size,
            blank=GIVEAWAY if vocabulary.hides_giveaways else None,
        )
        storage.write_text(path, tokenizer.to_json())
        return tokenizer

    @cached_property
    def train_examples(self) -> Sequence[Any]:
        """The examples to learn from."""
        examples = self.examples(self.train_rows, max_length=self.recipe.max_length)
        return self.task.taught(self.train_rows, examples, labels=self.labels, folder=self.folder)

    @cached_property
    def held_out_examples(self) -> list[Any]:
        """The held-out examples, cut as in training."""
        return self.examples(self.held_out_rows, max_length=self.recipe.max_length)

    def examples(self, rows: Sequence[Any], *, max_length: int) -> list[Any]:
        """Return rows as tokens."""
        return self.task.examples(self.tokenizer, rows, labels=self.labels, max_length=max_length)

    def text_ids(self, rows: Sequence[Any]) -> list[list[int]]:
        """Return every text of the rows as tokens, for what is learned without labels."""
        warm_up = self.recipe.warm_up
        max_length = (warm_up and warm_up.max_length) or self.recipe.max_length
        encodings = self.tokenizer.encode(self.task.texts(rows), max_length=max_length)
        return [encoding.ids for encoding in encodings]

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

    @cached_property
    def encoder_weights(self) -> dict[str, torch.Tensor]:
        """The weights with which every fine-tuning begins."""
        recipe = self.recipe
        dropout = recipe.warm_up.dropout if recipe.warm_up else None
        encoder = self.new_encoder(seed=0, dropout=dropout)
        if recipe.cooccurrence is not None:
            start_embeddings(
                encoder,
                self.text_ids(self.train_rows),
                self.tokenizer,
                window=recipe.cooccurrence.window,
            )
        if recipe.warm_up is not None:
            self._warm_up(encoder)
        return encoder.state_dict()

    def _warm_up(self, encoder: BertEncoder) -> None:
        """Train an encoder on the masked tokens of the recipe's texts."""
        warm_up = self.recipe.warm_up
        assert warm_up is not None
        model = BertForMaskedTokens(encoder)
        if self.encoder is not None and self.encoder.head:
            model.head.load_state_dict(self.encoder.head)
        vocabulary = MaskedVocabulary.of(self.tokenizer, whole_words=warm_up.whole_words)
        self.results["warm-up"] = train(
            model=model,
            objective=MaskedTokens(vocabulary=vocabulary, share=warm_up.share),
            train_data=self.text_ids(self.train_rows),
            validation_data=self.text_ids(self.held_out_rows),
            settings=warm_up.training,
            folder=self.folder / "warm-up",
            resume=self.resume,
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
        encoder = self.new_encoder(seed=seed)
        encoder.load_state_dict(encoder_weights)
        model = self.task.model(encoder, labels=self.labels)
        self.results[name] = train(
            model=model,
            objective=self.task.objective(labels=self.labels),
            train_data=examples,
            validation_data=self.held_out_examples,
            settings=dataclasses.replace(self.recipe.fine_tuning.training, seed=seed),
            folder=self.folder / name,
            resume=self.resume,
        )
        return model

    def self_taught_examples(self, model: Model) -> list[Any]:
        """Return further texts, without labels, as examples of what ``model`` says of them."""
        settings = self.recipe.self_training
        assert settings is not None
        texts = load_texts(settings.data, settings.split, limit=settings.num_texts)
        LOGGER.info("Labelling %d further texts", len(texts))
        return self.task.taught_by(
            model,
            self.tokenizer,
            texts,
            rows=self.train_rows,
            max_length=self.recipe.max_length,
        )

    def new_encoder(self, *, seed: int, dropout: float | None = None) -> BertEncoder:
        """Return the trained encoder, or one with weights drawn from ``seed``."""
        config = self.config
        if dropout is not None:
            config = dataclasses.replace(config, hidden_dropout_prob=dropout)
        weights = self.encoder.weights if self.encoder is not None else {}
        torch.manual_seed(seed)
        pooler = Pooler(config.hidden_size) if "pooler.dense.weight" in weights else None
        encoder = BertEncoder(config, pooler=pooler)
        if weights:
            encoder.load_state_dict(weights)
        return encoder

    # What is left.

    @property
    def reading_length(self) -> int:
        """The number of tokens that the finished model reads of a text."""
        return self.recipe.reading_length or self.recipe.max_length

    @property
    def longest(self) -> int:
        """The number of tokens that the model must have positions for."""
        return max(self.recipe.max_length, self.reading_length)

    @cached_property
    def read_examples(self) -> list[Any]:
        """The held-out examples, as the finished model will read them."""
        return self.examples(self.held_out_rows, max_length=self.reading_length)

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
        checkpoint = self.folder / "model"
        save_checkpoint(
            checkpoint,
            model,
            tokenizer_json=self.tokenizer.to_json(),
            task=self.recipe.task,
            labels=self.labels,
            calibration=self.task.calibration(model, self.read_examples),
            threshold=self.recipe.threshold,
            max_length=self.reading_length,
            record={**self.record(), "averaged": list(kept)},
        )
        return checkpoint

    def record(self) -> dict[str, Any]:
        """Return what the run cost and how each trained part went; time and energy of the parts."""
        energies = [result.energy_kwh for result in self.results.values()]
        known = [energy for energy in energies if energy is not None]
        encoder = self.recipe.encoder
        return {
            "recipe": self.recipe.name,
            "data": list(self.recipe.data),
            "encoder": dataclasses.asdict(encoder) if encoder else None,
            "seconds": round(sum(result.seconds for result in self.results.values())),
            "energy_kwh_estimate": round(sum(known), 4) if known else None,
            "parts": {
                name: {"steps": result.steps, "metric": result.metric, "best": result.best_metric}
                for name, result in self.results.items()
            },
        }

    def _check_same_encoder(self, given: dict[str, Any]) -> None:
        """Refuse to go on from another encoder than the run in the folder began with."""
        path = self.folder / ENCODER_RECORD
        found = _read_record(path) if self.resume and path.is_file() else given
        if found != given:
            raise SettingError(
                f"The run in {self.folder} began with another encoder ({found}) than the recipe "
                f"names now ({given}). Begin anew with --fresh, or give another folder: --output."
            )
        storage.write_text(path, json.dumps(given) + "\n")


def _read_record(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except ValueError as error:
        raise CheckpointError(
            f"{path} can not be read ({error}). It was cut off or edited: begin anew with --fresh."
        ) from error
