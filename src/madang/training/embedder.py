"""The vectors that a PyTorch sentence encoder gives, in the order of the texts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint
from madang.tasks.trained_encoder import load_encoder
from madang.text.tokenizer import Tokenizer
from madang.text.window import most_tokens, text_windows
from madang.training.prediction import predict_logits

# Tokens that an encoder reads of a text at once, where it is only asked for a vector.
LONGEST = 128


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
        return embed(self._model, self._tokenizer, texts, max_length=self.manifest.max_length)


def embed_with(folder: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the vectors (N, D) of texts that a trained encoder gives, its tokens averaged.

    Raises ``CheckpointError`` when the folder holds no whole BERT.
    """
    trained = load_encoder(folder, longest=1)
    max_length = min(LONGEST, trained.config.max_position_embeddings)
    encoder = BertEncoder(trained.config)
    encoder.load_state_dict(
        {name: weight for name, weight in trained.weights.items() if "pooler." not in name}
    )
    return embed(SentenceEncoder(encoder), trained.tokenizer, texts, max_length=max_length)


def embed(
    model: SentenceEncoder, tokenizer: Tokenizer, texts: Sequence[str], *, max_length: int
) -> NDArray[np.float32]:
    """Return vectors of length 1, (N, D); of a text without a word, zeros.

    A text of more than ``max_length`` tokens is read through windows, whose vectors are added.
    """
    encodings = tokenizer.encode(texts, max_length=most_tokens(max_length))
    parts = [
        [] if all(each.special) else text_windows(each, max_length=max_length) for each in encodings
    ]
    summed_ND = np.zeros((len(texts), model.config.hidden_size), np.float32)
    owners = [place for place, windows in enumerate(parts) for _ in windows]
    rows = [window.ids for windows in parts for window in windows]
    if rows:
        vectors = predict_logits(model, rows, pad_id=tokenizer.pad_id or 0)
        np.add.at(summed_ND, owners, vectors)
    lengths_N1 = np.linalg.norm(summed_ND, axis=1, keepdims=True)
    return np.asarray(summed_ND / np.maximum(lengths_N1, 1e-12))
