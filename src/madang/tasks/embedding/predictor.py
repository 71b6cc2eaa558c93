"""Give texts vectors that are near where the texts mean the same."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from madang.formats.manifest import Manifest
from madang.runtime.runner import Array, Runner
from madang.tasks.predictor import Predictor, in_batches, refuse_string
from madang.tasks.vector import TextVector, read_vectors
from madang.text.tokenizer import Tokenizer


class Embedder(Predictor):
    """A sentence encoder on a CPU: ``Embedder.load("sentence").embed([text])``."""

    def __init__(self, *, runner: Runner, tokenizer: Tokenizer, manifest: Manifest) -> None:
        """Put the parts of a model together; ``load`` does so with its checks."""
        super().__init__(runner=runner, tokenizer=tokenizer, manifest=manifest)
        (no_words,) = tokenizer.encode([""])
        ((vector_D,),) = runner.run([{"input_ids": no_words.ids}])
        self.width = len(vector_D)

    def embed(self, texts: Sequence[str], *, batch_size: int = 32) -> Array:
        """Return the vectors (N, D) of texts, in order, each of length 1.

        A text in which there is nothing to compare has a vector of zeros, and no cosine: ask
        ``read`` which. A text longer than the model's ``max_length`` tokens is read in windows,
        sixteen at most, and its vector points where the mean of theirs does. The same text has the
        same vector, whatever its neighbours; ``batch_size`` texts are held as tokens at once, and
        changes nothing.
        """
        refuse_string(texts, call="embed")
        vectors = list(self.stream(texts, batch_size=batch_size))
        return np.stack(vectors) if vectors else np.zeros((0, self.width), np.float32)

    def outputs(self, asked: Sequence[str]) -> Iterator[tuple[Array, ...]]:
        """Yield the vector (D) of each text, zeros of one of nothing."""
        for vector_D in self.stream(asked, batch_size=len(asked) or 1):
            yield (vector_D,)

    def stream(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[Array]:
        """Yield one vector (D) a text, in order, holding ``batch_size`` texts at a time."""
        yield from map(self.or_zeros, self.read(texts, batch_size=batch_size))

    def or_zeros(self, read: TextVector) -> Array:
        """Return the vector (D) of what was read, zeros where there is none."""
        return np.zeros(self.width, np.float32) if read.vector is None else read.vector

    def read(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[TextVector]:
        """Yield what ``stream`` does, with whether there was anything, and all of it was read."""
        for batch in in_batches(texts, batch_size):
            yield from read_vectors(
                self._runner, self._tokenizer, batch, max_length=self.max_length
            )


PREDICTOR = Embedder
