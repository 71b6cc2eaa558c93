"""Give texts labels, their probabilities and the words that caused them.

What labels exclude each other and what probabilities are, each task says for itself: it decides.
Reading is the same for all: windows, the mean of what tokens say, reasons.
"""

import dataclasses
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from madang.decoding.evidence import join_evidence
from madang.formats.manifest import Manifest
from madang.runtime.runner import Array
from madang.runtime.signature import TOKENS, Signature
from madang.tasks.predictor import Predictor, in_batches, refuse_string, run_parts
from madang.tasks.reason import Reason, find_reasons
from madang.tasks.task import UNLIKE, WORDS_ALONE, Opening
from madang.text.tokenizer import Encoding
from madang.text.window import TextWindow, is_cut, most_tokens, read_windows

SIGNATURE = Signature("a classifier", TOKENS, {"logits": "", "evidence": "T"})
# Of a classifier whose tokens say nothing by themselves: it is measured, and gives no reasons.
WITHOUT_EVIDENCE = Signature("a classifier", TOKENS, {"logits": ""})
REASON = (
    "A reason is what the model went by. It is not a proof that the text is what the label says."
)

Floats = npt.NDArray[np.float64]


def opening(num_labels: str) -> Opening:
    """Return what a card says first of a model that gives a text so many of the labels."""
    return Opening(
        "A text classifier",
        f"it gives a text {num_labels} of the labels {{labels}}, a probability and the words that "
        "carried the decision. It reads a long text in windows of {max_length} tokens.",
        'madang classify --model {name} "…"',
        (WORDS_ALONE, REASON, UNLIKE),
    )


@dataclasses.dataclass(frozen=True)
class Classification:
    """The answer to one text.

    ``probability`` is the calibrated probability of ``label``, ``probabilities`` that of every
    label; ``reasons`` are strongest first. ``is_truncated`` tells that the text was longer than
    all windows together: only its beginning was judged. ``labels`` are all that a text has, most
    probable first, where it may have several or none; ``label`` is then the most probable one, and
    the probabilities do not add up to one. Where there is nothing to judge, ``label`` and
    ``probability`` are None, and all else is empty.
    """

    label: str | None
    probability: float | None
    probabilities: dict[str, float]
    reasons: tuple[Reason, ...]
    is_truncated: bool = False
    labels: tuple[str, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Say whether there was anything to judge."""
        return self.label is not None


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Decision:
    """A label, and how its log-odds come from the logits: ``logits · weights + constant``.

    ``probabilities`` are those of all labels, (C). ``probed`` is the part of the constant that a
    second encoder said of the whole text. ``labels`` are all that are given, where several may be.
    """

    label: str
    probability: float
    probabilities: Floats
    weights: Floats
    constant: float
    probed: float
    log_odds: float
    labels: tuple[str, ...] = ()


class Reading(NamedTuple):
    """A text as a classifier read it: its tokens, its windows, its logits (C).

    ``evidence_TC`` is what each token says, ``None`` of a model that does not tell; ``probed`` is
    what a second encoder adds to the log-odds.
    """

    text: str
    encoding: Encoding
    windows: Sequence[TextWindow]
    logits_C: Array
    evidence_TC: Array | None
    probed: float


class Classifier(Predictor):
    """A text classifier on a CPU: ``Classifier.load("ads").classify([text])``."""

    is_multi_label: ClassVar[bool] = False

    @staticmethod
    @abstractmethod
    def decide(logits_C: Array, manifest: Manifest, *, probed: float = 0.0) -> Decision:
        """Return the label that the model of a manifest gives for its logits (C)."""

    def classify(self, texts: Sequence[str], *, batch_size: int = 32) -> list[Classification]:
        """Return one answer a text, in order.

        A text of more than the model's ``max_length`` tokens is read in up to sixteen overlapping
        windows; the answer is the mean of what its tokens say, as of a short one. What is longer
        still (or than 32 characters for each of those tokens) is cut, and its answer says so. Of a
        text in which there is nothing to judge (``is_judged``) the answer has no label. Any string
        has an answer, the same for the same string. ``batch_size`` texts are held as tokens at
        once; it changes no answer.
        """
        refuse_string(texts, call="classify")
        return list(self.stream(texts, batch_size=batch_size))

    def stream(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[Classification]:
        """Yield one answer a text, in order, holding ``batch_size`` texts at a time."""
        for reading in self.read(texts, batch_size=batch_size):
            if not self.can_judge(reading):
                yield Classification(None, None, {}, (), is_truncated=self.is_truncated(reading))
                continue
            decision = self.decision(reading)
            probabilities = map(float, decision.probabilities)
            yield Classification(
                label=decision.label,
                probability=decision.probability,
                probabilities=dict(zip(self.labels, probabilities, strict=True)),
                reasons=self._reasons(reading, decision),
                is_truncated=self.is_truncated(reading),
                labels=decision.labels,
            )

    def probabilities(self, texts: Sequence[str], *, batch_size: int = 1024) -> Floats:
        """Return the calibrated probability of each label for each text, (N, C).

        For what measures the model: also of a text in which there is nothing to judge, of which it
        is what the model makes of no words. More texts at once than for an answer, so that those of
        like length can share a batch.
        """
        readings = self.read(texts, batch_size=batch_size)
        return np.array([self.decision(each).probabilities for each in readings], np.float64)

    def outputs(self, asked: Sequence[str]) -> Iterator[tuple[Array, ...]]:
        """Yield the logits (C) of each text."""
        for reading in self.read(asked, batch_size=len(asked) or 1):
            yield (reading.logits_C,)

    def decision(self, reading: Reading) -> Decision:
        """Return the label that the model gives for what it read."""
        return self.decide(reading.logits_C, self.manifest, probed=reading.probed)

    def can_judge(self, reading: Reading) -> bool:
        """Say whether there is anything to judge in what was read."""
        return self._is_legible(reading.text, reading.encoding)

    def read(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[Reading]:
        """Yield what the model makes of each text before it decides."""
        for batch in in_batches(texts, batch_size):
            read = read_windows(self._tokenizer, batch, max_length=self.max_length)
            feeds = [[{"input_ids": part.ids} for part in parts] for _, parts in read]
            outputs = run_parts(self._runner, feeds)
            for text, (encoding, parts), found, probed in zip(
                batch, read, outputs, self._probe(batch), strict=True
            ):
                yield Reading(text, encoding, parts, *_join(parts, found), float(probed))

    def is_truncated(self, reading: Reading) -> bool:
        """Say whether anything but space follows what was read."""
        return is_cut(reading.text, reading.encoding, max_length=most_tokens(self.max_length))

    def _probe(self, texts: Sequence[str]) -> Floats:
        """Return what a second encoder adds to the log-odds of each text, (N)."""
        return np.zeros(len(texts))

    def _reasons(self, reading: Reading, decision: Decision) -> tuple[Reason, ...]:
        """Return the words that spoke for the label, by each token's log-odds for it.

        Constants (the calibration's offset, a probe's score, the threshold) are left out: they are
        the same for every token, and a reason is what stands out above the other words.
        """
        if reading.evidence_TC is None:
            return ()
        margin_T = (reading.evidence_TC.astype(np.float64) * decision.weights).sum(axis=1)
        return find_reasons(reading.text, reading.encoding.offsets, margin_T)


def _join(
    parts: Sequence[TextWindow], outputs: Sequence[tuple[Array, ...]]
) -> tuple[Array, Array | None]:
    """Return the logits (C) and the evidence (T, C) of a text from the outputs of its windows.

    Without evidence the logits of several windows are their mean.
    """
    if len(outputs[0]) == 1:
        return np.mean([logits_C for (logits_C,) in outputs], axis=0), None
    if len(parts) == 1:
        logits_C, evidence_TC = outputs[0]
        return logits_C, evidence_TC
    spans = [(part.start, part.stop) for part in parts]
    joined_TC = join_evidence(spans, [evidence_TC for _, evidence_TC in outputs])
    return joined_TC.mean(axis=0), joined_TC
