"""Why a model decided as it did on one text: shares of the decision, and where its heads looked.

An evidence classifier's decision is the sum of what its tokens say, so the shares are exact and
come from an export as from a checkpoint. From a checkpoint come further integrated gradients, which
also see what a token did through the others, and the attention of every head.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import CheckpointError
from madang.manifest import Calibration, Manifest, read_manifest
from madang.serving.catalogue import find_model
from madang.serving.session import FILE_NAME, Session
from madang.text.tokenizer import Encoding, Tokenizer

DECIDING_TASKS = ("classification", "multi_label")
CHARACTERS_PER_TOKEN = 32

Array = NDArray[np.floating]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Decision:
    """A label, and how its log-odds come from the logits: ``logits · weights + constant``."""

    label: str
    probability: float
    weights: NDArray[np.float64]
    constant: float
    log_odds: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shares:
    """What each token (T) adds to the log-odds of the label.

    The shares and ``constant`` add up to the log-odds but for ``difference``.
    """

    values: NDArray[np.float64]
    constant: float
    difference: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is known of how a model read one text.

    ``tokens`` and ``offsets`` (T) are what it read. ``attention`` holds a map (H, T, T) a layer, or
    nothing where only an export was at hand.
    """

    text: str
    model: str
    task: str
    version: str
    tokens: Sequence[str]
    offsets: Sequence[tuple[int, int]]
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
    encoding = tokenizer.encode(
        [text[: manifest.max_length * CHARACTERS_PER_TOKEN]], max_length=manifest.max_length
    )[0]
    is_exported = (folder / FILE_NAME).is_file()
    look = look_at_export if is_exported else look_at_checkpoint
    return Explanation(
        text=text,
        model=model,
        task=manifest.task,
        tokens=[tokenizer.token(id) for id in encoding.ids],
        offsets=encoding.offsets,
        is_truncated=is_truncated(text, encoding, manifest.max_length),
        **look(folder, manifest, encoding, tokenizer),
    )


def look_at_export(
    folder: Path, manifest: Manifest, encoding: Encoding, tokenizer: Tokenizer
) -> Mapping[str, Any]:
    """Return what an export tells: the decision and its exact shares."""
    if manifest.task not in DECIDING_TASKS:
        raise CheckpointError(
            f"{folder} is an export for {manifest.task!r}, which decides on no label and shows no "
            f"attention. Give the checkpoint that it was made of: --model FOLDER."
        )
    session = Session(folder / FILE_NAME)
    logits_C, evidence_TC = next(session.run([encoding.ids]))
    decision = decide(logits_C, manifest)
    return {
        "version": session.sha256[:12],
        "decision": decision,
        "evidence": evidence_shares(evidence_TC, decision),
    }


def look_at_checkpoint(
    folder: Path, manifest: Manifest, encoding: Encoding, tokenizer: Tokenizer
) -> Mapping[str, Any]:
    """Return what a checkpoint tells; PyTorch is loaded here and not before."""
    from madang.export.inspection import Inspection

    inspection = Inspection(folder, encoding.ids, special=encoding.special)
    found: dict[str, Any] = {
        "version": inspection.version,
        "attention": inspection.attention(),
    }
    if manifest.task in DECIDING_TASKS:
        logits_C, evidence_TC = inspection.logits()
        decision = decide(logits_C, manifest)
        shares_T, constant = inspection.gradients(
            decision.weights, hidden_id=tokenizer.mask_id or tokenizer.pad_id or 0
        )
        found |= {"decision": decision}
        found |= {"gradients": _shares(shares_T, constant + decision.constant, decision)}
        if evidence_TC is not None:
            found |= {"evidence": evidence_shares(evidence_TC, decision)}
    return found


def decide(logits_C: Array, manifest: Manifest) -> Decision:
    """Return the label that a classifier gives, as ``madang.serving.Classifier`` chooses it.

    Of two labels the calibrated log-odds stand against the other one; of more, against the
    runner-up; of several that may hold together, against its absence, for the most probable.
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
        log_odds = calibration.scale * (logits_C[1] - logits_C[0]) + calibration.offset
        chosen = int(_sigmoid(log_odds) >= manifest.threshold)
        sign = 1 if chosen else -1
        weights_C[:] = np.array([-1.0, 1.0]) * calibration.scale * sign
        constant = calibration.offset * sign
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
        log_odds=float(logits_C @ weights_C) + constant,
    )


def evidence_shares(evidence_TC: Array, decision: Decision) -> Shares:
    """Return each token's part of the mean that makes the logits; exact up to rounding."""
    values = np.asarray(evidence_TC, np.float64) @ decision.weights / len(evidence_TC)
    return _shares(values, decision.constant, decision)


def is_truncated(text: str, encoding: Encoding, max_length: int) -> bool:
    """Say whether anything but space follows what was read."""
    read_to = max((end for _, end in encoding.offsets), default=0)
    return len(encoding.ids) == max_length and bool(text[read_to:].strip())


def _shares(values: NDArray[np.float64], constant: float, decision: Decision) -> Shares:
    difference = decision.log_odds - float(values.sum()) - constant
    return Shares(values=values, constant=constant, difference=difference)


def _sigmoid(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))
