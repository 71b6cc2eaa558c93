"""Why a model decided as it did on one text: attributions to its tokens, and attention weights.

An evidence classifier's logits are the mean of its tokens' evidence, so these attributions are
exact, and an export gives them as well as a checkpoint. A checkpoint also gives integrated
gradients, which include what a token does through the others, and the attention of every head.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from madang.decoding.evidence import join_evidence
from madang.errors import CheckpointError
from madang.formats.catalogue import find_model
from madang.formats.manifest import Calibration, Manifest, read_manifest
from madang.runtime.onnx import FILE_NAME, Session
from madang.tasks.classification.prober import Prober
from madang.text.tokenizer import Encoding, Tokenizer
from madang.text.window import TextWindow, most_tokens, text_windows

DECIDING_TASKS = ("classification", "multi_label")
CHARACTERS_PER_TOKEN = 32

Array = NDArray[np.floating]
ItemT = TypeVar("ItemT")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Decision:
    """A label, and how its log-odds come from the logits: ``logits · weights + constant``.

    ``probed`` is the part of the constant that a second encoder said of the whole text.
    """

    label: str
    probability: float
    weights: NDArray[np.float64]
    constant: float
    probed: float
    log_odds: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shares:
    """What each token (T) adds to the log-odds of the label; ``offsets`` are its characters.

    The shares and ``constant`` add up to the log-odds but for ``difference``.
    """

    offsets: Sequence[tuple[int, int]]
    values: NDArray[np.float64]
    constant: float
    difference: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is known of how a model read one text.

    ``tokens`` and ``offsets`` (T) are what it read. A long text is read in windows; ``gradients``
    and ``attention`` are those of the first, ``window`` and its offsets. ``attention`` has the
    weights (H, T, T) of each layer; it is empty where only an export was at hand.
    """

    text: str
    model: str
    task: str
    version: str
    tokens: Sequence[str]
    offsets: Sequence[tuple[int, int]]
    window: Sequence[str]
    window_offsets: Sequence[tuple[int, int]]
    decision: Decision | None = None
    evidence: Shares | None = None
    gradients: Shares | None = None
    attention: Sequence[NDArray[np.float32]] = ()
    is_truncated: bool = False


def explain_text(text: str, model: str) -> Explanation:
    """Explain what a shipped model, an export or a checkpoint makes of a text.

    Raises ``CheckpointError`` for a folder that holds neither an export of a classifier nor a
    checkpoint of a BERT.
    """
    folder = find_model(model)
    manifest = read_manifest(folder)
    tokenizer = Tokenizer.load(folder)
    reading = read(tokenizer, text, max_length=manifest.max_length)
    tokens = [tokenizer.token(id) for id in reading.encoding.ids]
    is_exported = (folder / FILE_NAME).is_file()
    look = look_at_export if is_exported else look_at_checkpoint
    return Explanation(
        text=text,
        model=model,
        task=manifest.task,
        tokens=tokens,
        offsets=reading.encoding.offsets,
        window=reading.first(tokens),
        window_offsets=reading.first(reading.encoding.offsets),
        is_truncated=is_truncated(text, reading.encoding, most_tokens(manifest.max_length)),
        **look(folder, manifest, reading, tokenizer, text),
    )


@dataclasses.dataclass(frozen=True)
class Reading:
    """A text as tokens, and the windows through which a model reads it."""

    encoding: Encoding
    windows: Sequence[TextWindow]

    def first(self, items: Sequence[ItemT]) -> list[ItemT]:
        """Return those of the items of all tokens that the first window holds."""
        if len(self.windows) == 1:
            return list(items)
        around = len(self.windows[0].ids) - self.windows[0].stop
        before = (around + 1) // 2
        rear = around - before
        return [*items[: before + self.windows[0].stop], *items[len(items) - rear :]]

    def join(self, outputs: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
        """Return the logits (C) and the evidence (T, C) of the text from those of its windows."""
        if len(self.windows) == 1:
            return outputs[0]
        spans = [(window.start, window.stop) for window in self.windows]
        evidence_TC = join_evidence(spans, [evidence_TC for _, evidence_TC in outputs])
        return evidence_TC.mean(axis=0), evidence_TC


def read(tokenizer: Tokenizer, text: str, *, max_length: int) -> Reading:
    """Read a text as ``madang.serving.Classifier`` does."""
    most = most_tokens(max_length)
    (encoding,) = tokenizer.encode([text[: most * CHARACTERS_PER_TOKEN]], max_length=most)
    return Reading(encoding, text_windows(encoding, max_length=max_length))


def look_at_export(
    folder: Path, manifest: Manifest, reading: Reading, tokenizer: Tokenizer, text: str
) -> Mapping[str, Any]:
    """Return what an export tells: the decision and its exact shares."""
    if manifest.task not in DECIDING_TASKS:
        raise CheckpointError(
            f"{folder} is an export for {manifest.task!r}, which decides on no label and shows no "
            f"attention. Give the checkpoint that it was made of: --model FOLDER."
        )
    session = Session(folder / FILE_NAME)
    version, probed = session.sha256[:12], 0.0
    if manifest.probe is not None:
        prober = Prober(manifest.probe)
        version = f"{version}-{prober.version}"
        (probed,) = prober.scores([text]).tolist()
    outputs = [(each[0], each[1]) for each in session.run([part.ids for part in reading.windows])]
    logits_C, evidence_TC = reading.join(outputs)
    decision = decide(logits_C, manifest, probed=probed)
    return {
        "version": version,
        "decision": decision,
        "evidence": evidence_shares(evidence_TC, decision, reading.encoding.offsets),
    }


def look_at_checkpoint(
    folder: Path, manifest: Manifest, reading: Reading, tokenizer: Tokenizer, text: str
) -> Mapping[str, Any]:
    """Return what a checkpoint tells; PyTorch is loaded here and not before."""
    from madang.export.inspection import Inspection

    special = reading.first(reading.encoding.special)
    inspection = Inspection(folder, reading.windows[0].ids, special=special)
    found: dict[str, Any] = {
        "version": inspection.version,
        "attention": inspection.attention(),
    }
    if manifest.task not in DECIDING_TASKS:
        return found
    logits_C, evidence_TC = inspection.logits()
    if evidence_TC is not None:
        outputs = [inspection.logits(part.ids) for part in reading.windows]
        logits_C, evidence_TC = reading.join(outputs)  # type: ignore[arg-type, assignment]
    decision = decide(logits_C, manifest)
    hidden_id = tokenizer.mask_id or tokenizer.pad_id or 0
    shares_T, without, score = inspection.gradients(decision.weights, hidden_id=hidden_id)
    found |= {
        "decision": decision,
        "gradients": Shares(
            offsets=reading.first(reading.encoding.offsets),
            values=shares_T,
            constant=without + decision.constant,
            difference=score - without - float(shares_T.sum()),
        ),
    }
    if evidence_TC is not None:
        offsets = reading.encoding.offsets
        found |= {"evidence": evidence_shares(evidence_TC, decision, offsets)}
    return found


def decide(logits_C: Array, manifest: Manifest, *, probed: float = 0.0) -> Decision:
    """Return the label that a classifier gives, as ``madang.serving.Classifier`` chooses it.

    Of two labels the calibrated log-odds, which a probe's score joins, stand against the other one;
    of more, against the runner-up; of several that may hold together, against its absence, for the
    most probable.
    """
    logits_C = np.asarray(logits_C, np.float64)
    calibration = manifest.calibration or Calibration()
    weights_C = np.zeros(len(logits_C))
    if manifest.task == "multi_label":
        chosen = int(logits_C.argmax())
        weights_C[chosen] = 1.0
        constant = 0.0
        probability = _sigmoid(float(logits_C[chosen]))
    elif len(logits_C) == 2:
        added = calibration.offset + probed
        log_odds = calibration.scale * (logits_C[1] - logits_C[0]) + added
        chosen = int(_sigmoid(log_odds) >= manifest.threshold)
        sign = 1 if chosen else -1
        weights_C[:] = np.array([-1.0, 1.0]) * calibration.scale * sign
        constant, probed = added * sign, probed * sign
        probability = _sigmoid(sign * log_odds)
    else:
        second, chosen = np.argsort(logits_C)[-2:].tolist()
        weights_C[chosen], weights_C[second] = 1.0, -1.0
        constant = 0.0
        probability = float(1 / np.exp(logits_C - logits_C[chosen]).sum())
    return Decision(
        label=manifest.labels[chosen],
        probability=probability,
        weights=weights_C,
        constant=constant,
        probed=probed,
        log_odds=float(logits_C @ weights_C) + constant,
    )


def evidence_shares(
    evidence_TC: Array, decision: Decision, offsets: Sequence[tuple[int, int]]
) -> Shares:
    """Return each token's part of the mean that makes the logits; exact up to rounding."""
    values = np.asarray(evidence_TC, np.float64) @ decision.weights / len(evidence_TC)
    difference = decision.log_odds - float(values.sum()) - decision.constant
    return Shares(offsets=offsets, values=values, constant=decision.constant, difference=difference)


def is_truncated(text: str, encoding: Encoding, max_length: int) -> bool:
    """Say whether anything but space follows what was read."""
    read_to = max((end for _, end in encoding.offsets), default=0)
    return len(encoding.ids) == max_length and bool(text[read_to:].strip())


def _sigmoid(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))
