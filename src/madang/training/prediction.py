"""What a PyTorch classifier says of texts, batched by length, in the order they were given."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from madang.manifest import Calibration
from madang.models.checkpoint import load_checkpoint
from madang.text.tokenizer import Tokenizer
from madang.training.batching import sorted_batches
from madang.training.objective import attention_mask, pad
from madang.training.precision import autocast
from madang.training.settings import PrecisionName

BATCH_TOKENS = 16384


def predict_logits(
    model: nn.Module,
    rows: Sequence[Sequence[int]],
    *,
    pad_id: int = 0,
    precision: PrecisionName = "float32",
) -> NDArray[np.float32]:
    """Return the logits (N, C) of texts given as token ids."""
    device = next(model.parameters()).device
    lengths = np.array([len(row) for row in rows], np.int64)
    logits: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(rows)
    was_training = model.training
    model.eval()
    with torch.inference_mode(), autocast(device, precision):
        for batch in sorted_batches(lengths, batch_size=256, batch_tokens=BATCH_TOKENS):
            ids = [rows[index] for index in batch.tolist()]
            output = model(pad(ids, value=pad_id).to(device), attention_mask(ids).to(device))
            logits_BC = output[0] if isinstance(output, tuple) else output
            for index, row in zip(batch.tolist(), logits_BC.float().cpu().numpy(), strict=True):
                logits[index] = row
    model.train(was_training)
    return np.stack(logits)


class CheckpointScorer:
    """A checkpoint as evaluation sees a classifier: texts in, calibrated probabilities out."""

    def __init__(self, folder: Path) -> None:
        checkpoint = load_checkpoint(folder)
        self.manifest = checkpoint.manifest
        self._model = checkpoint.model
        self._tokenizer = Tokenizer.load(folder)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, (N, C)."""
        encodings = self._tokenizer.encode(texts, max_length=self.manifest.max_length)
        rows = [encoding.ids for encoding in encodings]
        logits = predict_logits(self._model, rows, pad_id=self._tokenizer.pad_id or 0)
        return to_probabilities(logits, self.manifest.calibration)


def to_probabilities(
    logits: NDArray[np.float32], calibration: Calibration | None
) -> NDArray[np.float64]:
    """Turn logits (N, C) into probabilities; of two classes by their calibration.

    >>> to_probabilities(np.array([[0, 0]], np.float32), None).tolist()
    [[0.5, 0.5]]
    """
    scores = logits.astype(np.float64)
    if calibration is not None:
        margin = calibration.scale * (scores[:, 1] - scores[:, 0]) + calibration.offset
        scores = np.stack([np.zeros_like(margin), margin], axis=1)
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))
