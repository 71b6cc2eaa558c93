"""From a recipe to a calibrated checkpoint, in the order in which it reads.

Tokenizer, embeddings, warm-up on masked tokens, soft labels, fine-tuning from several seeds, their
average, calibration. Each trained part keeps its run in a folder of its own and goes on there
after an interruption.
"""

import dataclasses
import hashlib
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from madang import storage
from madang.datasets import registry, table
from madang.datasets.card import LabelledText
from madang.errors import DataError
from madang.manifest import Calibration
from madang.metrics.calibration import fit_platt
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import save_checkpoint
from madang.models.heads import BertForEvidenceClassification, BertForMaskedTokens
from madang.models.ngram import NgramClassifier
from madang.text.giveaway import GIVEAWAY
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram
from madang.training.cooccurrence import cooccurrence_vectors
from madang.training.loop import train
from madang.training.objectives.classification import Classification, LabelledExample
from madang.training.objectives.masked_tokens import MaskedTokens, Vocabulary
from madang.training.prediction import predict_logits
from madang.training.recipe import Recipe
from madang.training.result import TrainingResult
from madang.training.teacher import out_of_fold_probabilities

LOGGER = logging.getLogger("madang.training")
Rows = list[list[int]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Corpus:
    """The texts of one split, as token ids, and their classes (N,)."""

    rows: Rows
    labels: NDArray[np.int64]

    def examples(self, targets: NDArray[np.float64] | None = None) -> list[LabelledExample]:
        """Pair every text with its class, or with the softer ``targets`` (N, C)."""
        labels = self.labels.tolist() if targets is None else targets.tolist()
        return [
            LabelledExample(ids=row, label=label)
            for row, label in zip(self.rows, labels, strict=True)
        ]


def run_recipe(recipe: Recipe, folder: Path, *, resume: bool = True) -> Path:
    """Train what ``recipe`` describes; return the folder of the finished checkpoint.

    ``folder`` keeps the tokenizer and the run of each part, so that an interrupted recipe goes on.
    Raises ``DataError`` for data without validation rows or with unknown labels.
    """
    began = time.monotonic()
    folder = Path(folder)
    train_texts, validation_texts = (
        load_data(recipe.data, "train"),
        load_data(recipe.data, "validation"),
    )
    labels = label_names(recipe.data, [*train_texts, *validation_texts])
    tokenizer = _tokenizer(recipe, [row.text for row in train_texts], folder, resume=resume)
    train_corpus = _encode(tokenizer, train_texts, recipe.max_length)
    validation = _encode(tokenizer, validation_texts, recipe.max_length)
    results: dict[str, TrainingResult] = {}
    encoder_state = _warm_up(recipe, tokenizer, train_corpus, validation, folder, results, resume)
    targets = _soft_targets(recipe, [row.text for row in train_texts], train_corpus.labels, folder)
    models = []
    for seed in recipe.fine_tuning.seeds:
        model = _new_classifier(recipe, tokenizer, num_labels=len(labels), seed=seed)
        model.encoder.load_state_dict(encoder_state)
        results[f"seed-{seed}"] = train(
            model=model,
            objective=Classification(
                num_classes=len(labels), label_smoothing=recipe.fine_tuning.label_smoothing
            ),
            train_data=train_corpus.examples(targets),
            validation_data=validation.examples(),
            settings=dataclasses.replace(recipe.fine_tuning.training, seed=seed),
            folder=folder / f"seed-{seed}",
            resume=resume,
        )
        models.append(model)
    model = average(models)
    logits = predict_logits(model, validation.rows, pad_id=tokenizer.pad_id or 0)
    checkpoint = folder / "model"
    save_checkpoint(
        checkpoint,
        model,
        tokenizer_json=tokenizer.to_json(),
        task="classification",
        labels=labels,
        calibration=calibrate(logits, validation.labels),
        max_length=recipe.max_length,
        record=_record(recipe, results, seconds=time.monotonic() - began),
    )
    return checkpoint


def load_data(names: Sequence[str], split: str) -> list[LabelledText]:
    """Read one split of data sets by name and of files by path, one after the other."""
    rows: list[LabelledText] = []
    for name in names:
        is_file = name.endswith(table.SUFFIXES)
        rows += table.load_table(Path(name), split) if is_file else registry.load(name, split)
    if not rows:
        raise DataError(f"{', '.join(names)} has no rows in {split!r}. Give more data.")
    return rows


def label_names(names: Sequence[str], rows: Sequence[LabelledText]) -> tuple[str, ...]:
    """Return the labels of the first data set that names them, else of the numbers found.

    Raises ``DataError`` when a row has a label beyond those.
    """
    sets = [name for name in names if not name.endswith(table.SUFFIXES)]
    named = registry.find_card(sets[0]).labels if sets else None
    largest = max(row.label for row in rows)
    labels = named or tuple(str(number) for number in range(largest + 1))
    if largest >= len(labels):
        raise DataError(
            f"There is a label {largest}, but {', '.join(names)} names only {len(labels)}: "
            f"{', '.join(labels)}. Give labels from 0 to {len(labels) - 1}."
        )
    return labels


def average(models: Sequence[BertForEvidenceClassification]) -> BertForEvidenceClassification:
    """Average the weights of models that were fine-tuned from the same encoder.

    They lie in one basin, so their mean is about as good as their ensemble and as fast as one
    (Wortsman 2022, section 2).
    """
    states = [model.state_dict() for model in models]
    mean = {
        name: torch.stack([state[name].float() for state in states]).mean(0).to(weight.dtype)
        for name, weight in states[0].items()
    }
    models[0].load_state_dict(mean)
    return models[0]


def calibrate(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> Calibration | None:
    """Fit a calibration for two classes on held-out texts; ``None`` for more classes."""
    if logits.shape[1] != 2:
        return None
    scale, offset = fit_platt(logits[:, 1] - logits[:, 0], labels)
    return Calibration(scale=scale, offset=offset)


def _tokenizer(recipe: Recipe, texts: list[str], folder: Path, *, resume: bool) -> Tokenizer:
    path = folder / "tokenizer.json"
    if resume and path.is_file():
        return Tokenizer.load(path)
    LOGGER.info("Training a tokenizer on %d texts", len(texts))
    tokenizer = train_unigram(
        texts,
        vocab_size=recipe.vocabulary.vocab_size,
        blank=GIVEAWAY if recipe.vocabulary.hides_giveaways else None,
    )
    storage.write_text(path, tokenizer.to_json())
    return tokenizer


def _encode(tokenizer: Tokenizer, texts: Sequence[LabelledText], max_length: int) -> Corpus:
    encodings = tokenizer.encode([row.text for row in texts], max_length=max_length)
    return Corpus(
        rows=[encoding.ids for encoding in encodings],
        labels=np.array([row.label for row in texts], np.int64),
    )


def _new_encoder(recipe: Recipe, tokenizer: Tokenizer, *, seed: int, dropout: float) -> BertEncoder:
    torch.manual_seed(seed)
    return BertEncoder(
        dataclasses.replace(
            recipe.model,
            vocab_size=tokenizer.vocab_size,
            hidden_dropout_prob=dropout,
            max_position_embeddings=max(recipe.model.max_position_embeddings, recipe.max_length),
        )
    )


def _new_classifier(
    recipe: Recipe, tokenizer: Tokenizer, *, num_labels: int, seed: int
) -> BertForEvidenceClassification:
    return BertForEvidenceClassification(
        _new_encoder(recipe, tokenizer, seed=seed, dropout=recipe.model.hidden_dropout_prob),
        num_labels=num_labels,
    )


def _warm_up(
    recipe: Recipe,
    tokenizer: Tokenizer,
    texts: Corpus,
    validation: Corpus,
    folder: Path,
    results: dict[str, TrainingResult],
    resume: bool,
) -> dict[str, torch.Tensor]:
    """Return the weights that every fine-tuning begins with."""
    dropout = recipe.warm_up.dropout if recipe.warm_up else recipe.model.hidden_dropout_prob
    encoder = _new_encoder(recipe, tokenizer, seed=0, dropout=dropout)
    if recipe.cooccurrence is not None:
        _start_embeddings(encoder, texts.rows, tokenizer, window=recipe.cooccurrence.window)
    if recipe.warm_up is not None:
        vocabulary = Vocabulary.of(tokenizer, whole_words=recipe.warm_up.whole_words)
        results["warm-up"] = train(
            model=BertForMaskedTokens(encoder),
            objective=MaskedTokens(vocabulary=vocabulary, share=recipe.warm_up.share),
            train_data=texts.rows,
            validation_data=validation.rows,
            settings=recipe.warm_up.training,
            folder=folder / "warm-up",
            resume=resume,
        )
    return encoder.state_dict()


def _start_embeddings(
    encoder: BertEncoder, rows: Rows, tokenizer: Tokenizer, *, window: int
) -> None:
    specials = (
        tokenizer.pad_id,
        tokenizer.unk_id,
        tokenizer.cls_id,
        tokenizer.sep_id,
        tokenizer.mask_id,
    )
    vectors = cooccurrence_vectors(
        rows,
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


def _soft_targets(
    recipe: Recipe, texts: list[str], labels: NDArray[np.int64], folder: Path
) -> NDArray[np.float64] | None:
    """Return what to learn, (N, C): the given label mixed with a teacher's; or the label alone."""
    teacher = recipe.teacher
    if teacher is None:
        return None
    fitted = dataclasses.replace(teacher, weight=0.0)  # the weight changes no probability
    digest = hashlib.sha256(repr((fitted, texts, labels.tolist())).encode()).hexdigest()
    path = folder / f"teacher-{digest[:12]}.npy"
    if path.is_file():
        probabilities = np.load(path)
    else:
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
    given = np.eye(probabilities.shape[1])[labels]
    return np.asarray((1 - teacher.weight) * given + teacher.weight * probabilities)


def _record(
    recipe: Recipe, results: dict[str, TrainingResult], *, seconds: float
) -> dict[str, Any]:
    energies = [result.energy_kwh for result in results.values()]
    known = [energy for energy in energies if energy is not None]
    return {
        "recipe": recipe.name,
        "data": list(recipe.data),
        "seconds": round(seconds),
        "energy_kwh_estimate": round(sum(known), 4) if known else None,
        "parts": {
            name: {"steps": result.steps, "metric": result.metric, "best": result.best_metric}
            for name, result in results.items()
        },
    }
