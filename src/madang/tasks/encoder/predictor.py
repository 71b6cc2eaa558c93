"""What an encoder makes of texts, without PyTorch: a vector a token, and one a text."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from madang.runtime.runner import Array
from madang.tasks.predictor import Predictor, in_batches, refuse_string
from madang.text.window import is_cut, read_beginnings


@dataclasses.dataclass(frozen=True, eq=False)
class EncodedText:
    """The vectors of one text, [CLS] and [SEP] included.

    ``sequence_output`` (T, D) has one a token, ``pooled_output`` (D,) one for all; ``offsets`` are
    each token's (start, end) in the text. ``is_truncated`` tells that the text was longer than the
    model reads.
    """

    sequence_output: Array
    pooled_output: Array
    offsets: list[tuple[int, int]]
    is_truncated: bool


class Encoder(Predictor):
    """A bare encoder on a CPU: ``Encoder.load(folder).encode([text])``."""

    def encode(self, texts: Sequence[str], *, batch_size: int = 32) -> list[EncodedText]:
        """Return the vectors of each text, in order; the end of a long one is left out.

        The same text has the same vectors, whatever its neighbours.
        """
        refuse_string(texts, call="encode")
        return list(self.stream(texts, batch_size=batch_size))

    def stream(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[EncodedText]:
        """Yield the vectors of each text, in order, holding ``batch_size`` texts at a time."""
        for batch in in_batches(texts, batch_size):
            encodings = read_beginnings(self._tokenizer, batch, max_length=self.max_length)
            inputs = [
                {"input_ids": encoding.ids, "token_type_ids": [0] * len(encoding.ids)}
                for encoding in encodings
            ]
            outputs = self._runner.run(inputs)
            for text, encoding, (sequence_TD, pooled_D) in zip(
                batch, encodings, outputs, strict=True
            ):
                yield EncodedText(
                    sequence_output=sequence_TD,
                    pooled_output=pooled_D,
                    offsets=encoding.offsets,
                    is_truncated=is_cut(text, encoding, max_length=self.max_length),
                )


PREDICTOR = Encoder
