"""Give texts vectors that are near where the texts mean the same."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from madang.errors import SettingError
from madang.formats.manifest import Manifest
from madang.runtime.onnx import EMBEDDER, Array, Session
from madang.tasks.predictor import ServedModel
from madang.text.tokenizer import Tokenizer
from madang.text.window import CHARACTERS_PER_TOKEN, most_tokens, text_windows


class Embedder(ServedModel):
    """A sentence encoder on a CPU: ``Embedder.load("sentence").embed([text])``."""

    tasks = ("embedding",)
    signature = EMBEDDER

    def __init__(self, *, session: Session, tokenizer: Tokenizer, manifest: Manifest) -> None:
        """Put the parts of a model folder together; ``load`` does so with its checks."""
        super().__init__(session=session, tokenizer=tokenizer, manifest=manifest)
        (no_words,) = tokenizer.encode([""])
        (vector_D,) = next(session.run([no_words.ids]))
        self.width = len(vector_D)

    def embed(self, texts: Sequence[str], *, batch_size: int = 32) -> Array:
        """Return the vectors (N, D) of texts, in order, each of length 1.

        A text without a word has a vector of zeros: its cosine with any text is 0. A text longer
        than the model's ``max_length`` tokens is read in windows, sixteen at most, and its vector
        points where the mean of theirs does. The same text has the same vector, whatever its
        neighbours; ``batch_size`` texts are held as tokens at once, and changes nothing.
        """
        if isinstance(texts, str):
            raise SettingError("texts is one string; give a list of strings: embed([text]).")
        vectors = list(self.stream(texts, batch_size=batch_size))
        return np.stack(vectors) if vectors else np.zeros((0, self.width), np.float32)

    def stream(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[Array]:
        """Yield one vector (D) a text, in order, holding ``batch_size`` texts at a time."""
        if batch_size < 1:
            raise SettingError(f"batch_size is {batch_size}; it must be 1 or more.")
        remaining = iter(texts)
        while batch := list(islice(remaining, batch_size)):
            parts = self._windows(batch)
            vectors = iter(self._session.run([ids for windows in parts for ids in windows]))
            for windows in parts:
                yield self._mean([vector_D for (vector_D,) in islice(vectors, len(windows))])

    def _windows(self, texts: Sequence[str]) -> list[list[list[int]]]:
        """Return what the model reads of each text, window by window; nothing of no words."""
        limit = most_tokens(self.max_length)
        beginnings = [text[: limit * CHARACTERS_PER_TOKEN] for text in texts]
        return [
            []
            if all(encoding.special)
            else [window.ids for window in text_windows(encoding, max_length=self.max_length)]
            for encoding in self._tokenizer.encode(beginnings, max_length=limit)
        ]

    def _mean(self, vectors: Sequence[Array]) -> Array:
        if not vectors:
            return np.zeros(self.width, np.float32)
        if len(vectors) == 1:
            return vectors[0]
        mean_D = np.mean(vectors, axis=0, dtype=np.float64)
        return np.asarray(mean_D / max(float(np.linalg.norm(mean_D)), 1e-12), np.float32)
