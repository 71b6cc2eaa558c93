"""Give texts labels, their probabilities and the words that caused them.

What labels exclude each other and what probabilities are, each task says for itself: it decides.
Reading is the same for all: windows, the mean of what tokens say, reasons.
"""

import dataclasses
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from madang.decoding.evidence import join_evidence
from madang.decoding.probability import log_odds
from madang.formats.manifest import Manifest
from madang.runtime.runner import Array
from madang.runtime.signature import TOKENS, Signature
from madang.tasks.predictor import Predictor, in_batches, refuse_string, run_parts
from madang.tasks.reason import Occlusion, Reason, find_reasons, word_excess
from madang.tasks.task import UNLIKE, WORDS_ALONE, Opening
from madang.text.obfuscation.reading import Revealed, read_hidden
from madang.text.tokenizer import Encoding
from madang.text.window import (
    CHARACTERS_PER_TOKEN,
    TextWindow,
    is_cut,
    most_tokens,
    read_windows,
)

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
    label; ``reasons`` are those of each label given, strongest first, where they were asked for.
    ``is_truncated`` tells that the text was longer than
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
    """A text as a classifier read it: what it shows, its tokens, its windows, its logits (C).

    ``shown`` is the text without what hides its letters; ``encoding`` counts its characters.
    ``evidence_TC`` is what each token says, ``None`` of a model that does not tell; ``probed`` is
    what a second encoder adds to the log-odds.
    """

    shown: Revealed
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

    def classify(
        self,
        texts: Sequence[str],
        *,
        reasons: bool | Collection[str] = True,
        batch_size: int = 32,
    ) -> list[Classification]:
        """Return one answer a text, in order.

        A text of more than the model's ``max_length`` tokens is read in up to sixteen overlapping
        windows; the answer is the mean of what its tokens say, as of a short one. What is longer
        still (or than 32 characters for each of those tokens) is cut, and its answer says so. Of a
        text in which there is nothing to judge (``is_judged``) the answer has no label. Any string
        has an answer, the same for the same string. ``batch_size`` texts are held as tokens at
        once; it changes no answer.

        Reasons are those of each label given, or only of the labels that ``reasons`` names. They
        cost some forty passes a text (``madang.tasks.reason``); ``stream`` gives none.
        """
        refuse_string(texts, call="classify")
        return [
            dataclasses.replace(answer, reasons=self._reasons(reading, answer, reasons))
            for reading, answer in self._answers(texts, batch_size=batch_size)
        ]

    def stream(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[Classification]:
        """Yield one answer a text, in order and without reasons, holding ``batch_size`` texts."""
        for _, answer in self._answers(texts, batch_size=batch_size):
            yield answer

    def _answers(
        self, texts: Iterable[str], *, batch_size: int
    ) -> Iterator[tuple[Reading, Classification]]:
        for reading in self.read(texts, batch_size=batch_size):
            if not self.can_judge(reading):
                is_cut = self.is_truncated(reading)
                yield reading, Classification(None, None, {}, (), is_truncated=is_cut)
                continue
            decision = self.decision(reading)
            probabilities = map(float, decision.probabilities)
            yield (
                reading,
                Classification(
                    label=decision.label,
                    probability=decision.probability,
                    probabilities=dict(zip(self.labels, probabilities, strict=True)),
                    reasons=(),
                    is_truncated=self.is_truncated(reading),
                    labels=decision.labels,
                ),
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
        return self._is_legible(reading.shown.text, reading.encoding)

    def read(self, texts: Iterable[str], *, batch_size: int = 32) -> Iterator[Reading]:
        """Yield what the model makes of each text before it decides."""
        for batch in in_batches(texts, batch_size):
            shown = [self._shown(text) for text in batch]
            seen = [each.text for each in shown]
            read = read_windows(self._tokenizer, seen, max_length=self.max_length)
            feeds = [[{"input_ids": part.ids} for part in parts] for _, parts in read]
            outputs = run_parts(self._runner, feeds)
            for each, (encoding, parts), found, probed in zip(
                shown, read, outputs, self._probe(seen), strict=True
            ):
                yield Reading(each, encoding, parts, *_join(parts, found), float(probed))

    def is_truncated(self, reading: Reading) -> bool:
        """Say whether anything but space follows what was read."""
        limit = most_tokens(self.max_length)
        return is_cut(reading.shown.text, reading.encoding, max_length=limit)

    def is_judged(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Say of each text whether there is anything in what it shows to judge, (N,)."""
        return super().is_judged([self._shown(text).text for text in texts])

    def _shown(self, text: str) -> Revealed:
        """Return a text without what hides its letters, as far as it is read."""
        return read_hidden(text, limit=most_tokens(self.max_length) * CHARACTERS_PER_TOKEN)

    def _probe(self, texts: Sequence[str]) -> Floats:
        """Return what a second encoder adds to the log-odds of each text, (N)."""
        return np.zeros(len(texts))

    def _reasons(
        self, reading: Reading, answer: Classification, wanted: bool | Collection[str]
    ) -> tuple[Reason, ...]:
        """Return the words that spoke for the labels given, as far as reasons are wanted."""
        if answer.label is None or wanted is False:
            return ()
        given = answer.labels if self.is_multi_label else (answer.label,)
        labels = {
            label: self.labels.index(label) for label in given if wanted is True or label in wanted
        }
        if not labels:
            return ()
        shown = reading.shown
        (log_odds_C,) = self._log_odds([reading])
        occlusion = Occlusion(
            shown.text,
            num_tokens=len(reading.encoding.ids),
            judge=lambda texts: self._log_odds(self.read(texts)),
            log_odds_C=log_odds_C,
        )
        found = find_reasons(
            occlusion,
            labels,
            prior_W=self._prior(reading, occlusion.words, list(labels.values())),
        )
        places = [shown.place(each.start, each.end) for each in found]
        return tuple(
            dataclasses.replace(reason, start=start, end=end, text=shown.written[start:end])
            for reason, (start, end) in zip(found, places, strict=True)
        )

    def _log_odds(self, readings: Iterable[Reading]) -> Floats:
        """Return the log-odds of each label as it is served, (N, C)."""
        probabilities = np.array([self.decision(each).probabilities for each in readings])
        return log_odds(probabilities)

    def _prior(
        self, reading: Reading, words: Sequence[tuple[int, int]], labels: Sequence[int]
    ) -> Floats | None:
        """Rank the words (W) by what their tokens say for the labels, where tokens say anything."""
        if reading.evidence_TC is None or not words:
            return None
        evidence_TC = reading.evidence_TC.astype(np.float64)
        if not self.is_multi_label:
            # One label is given: what speaks for it speaks against the others.
            evidence_TC = evidence_TC - evidence_TC.mean(axis=1, keepdims=True)
        margin_T = evidence_TC[:, labels].max(axis=1)
        return word_excess(words, reading.encoding.offsets, margin_T)


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
