"""From a recipe to a calibrated checkpoint, in the order in which it reads.

Tokenizer, embeddings, warm-up on masked tokens, soft labels, fine-tuning from several seeds, their
average, calibration. Each part is computed when the next one asks for it, and each trained part
keeps its run in a folder of its own and goes on there after an interruption.
"""

import copy
import dataclasses
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from madang import storage
from madang.datasets.card import LabelledText
from madang.manifest import Calibration
from madang.metrics.calibration import fit_platt
from madang.metrics.classification import accuracy
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import save_checkpoint
from madang.models.heads import BertForEvidenceClassification, BertForMaskedTokens
from madang.models.ngram import NgramClassifier
from madang.text.giveaway import GIVEAWAY
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram
from madang.training.cooccurrence import cooccurrence_vectors
from madang.training.distributed import joined_world
from madang.training.example import Corpus, encode, label_names, load_data
from madang.training.loop import train
from madang.training.objectives.classification import Classification
from madang.training.objectives.masked_tokens import MaskedTokens, Vocabulary
from madang.training.prediction import predict_logits
from madang.training.recipe import Recipe
from madang.training.result import TrainingResult
from madang.training.teacher import out_of_fold_probabilities

LOGGER = logging.getLogger("madang.training")


def run_recipe(recipe: Recipe, folder: Path, *, resume: bool = True) -> Path:
    """Train what ``recipe`` describes; return the folder of the finished checkpoint.

    ``folder`` keeps the tokenizer and the run of each part, so that an interrupted recipe goes on.
    Raises ``DataError`` for data without rows in a split or with unknown labels.
    """
    pipeline = Pipeline(recipe=recipe, folder=Path(folder), resume=resume)
    # Under torchrun the parts share one group of processes: a group can be joined only once. What
    # is not training, each process does for itself, with the same outcome.
    with joined_world(torch.device("cpu")):
        models = {f"seed-{seed}": pipeline.fine_tune(seed) for seed in recipe.fine_tuning.seeds}
        model, kept = mix(models, pipeline.held_out_accuracy)
        LOGGER.info("Averaged the weights of %s", ", ".join(kept))
        return pipeline.save(model, kept=kept)


@dataclasses.dataclass(kw_only=True)
class Pipeline:
    """The parts of one recipe's run; ``results`` gathers how each trained part went."""

    recipe: Recipe
    folder: Path
    resume: bool = True
    results: dict[str, TrainingResult] = dataclasses.field(default_factory=dict)

    # What is learned from.

    @cached_property
    def train_texts(self) -> list[LabelledText]:
        """The labelled texts to learn from."""
        return load_data(self.recipe.data, "train")

    @cached_property
    def held_out_texts(self) -> list[LabelledText]:
        """The labelled texts by which epochs are chosen and probabilities calibrated."""
        return load_data(self.recipe.data, "validation")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the logits."""
        return label_names(self.recipe.data, [*self.train_texts, *self.held_out_texts])

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the recipe, trained on its texts."""
        path = self.folder / "tokenizer.json"
        if self.resume and path.is_file():
            return Tokenizer.load(path)
        LOGGER.info("Training a tokenizer on %d texts", len(self.train_texts))
        tokenizer = train_unigram(
            (row.text for row in self.train_texts),
            vocab_size=self.recipe.vocabulary.vocab_size,
            blank=GIVEAWAY if self.recipe.vocabulary.hides_giveaways else None,
        )
        storage.write_text(path, tokenizer.to_json())
        return tokenizer

    @cached_property
    def train_corpus(self) -> Corpus:
        """The texts to learn from, as tokens."""
        return encode(self.tokenizer, self.train_texts, max_length=self.recipe.max_length)

    @cached_property
    def held_out(self) -> Corpus:
        """The held-out texts, as tokens."""
        return encode(self.tokenizer, self.held_out_texts, max_length=self.recipe.max_length)

    @cached_property
    def targets(self) -> NDArray[np.float64] | None:
        """What to learn, (N, C): the given label mixed with a teacher's; or ``None``, the label."""
        teacher = self.recipe.teacher
        if teacher is None:
            return None
        given = np.eye(len(self.labels))[self.train_corpus.labels]
        return (1 - teacher.weight) * given + teacher.weight * self._taught()

    def _taught(self) -> NDArray[np.float64]:
        """Return the teacher's out-of-fold probabilities, (N, C), computed once a folder."""
        teacher, labels = self.recipe.teacher, self.train_corpus.labels
        assert teacher is not None
        texts = [row.text for row in self.train_texts]
        fitted = dataclasses.replace(teacher, weight=0.0)  # the weight changes no probability
        digest = hashlib.sha256(repr((fitted, texts, labels.tolist())).encode()).hexdigest()
        path = self.folder / f"teacher-{digest[:12]}.npy"
        if path.is_file():
            return np.asarray(np.load(path), np.float64)
        LOGGER.info("Asking a linear teacher for each of %d texts it has not seen", len(texts))
        probabilities = out_of_fold_probabilities(
            lambda: NgramClassifier(
                shortest=teacher.shortest, longest=teacher.longest, strength=teacher.strength
            ),
            texts,
            labels,
            num_folds=teacher.num_folds,
            seed=0,
        )
        with storage.replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, probabilities)
        return probabilities

    # What learns.

    @cached_property
    def encoder_weights(self) -> dict[str, torch.Tensor]:
        """The weights with which every fine-tuning begins."""
        recipe = self.recipe
        dropout = recipe.warm_up.dropout if recipe.warm_up else recipe.model.hidden_dropout_prob
        encoder = self.new_encoder(seed=0, dropout=dropout)
        if recipe.cooccurrence is not None:
            start_embeddings(
                encoder, self.train_corpus, self.tokenizer, window=recipe.cooccurrence.window
            )
        if recipe.warm_up is not None:
            vocabulary = Vocabulary.of(self.tokenizer, whole_words=recipe.warm_up.whole_words)
            self.results["warm-up"] = train(
                model=BertForMaskedTokens(encoder),
                objective=MaskedTokens(vocabulary=vocabulary, share=recipe.warm_up.share),
                train_data=self.train_corpus.rows,
                validation_data=self.held_out.rows,
                settings=recipe.warm_up.training,
                folder=self.folder / "warm-up",
                resume=self.resume,
            )
        return encoder.state_dict()

    def fine_tune(self, seed: int) -> BertForEvidenceClassification:
        """Train a classifier from the warmed-up encoder; the head and the order are the seed's."""
        settings = self.recipe.fine_tuning
        encoder_weights = self.encoder_weights
        encoder = self.new_encoder(seed=seed, dropout=self.recipe.model.hidden_dropout_prob)
        model = BertForEvidenceClassification(encoder, num_labels=len(self.labels))
        encoder.load_state_dict(encoder_weights)
        self.results[f"seed-{seed}"] = train(
            model=model,
            objective=Classification(
                num_classes=len(self.labels), label_smoothing=settings.label_smoothing
            ),
            train_data=self.train_corpus.examples(self.targets),
            validation_data=self.held_out.examples(),
            settings=dataclasses.replace(settings.training, seed=seed),
            folder=self.folder / f"seed-{seed}",
            resume=self.resume,
        )
        return model

    def new_encoder(self, *, seed: int, dropout: float) -> BertEncoder:
        """Return an encoder with weights drawn from ``seed``, large enough for every text."""
        recipe = self.recipe
        longest = max(recipe.max_length, recipe.reading_length or 0)
        torch.manual_seed(seed)
        return BertEncoder(
            dataclasses.replace(
                recipe.model,
                vocab_size=self.tokenizer.vocab_size,
                hidden_dropout_prob=dropout,
                max_position_embeddings=max(recipe.model.max_position_embeddings, longest),
            )
        )

    # What is left.

    @property
    def reading_length(self) -> int:
        """The number of tokens that the finished model reads of a text."""
        return self.recipe.reading_length or self.recipe.max_length

    @cached_property
    def read_corpus(self) -> Corpus:
        """The held-out texts, as the finished model will read them."""
        return encode(self.tokenizer, self.held_out_texts, max_length=self.reading_length)

    def held_out_logits(self, model: BertForEvidenceClassification) -> NDArray[np.float32]:
        """Return what a model says of the held-out texts, (N, C)."""
        return predict_logits(model, self.read_corpus.rows, pad_id=self.tokenizer.pad_id or 0)

    def held_out_accuracy(self, model: BertForEvidenceClassification) -> float:
        """Return the share of the held-out texts whose label a model finds."""
        return accuracy(self.held_out_logits(model).argmax(axis=1), self.read_corpus.labels)

    def save(self, model: BertForEvidenceClassification, *, kept: Sequence[str]) -> Path:
        """Calibrate a model on the held-out texts and write it; return its folder."""
        checkpoint = self.folder / "model"
        save_checkpoint(
            checkpoint,
            model,
            tokenizer_json=self.tokenizer.to_json(),
            task="classification",
            labels=self.labels,
            calibration=calibrate(self.held_out_logits(model), self.read_corpus.labels),
            threshold=self.recipe.threshold,
            max_length=self.reading_length,
            record={**self.record(), "averaged": list(kept)},
        )
        return checkpoint

    def record(self) -> dict[str, Any]:
        """Return what the run cost and how each trained part went; time and energy of the parts."""
        energies = [result.energy_kwh for result in self.results.values()]
        known = [energy for energy in energies if energy is not None]
        return {
            "recipe": self.recipe.name,
            "data": list(self.recipe.data),
            "seconds": round(sum(result.seconds for result in self.results.values())),
            "energy_kwh_estimate": round(sum(known), 4) if known else None,
            "parts": {
                name: {"steps": result.steps, "metric": result.metric, "best": result.best_metric}
                for name, result in self.results.items()
            },
        }


def mix(
    models: Mapping[str, BertForEvidenceClassification],
    measure: Callable[[BertForEvidenceClassification], float],
) -> tuple[BertForEvidenceClassification, tuple[str, ...]]:
    """Average the weights of those models that make the average better; return it and their names.

    Models fine-tuned from one encoder mostly lie in one basin, where the mean of weights is about
    as good as the ensemble and as fast as one. Beginning with the best, each is kept only if
    ``measure``, on held-out texts, does not fall (Wortsman 2022, section 2, greedy soup).
    """
    ranked = sorted(models, key=lambda name: measure(models[name]), reverse=True)
    kept = [ranked[0]]
    best = measure(models[ranked[0]])
    for name in ranked[1:]:
        value = measure(average([models[each] for each in (*kept, name)]))
        if value >= best:
            kept, best = [*kept, name], value
    return average([models[name] for name in kept]), tuple(kept)


def average(models: Sequence[BertForEvidenceClassification]) -> BertForEvidenceClassification:
    """Return a model whose weights are the mean of those of ``models``."""
    states = [model.state_dict() for model in models]
    mean = copy.deepcopy(models[0])
    mean.load_state_dict(
        {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    )
    return mean


def calibrate(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> Calibration | None:
    """Fit a calibration for two classes on held-out texts; ``None`` for more classes."""
    if logits.shape[1] != 2:
        return None
    scale, offset = fit_platt(logits[:, 1] - logits[:, 0], labels)
    return Calibration(scale=scale, offset=offset)


def start_embeddings(
    encoder: BertEncoder, corpus: Corpus, tokenizer: Tokenizer, *, window: int
) -> None:
    """Put co-occurrence vectors in place of the drawn embeddings of all tokens that occur."""
    specials = (
        tokenizer.pad_id,
        tokenizer.unk_id,
        tokenizer.cls_id,
        tokenizer.sep_id,
        tokenizer.mask_id,
    )
    vectors = cooccurrence_vectors(
        corpus.rows,
        vocab_size=tokenizer.vocab_size,
        hidden_size=encoder.config.hidden_size,
        window=window,
        special_ids=[index for index in specials if index is not None],
        std=2 * encoder.config.initializer_range,
        seed=0,
    )
    is_known = torch.from_numpy(vectors.any(axis=1))
    with torch.no_grad():
        encoder.token.weight[is_known] = torch.from_numpy(vectors)[is_known]
