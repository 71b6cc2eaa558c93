"""Say what holds between two texts: one of some labels, or how alike they are."""

import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from madang import validation
from madang.decoding.probability import label_probabilities, sigmoid
from madang.errors import CheckpointError, SettingError
from madang.formats.manifest import Calibration, Manifest
from madang.runtime.runner import Array, Runner
from madang.tasks.predictor import Predictor
from madang.text.tokenizer import Tokenizer
from madang.text.window import CHARACTERS_PER_TOKEN

Pair = tuple[str, str]


class Comparer(Predictor):
    """A model for pairs of texts on a CPU: ``Comparer.load(folder).scores([(text, other)])``.

    Where the order of two texts says nothing to the model, both are read and the answer is the
    mean. Of a pair longer than the model's ``max_length`` tokens the longer text gives way.
    """

    def __init__(
        self,
        *,
        runner: Runner,
        tokenizer: Tokenizer,
        manifest: Manifest,
        is_symmetric: bool = False,
        largest_score: float | None = None,
    ) -> None:
        """Put the parts of a model together; ``load`` does so with its checks."""
        super().__init__(runner=runner, tokenizer=tokenizer, manifest=manifest)
        self.is_symmetric = is_symmetric
        self.largest_score = largest_score
        self._calibration = manifest.calibration or Calibration()

    @classmethod
    def of(
        cls,
        folder: Path,
        manifest: Manifest,
        runner: Runner,
        *,
        arrays: Mapping[str, Array] | None = None,
    ) -> Self:
        """Return the predictor of a model folder, with what its config says of its answers."""
        path = folder / "config.json"
        try:
            config = validation.parse_json(path.read_bytes())
            is_symmetric, largest = config.get("is_symmetric"), config.get("largest_score")
            if not isinstance(is_symmetric, bool | None):
                raise ValueError(f"is_symmetric is {reprlib.repr(is_symmetric)}, not true or false")
            if isinstance(largest, bool) or not isinstance(largest, int | float | None):
                raise ValueError(f"largest_score is {reprlib.repr(largest)}, not a number")
        except (OSError, ValueError) as error:
            raise CheckpointError(
                f"{path} can not be read ({error}). It is missing, was cut off or edited: copy "
                f"the folder again."
            ) from error
        return cls(
            runner=runner,
            tokenizer=Tokenizer.load(folder),
            manifest=manifest,
            is_symmetric=bool(is_symmetric),
            largest_score=largest,
        )

    def probabilities(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return the calibrated probability of each label, (N, C), a row a pair.

        Raises ``SettingError`` for a model that gives a score.
        """
        if self.largest_score is not None:
            raise SettingError("The model gives a score and no labels: call scores(pairs).")
        return label_probabilities(
            self._logits(pairs), scale=self._calibration.scale, offset=self._calibration.offset
        )

    def scores(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return how alike the texts of each pair are, (N,), from 0 to ``largest_score``.

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
