"""Give texts a label, its calibrated probability and the words that caused it."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from madang.decoding.evidence import join_evidence
from madang.errors import CheckpointError, SettingError
from madang.formats.manifest import Calibration, Manifest
from madang.runtime.onnx import CLASSIFIER, Array, Session
from madang.tasks.classification.prober import Prober
from madang.tasks.classification.reason import Reason, find_reasons
from madang.tasks.predictor import ServedModel
from madang.text.tokenizer import Encoding, Tokenizer
from madang.text.window import CHARACTERS_PER_TOKEN, TextWindow, most_tokens, text_windows

# What a classifier does, and how many labels that takes.
LEAST_LABELS = {"classification": 2, "multi_label": 1}


@dataclasses.dataclass(frozen=True)
class Classification:
    """The answer to one text.

    ``probability`` is the calibrated probability of ``label``, ``probabilities`` that of every
    label; ``reasons`` are strongest first. ``is_truncated`` tells that the text was longer than
    all windows together: only its beginning was judged. ``labels`` are all that a text has, most
    probable first, where it may have several or none; ``label`` is then the most probable one, and
    the probabilities do not add up to one.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    reasons: tuple[Reason, ...]
    is_truncated: bool = False
    labels: tuple[str, ...] = ()


class Classifier(ServedModel):
    """A text classifier on a CPU: ``Classifier.load("ads").classify([text])``."""

    tasks = tuple(LEAST_LABELS)
    signature = CLASSIFIER

    def __init__(self, *, session: Session, tokenizer: Tokenizer, manifest: Manifest) -> None:
        """Put the parts of a model folder together; ``load`` does so with its checks."""
        super().__init__(session=session, tokenizer=tokenizer, manifest=manifest)
        self.labels = manifest.labels
        self.threshold = manifest.threshold
        self.is_multi_label = manifest.task == "multi_label"
        self._most_tokens = most_tokens(manifest.max_length)
        self._calibration = manifest.calibration or Calibration()
        self._prober: Prober | None = None
        if manifest.probe is not None:
            self._prober = Prober(manifest.probe, num_threads=session.num_threads)
            self.version = f"{self.version}-{self._prober.version}"

    @classmethod
    def check_manifest(cls, folder: Path, manifest: Manifest) -> None:
        """Raise ``CheckpointError`` for another task, too few labels, a calibration of many."""
        if manifest.task not in LEAST_LABELS or len(manifest.labels) < LEAST_LABELS[manifest.task]:
            raise CheckpointError(
                f"{folder} is a model for {manifest.task!r} with labels {manifest.labels}; a "
                f"classifier needs the task 'classification' and two labels or more, or "
                f"'multi_label'. Give another one."
            )
        is_binary = manifest.task == "classification" and len(manifest.labels) == 2
        if (manifest.calibration and len(manifest.labels) != 2) or (
            manifest.probe and not is_binary
        ):
            raise CheckpointError(
                f"{folder} has {len(manifest.labels)} labels and a calibration or a probe; these "
                f"are for two labels, of which one is given. Export the model again without it."
            )

    def classify(self, texts: Sequence[str], *, batch_size: int = 32) -> list[Classification]:
        """Return one answer a text, in order.

        A text of more than the model's ``max_length`` tokens is read in up to sixteen overlapping
        windows; the answer is the mean of what its tokens say, as of a short one. What is longer
        still (or than 32 characters for each of those tokens) is cut, and its answer says so. Any
        string has an answer, the same for the same string: without a single word it is what the
        model makes of no words, and has no reasons. ``batch_size`` texts are held as tokens at
        once; it changes no answer.
        """
        if isinstance(texts, str):
            raise SettingError("texts is one string; give a list of strings: classify([text]).")
        return list(self.stream(texts, batch_size=batch_size))

    def stream(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[Classification]:
        """Yield one answer a text, in order, holding ``batch_size`` texts at a time."""
        if batch_size < 1:
            raise SettingError(f"batch_size is {batch_size}; it must be 1 or more.")
        remaining = iter(texts)
        while batch := list(islice(remaining, batch_size)):
            beginnings = [text[: self._most_tokens * CHARACTERS_PER_TOKEN] for text in batch]
            encodings = self._tokenizer.encode(beginnings, max_length=self._most_tokens)
            windows = [text_windows(each, max_length=self.max_length) for each in encodings]
            outputs = iter(self._session.run([part.ids for parts in windows for part in parts]))
            probed = self._prober.scores(batch) if self._prober else np.zeros(len(batch))
            for text, encoding, parts, score in zip(batch, encodings, windows, probed, strict=True):
                yield self._answer(text, encoding, *_join(parts, outputs), probed=float(score))

    def _answer(
        self, text: str, encoding: Encoding, logits_C: Array, evidence_TC: Array, *, probed: float
    ) -> Classification:
        probabilities_C = self._probabilities(logits_C, probed)
        chosen = self._choose(probabilities_C)
        margin_T = self._margins(evidence_TC, logits_C, chosen)
        probabilities = dict(zip(self.labels, map(float, probabilities_C), strict=True))
        return Classification(
            label=self.labels[chosen],
            probability=float(probabilities_C[chosen]),
            probabilities=probabilities,
            reasons=find_reasons(text, encoding.offsets, margin_T),
            is_truncated=self._is_truncated(text, encoding),
            labels=self._given(probabilities_C) if self.is_multi_label else (),
        )

    def _probabilities(self, logits_C: Array, probed: float) -> npt.NDArray[np.float64]:
        """Return calibrated probabilities: Platt's sigmoid of two labels, softmax of more.

        A probe's score joins the log-odds of two.

        Where a text may have several, each label's own sigmoid.
        """
        scores_C = logits_C.astype(np.float64)
        if self.is_multi_label:
            return np.asarray(0.5 * (1 + np.tanh(scores_C / 2)))
        if len(scores_C) == 2:
            score = scores_C[1] - scores_C[0]
            log_odds = self._calibration.scale * score + self._calibration.offset + probed
            scores_C = np.array([0.0, log_odds])
        exponents_C = np.exp(scores_C - scores_C.max())
        return np.asarray(exponents_C / exponents_C.sum())

    def _choose(self, probabilities_C: npt.NDArray[np.float64]) -> int:
        if len(probabilities_C) == 2 and not self.is_multi_label:
            return int(probabilities_C[1] >= self.threshold)
        return int(probabilities_C.argmax())

    def _given(self, probabilities_C: npt.NDArray[np.float64]) -> tuple[str, ...]:
        order = np.argsort(-probabilities_C, kind="stable")
        return tuple(self.labels[i] for i in order if probabilities_C[i] >= self.threshold)

    def _margins(self, evidence_TC: Array, logits_C: Array, chosen: int) -> npt.NDArray[np.float64]:
        """Return what each token says, in log-odds, for the chosen label against its rival.

        Constants (the calibration's offset, a probe's score, the threshold) are left out: they are
        the same for every token, and a reason is what stands out above the other words. A label
        that rules out no other has no rival.
        """
        if self.is_multi_label:
            return np.asarray(evidence_TC[:, chosen], np.float64)
        others_C = np.where(np.arange(len(logits_C)) == chosen, -np.inf, logits_C)
        rival = int(others_C.argmax())
        scale = self._calibration.scale if len(logits_C) == 2 else 1.0
        return np.asarray(scale * (evidence_TC[:, chosen] - evidence_TC[:, rival]), np.float64)

    def _is_truncated(self, text: str, encoding: Encoding) -> bool:
        """Whether anything but space follows what was read."""
        if len(text) > self._most_tokens * CHARACTERS_PER_TOKEN:
            return True
        read_to = max((end for _, end in encoding.offsets), default=0)
        return len(encoding.ids) == self._most_tokens and bool(text[read_to:].strip())


def _join(parts: Sequence[TextWindow], outputs: Iterator[tuple[Array, ...]]) -> tuple[Array, Array]:
    """Take the outputs of a text's windows; return its logits (C) and its evidence (T, C)."""
    logits_C, evidence_TC = next(outputs)
    if len(parts) == 1:
        return logits_C, evidence_TC
    spans = [(part.start, part.stop) for part in parts]
    joined_TC = join_evidence(spans, [evidence_TC, *(next(outputs)[1] for _ in parts[1:])])
    return joined_TC.mean(axis=0), joined_TC
