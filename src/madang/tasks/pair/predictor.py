"""Say what holds between two texts: one of some labels, or how alike they are."""

import dataclasses
import reprlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

from madang import validation
from madang.decoding.probability import label_probabilities, sigmoid
from madang.errors import CheckpointError, SettingError
from madang.formats.manifest import UNCALIBRATED
from madang.runtime.runner import Array
from madang.tasks.predictor import Opened, Predictor, in_batches
from madang.text.window import CHARACTERS_PER_TOKEN

Pair = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The answer to one pair, of a model with labels or of one with scores; the rest is ``None``.

    ``probability`` is the calibrated probability of ``label``, ``probabilities`` that of every
    label; ``score`` says how alike both texts are, from 0 to the model's ``largest_score``. All is
    None where one of the texts holds nothing to judge. ``is_truncated`` tells that the end of a
    text was left out.
    """

    label: str | None = None
    probability: float | None = None
    probabilities: dict[str, float] | None = None
    score: float | None = None
    is_truncated: bool = False

    @property
    def is_judged(self) -> bool:
        """Say whether there was anything to judge."""
        return self.label is not None or self.score is not None


class Comparer(Predictor):
    """A model for pairs of texts on a CPU: ``Comparer.load(folder).compare([(text, other)])``.

    Where the order of two texts says nothing to the model, both are read and the answer is the
    mean. Of a pair longer than the model's ``max_length`` tokens the longer text gives way.
    """

    is_symmetric: bool = False
    largest_score: float | None = None

    @classmethod
    def of(cls, opened: Opened) -> Self:
        """Return the predictor of a model folder, with what its config says of its answers."""
        path = opened.folder / "config.json"
        config = validation.read_json(path)
        is_symmetric, largest = config.get("is_symmetric"), config.get("largest_score")
        is_number = isinstance(largest, int | float | None) and not isinstance(largest, bool)
        if not isinstance(is_symmetric, bool | None) or not is_number:
            raise CheckpointError(
                f"{path} has is_symmetric {reprlib.repr(is_symmetric)} and largest_score "
                f"{reprlib.repr(largest)}; they must be true or false, and a number. It was "
                f"edited: copy the folder again."
            )
        comparer = super().of(opened)
        comparer.is_symmetric, comparer.largest_score = bool(is_symmetric), largest
        return comparer

    @property
    def gives_scores(self) -> bool:
        """Whether the model gives a score, and no labels."""
        return self.largest_score is not None

    def compare(self, pairs: Sequence[Pair], *, batch_size: int = 32) -> list[Comparison]:
        """Return one answer a pair, in order: the most probable label, or the score.

        Of two labels the last is given from the model's threshold on. A pair of which one text
        holds nothing to judge has neither.
        """
        return list(self.stream(pairs, batch_size=batch_size))

    def stream(self, pairs: Iterable[Pair], *, batch_size: int = 32) -> Iterator[Comparison]:
        """Yield one answer a pair, in order, holding ``batch_size`` pairs at a time."""
        for batch in in_batches(pairs, batch_size):
            if self.gives_scores:
                answers = [Comparison(score=float(score)) for score in self.scores(batch)]
            else:
                answers = [self._labelled(each_C) for each_C in self.probabilities(batch)]
            is_judged_N = self.judges_both(batch)
            for pair, answer, is_judged in zip(batch, answers, is_judged_N, strict=True):
                found = answer if is_judged else Comparison()
                yield dataclasses.replace(found, is_truncated=self._is_cut(pair))

    def judges_both(self, pairs: Sequence[Pair]) -> npt.NDArray[np.bool_]:
        """Say of each pair whether there is anything to judge in both of its texts, (N,)."""
        firsts, seconds = ([pair[side] for pair in pairs] for side in (0, 1))
        return np.asarray(self.is_judged(firsts) & self.is_judged(seconds))

    def _is_cut(self, pair: Pair) -> bool:
        """Say whether both texts are longer together than what is read."""
        if max(map(len, pair)) > self.max_length * CHARACTERS_PER_TOKEN:
            return True
        (whole,) = self._tokenizer.encode_pairs([pair])
        return len(whole.ids) > self.max_length

    def _labelled(self, probability_C: npt.NDArray[np.float64]) -> Comparison:
        if len(self.labels) == 2:
            chosen = int(probability_C[1] >= self.threshold)
        else:
            chosen = int(probability_C.argmax())
        named = dict(zip(self.labels, map(float, probability_C), strict=True))
        label = self.labels[chosen]
        return Comparison(label=label, probability=named[label], probabilities=named)

    def outputs(self, asked: Sequence[Pair]) -> Iterator[tuple[Array, ...]]:
        """Yield the logits (C) of each pair, the mean of both orders where these mean the same."""
        for logits_C in self._logits(asked).astype(np.float32):
            yield (logits_C,)

    def probabilities(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return the calibrated probability of each label, (N, C), a row a pair.

        For what measures the model: also of a pair in which there is nothing to judge.
        Raises ``SettingError`` for a model that gives a score.
        """
        if self.largest_score is not None:
            raise SettingError("The model gives a score and no labels: call scores(pairs).")
        calibration = self.manifest.calibration or UNCALIBRATED
        return label_probabilities(
            self._logits(pairs), scale=calibration.scale, offset=calibration.offset
        )

    def scores(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return how alike the texts of each pair are, (N,), from 0 to ``largest_score``.

        As ``probabilities``, for what measures the model.
        Raises ``SettingError`` for a model that gives labels.
        """
        if self.largest_score is None:
            raise SettingError("The model gives labels and no score: call probabilities(pairs).")
        return np.asarray(self.largest_score * sigmoid(self._logits(pairs)[:, 0]))

    def _logits(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return the logits, (N, C), the mean of both orders where these mean the same."""
        most = self.max_length * CHARACTERS_PER_TOKEN
        asked = [(first[:most], second[:most]) for first, second in pairs]
        if self.is_symmetric:
            asked += [(second, first) for first, second in asked]
        encodings = self._tokenizer.encode_pairs(asked, max_length=self.max_length)
        texts = [{"input_ids": each.ids, "token_type_ids": each.type_ids} for each in encodings]
        logits = [logits_C for (logits_C,) in self._runner.run(texts)]
        if not logits:
            return np.zeros((0, len(self.labels) or 1))
        orders = 2 if self.is_symmetric else 1
        both_logits = np.stack(logits).astype(np.float64).reshape(orders, len(pairs), -1)
        return np.asarray(both_logits.mean(axis=0))


PREDICTOR = Comparer
