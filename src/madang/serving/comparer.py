"""Say what holds between two texts: one of some labels, or how alike they are."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from madang import manifest as manifest_file
from madang.catalogue import find_model
from madang.errors import CheckpointError, SettingError
from madang.manifest import Calibration, Manifest
from madang.serving.classifier import CHARACTERS_PER_TOKEN, check_hash
from madang.serving.session import COMPARER, FILE_NAME, Session
from madang.text.tokenizer import Tokenizer

TASKS = ("pair_classification", "similarity")

Pair = tuple[str, str]


class Comparer:
    """A model for pairs of texts on a CPU: ``Comparer.load(folder).scores([(text, other)])``.

    Where the order of two texts says nothing to the model, both are read and the answer is the
    mean. Of a pair longer than the model's ``max_length`` tokens the longer text gives way.
    """

    def __init__(
        self,
        *,
        session: Session,
        tokenizer: Tokenizer,
        manifest: Manifest,
        is_symmetric: bool,
        largest_score: float | None,
    ) -> None:
        """Put the parts of a model folder together; ``load`` does so with its checks."""
        self.labels = manifest.labels
        self.max_length = manifest.max_length
        self.version = session.sha256[:12]
        self.is_symmetric = is_symmetric
        self.largest_score = largest_score
        self._session = session
        self._tokenizer = tokenizer
        self._calibration = manifest.calibration or Calibration()

    @classmethod
    def load(cls, name_or_folder: str | Path, *, num_threads: int = 1) -> "Comparer":
        """Open a shipped model by its name, or an exported folder by its path.

        ``num_threads`` pairs are read at once; the answers are the same for any number.

        Raises ``CheckpointError`` when the folder holds no whole, untouched model for pairs, and
        ``TokenizerMismatchError`` when its tokenizer is another one.
        """
        if num_threads < 1:
            raise SettingError(f"num_threads is {num_threads}; it must be 1 or more.")
        folder = find_model(name_or_folder)
        manifest = manifest_file.read_manifest(folder)
        if manifest.task not in TASKS:
            raise CheckpointError(
                f"{folder} is a model for {manifest.task!r}; to compare texts one for "
                f"{' or '.join(map(repr, TASKS))} is needed. Give another one."
            )
        session = Session(folder / FILE_NAME, signature=COMPARER, num_threads=num_threads)
        check_hash(folder, manifest, session.sha256)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return cls(
            session=session,
            tokenizer=Tokenizer.load(folder),
            manifest=manifest,
            is_symmetric=bool(config.get("is_symmetric")),
            largest_score=config.get("largest_score"),
        )

    def probabilities(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return the calibrated probability of each label, (N, C), a row a pair.

        Raises ``SettingError`` for a model that gives a score.
        """
        if self.largest_score is not None:
            raise SettingError("The model gives a score and no labels: call scores(pairs).")
        logits_NC = self._logits(pairs)
        if logits_NC.shape[1] == 2:
            margin_N = logits_NC[:, 1] - logits_NC[:, 0]
            margin_N = self._calibration.scale * margin_N + self._calibration.offset
            logits_NC = np.stack([np.zeros_like(margin_N), margin_N], axis=1)
        exponents_NC = np.exp(logits_NC - logits_NC.max(axis=1, keepdims=True))
        return np.asarray(exponents_NC / exponents_NC.sum(axis=1, keepdims=True))

    def scores(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return how alike the texts of each pair are, (N,), from 0 to ``largest_score``.

        Raises ``SettingError`` for a model that gives labels.
        """
        if self.largest_score is None:
            raise SettingError("The model gives labels and no score: call probabilities(pairs).")
        # The hyperbolic tangent overflows for no number.
        share_N = (1 + np.tanh(self._logits(pairs)[:, 0] / 2)) / 2
        return np.asarray(self.largest_score * share_N)

    def _logits(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return the logits, (N, C), the mean of both orders where these mean the same."""
        most = self.max_length * CHARACTERS_PER_TOKEN
        asked = [(first[:most], second[:most]) for first, second in pairs]
        if self.is_symmetric:
            asked += [(second, first) for first, second in asked]
        encodings = self._tokenizer.encode_pairs(asked, max_length=self.max_length)
        texts = [{"input_ids": each.ids, "token_type_ids": each.type_ids} for each in encodings]
        logits = [logits_C for (logits_C,) in self._session.run_inputs(texts)]
        if not logits:
            return np.zeros((0, len(self.labels) or 1))
        orders = 2 if self.is_symmetric else 1
        both_logits = np.stack(logits).astype(np.float64).reshape(orders, len(pairs), -1)
        return np.asarray(both_logits.mean(axis=0))
