"""What a PyTorch classifier says of texts, batched by length, in the order they were given.

A text that is longer than the model reads is read in windows, as in serving.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from madang.decoding.evidence import join_evidence
from madang.formats.manifest import Calibration
from madang.models.checkpoint import load_checkpoint
from madang.text.tokenizer import Tokenizer
from madang.text.window import most_tokens, text_windows
from madang.training.device.precision import autocast
from madang.training.loop.batching import sorted_batches
from madang.training.objective import attention_mask, pad
from madang.training.settings import PrecisionName

BATCH_TOKENS = 16384
Floats = NDArray[np.float32]


def predict_logits(
    model: nn.Module,
    rows: Sequence[Sequence[int]],
    *,
    pad_id: int = 0,
    precision: PrecisionName = "float32",
) -> NDArray[np.float32]:
    """Return the logits (N, C) of texts given as token ids."""
    return np.stack([logits for logits, _ in predict(model, rows, pad_id, precision)])


def predict(
    model: nn.Module, rows: Sequence[Sequence[int]], pad_id: int, precision: PrecisionName
) -> list[tuple[Floats, Floats | None]]:
    """Return the logits (C) of each text and, where the model gives it, its evidence (T, C)."""
    device = next(model.parameters()).device
    lengths = np.array([len(row) for row in rows], np.int64)
    outputs: list[tuple[Floats, Floats | None]] = [(np.zeros(0, np.float32), None)] * len(rows)
    was_training = model.training
    model.eval()
    with torch.inference_mode(), autocast(device, precision):
        for batch in sorted_batches(lengths, batch_size=256, batch_tokens=BATCH_TOKENS):
            ids = [rows[index] for index in batch.tolist()]
            output = model(pad(ids, value=pad_id).to(device), attention_mask(ids).to(device))
            logits, evidence = output if isinstance(output, tuple) else (output, None)
            logits_BC = logits.float().cpu().numpy()
            evidence_BTC = None if evidence is None else evidence.float().cpu().numpy()
            for place, index in enumerate(batch.tolist()):
                said = (
                    None if evidence_BTC is None else evidence_BTC[place, : lengths[index]].copy()
                )
                outputs[index] = (logits_BC[place], said)
    model.train(was_training)
    return outputs


def predict_texts(
    model: nn.Module, tokenizer: Tokenizer, texts: Sequence[str], *, max_length: int
) -> NDArray[np.float32]:
    """Return the logits (N, C) of texts; what is longer than ``max_length`` is read in windows.

    The logits of several windows are the mean of what the text's tokens say, each heard once; of
    a model that does not tell what its tokens say, the mean of the windows' logits.
    """
    encodings = tokenizer.encode(texts, max_length=most_tokens(max_length))
    windows = [text_windows(encoding, max_length=max_length) for encoding in encodings]
    rows = [window.ids for parts in windows for window in parts]
    outputs = iter(predict(model, rows, tokenizer.pad_id or 0, "float32"))
    logits = []
    for parts in windows:
        logits_C, evidence = zip(*(next(outputs) for _ in parts), strict=True)
        if len(parts) == 1 or evidence[0] is None:
            logits.append(np.mean(logits_C, axis=0))
        else:
            spans = [(window.start, window.stop) for window in parts]
            logits.append(join_evidence(spans, evidence).mean(axis=0))
    return np.array(logits, np.float32)


class CheckpointScorer:
    """A checkpoint as evaluation sees a classifier: texts in, calibrated probabilities out."""

    def __init__(self, folder: Path) -> None:
        checkpoint = load_checkpoint(folder)
        self.manifest = checkpoint.manifest
        self._model = checkpoint.model
        self._tokenizer = Tokenizer.load(folder)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, (N, C).

        Where a text may have several labels, the probability of each by itself.
        """
        logits = predict_texts(
            self._model, self._tokenizer, texts, max_length=self.manifest.max_length
        )
        if self.manifest.task == "multi_label":
            return np.asarray(1 / (1 + np.exp(-logits.astype(np.float64))))
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
