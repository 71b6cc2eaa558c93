"""What a PyTorch model says of pairs of texts, in both orders where the order says nothing."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from madang.metrics.calibration import calibrate
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.checkpoint import load_checkpoint
from madang.tasks.pair.objective import PairExample
from madang.text.tokenizer import Tokenizer
from madang.training.loop.batching import sorted_batches
from madang.training.objective import attention_mask, pad
from madang.training.prediction import to_probabilities

BATCH_TOKENS = 16384

Pair = tuple[str, str]


class PairScorer:
    """A checkpoint as evaluation sees what judges pairs: pairs in, probabilities or scores out."""

    def __init__(self, folder: Path) -> None:
        checkpoint = load_checkpoint(folder)
        assert isinstance(checkpoint.model, BertForTextPairs)
        self.manifest = checkpoint.manifest
        self._model = checkpoint.model
        self._tokenizer = Tokenizer.load(folder)

    def probabilities(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """Return the calibrated probability of each label, (N, C)."""
        return to_probabilities(self._logits(pairs), self.manifest.calibration)

    def scores(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """Return how alike the texts of each pair are, (N,), from 0 to the largest score."""
        largest = self._model.largest_score
        assert largest is not None
        return largest * calibrate(self._logits(pairs)[:, 0], 1.0, 0.0)

    def _logits(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        examples = read_pairs(
            self._tokenizer,
            pairs,
            [0.0] * len(pairs),
            max_length=self.manifest.max_length,
            is_symmetric=self._model.is_symmetric,
        )
        return predict_pairs(self._model, examples, pad_id=self._tokenizer.pad_id or 0)


def read_pairs(
    tokenizer: Tokenizer,
    pairs: Sequence[Pair],
    labels: Sequence[float],
    *,
    max_length: int,
    is_symmetric: bool,
) -> list[PairExample]:
    """Return pairs as tokens, in both orders where these mean the same."""
    straight = tokenizer.encode_pairs(pairs, max_length=max_length)
    examples = [
        PairExample(ids=each.ids, type_ids=each.type_ids, label=label)
        for each, label in zip(straight, labels, strict=True)
    ]
    if not is_symmetric:
        return examples
    swapped = tokenizer.encode_pairs(
        [(second, first) for first, second in pairs], max_length=max_length
    )
    return [
        dataclasses.replace(example, swapped=(each.ids, each.type_ids))
        for example, each in zip(examples, swapped, strict=True)
    ]


def predict_pairs(
    model: nn.Module, examples: Sequence[PairExample], *, pad_id: int = 0
) -> NDArray[np.float32]:
    """Return the logits (N, C) of pairs, the mean of both orders where an example has both."""
    logits = _predict(model, [(each.ids, each.type_ids) for each in examples], pad_id=pad_id)
    swapped = [each.swapped for each in examples if each.swapped is not None]
    if not swapped:
        return logits
    return np.float32(0.5) * (logits + _predict(model, swapped, pad_id=pad_id))


def _predict(
    model: nn.Module, rows: Sequence[tuple[Sequence[int], Sequence[int]]], *, pad_id: int
) -> NDArray[np.float32]:
    device = next(model.parameters()).device
    lengths = np.array([len(ids) for ids, _ in rows], np.int64)
    logits: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(rows)
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for batch in sorted_batches(lengths, batch_size=256, batch_tokens=BATCH_TOKENS):
            ids = [rows[index][0] for index in batch.tolist()]
            types = [rows[index][1] for index in batch.tolist()]
            logits_BC = model(
                pad(ids, value=pad_id).to(device),
                attention_mask(ids).to(device),
                pad(types, value=0).to(device),
            )
            for index, row in zip(batch.tolist(), logits_BC.float().cpu().numpy(), strict=True):
                logits[index] = row
    model.train(was_training)
    return np.stack(logits)
