"""The vectors that a PyTorch sentence encoder gives, in the order of the texts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from madang.models.checkpoint import load_checkpoint
from madang.models.sentence import SentenceEncoder
from madang.text.tokenizer import Tokenizer
from madang.text.window import most_tokens, text_windows
from madang.training.prediction import predict_logits


class CheckpointEmbedder:
    """A checkpoint as evaluation sees a sentence encoder; it reads as ``serving.Embedder`` does."""

    def __init__(self, folder: Path) -> None:
        checkpoint = load_checkpoint(folder)
        assert isinstance(checkpoint.model, SentenceEncoder)
        self.manifest = checkpoint.manifest
        self._model = checkpoint.model
        self._tokenizer = Tokenizer.load(folder)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of length 1, (N, D); of a text without a word, zeros."""
        max_length = self.manifest.max_length
        encodings = self._tokenizer.encode(texts, max_length=most_tokens(max_length))
        parts = [
            [] if all(each.special) else text_windows(each, max_length=max_length)
            for each in encodings
        ]
        summed_ND = np.zeros((len(texts), self._model.config.hidden_size), np.float32)
        owners = [place for place, windows in enumerate(parts) for _ in windows]
        rows = [window.ids for windows in parts for window in windows]
        if rows:
            vectors = predict_logits(self._model, rows, pad_id=self._tokenizer.pad_id or 0)
            np.add.at(summed_ND, owners, vectors)
        lengths_N1 = np.linalg.norm(summed_ND, axis=1, keepdims=True)
        return np.asarray(summed_ND / np.maximum(lengths_N1, 1e-12))
