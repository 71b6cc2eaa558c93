"""Why a model decided as it did on one text: attributions to its tokens, and attention weights.

An evidence classifier's logits are the mean of its tokens' evidence, so these attributions are
exact, and an export gives them as well as a checkpoint. A checkpoint also gives integrated
gradients, which include what a token does through the others, and the attention of every head.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from madang.errors import CheckpointError
from madang.evaluation.run import open_model
from madang.formats.catalogue import find_model
from madang.formats.manifest import GRAPH_NAME, Manifest, read_manifest
from madang.tasks import registry
from madang.tasks.classifier import Classifier, Decision
from madang.text.obfuscation.reading import read_hidden
from madang.text.tokenizer import Encoding, Tokenizer
from madang.text.window import CHARACTERS_PER_TOKEN, TextWindow, is_cut, most_tokens, read_windows

Array = NDArray[np.floating]
ItemT = TypeVar("ItemT")


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
    weights (H, T, T) of each layer; it is empty where only an export was at hand. Where there is
    nothing to judge in the text (``is_judged``) there is no decision to explain.
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
    is_judged: bool = True


def explain_text(text: str, model: str) -> Explanation:
    """Explain what a shipped model, an export or a checkpoint makes of a text.

    Raises ``CheckpointError`` for a folder that holds neither an export of a classifier nor a
    checkpoint of a BERT.
    """
    folder = find_model(model)
    manifest = read_manifest(folder)
    tokenizer = Tokenizer.load(folder)
    view = View.of(
        tokenizer,
        text,
        max_length=manifest.max_length,
        shows_hidden=is_classifier(manifest.task),
    )
    tokens = [tokenizer.token(id) for id in view.encoding.ids]
    found = decide(folder, manifest, view, text)
    if not (folder / GRAPH_NAME).is_file():
        found |= look_inside(folder, view, tokenizer, found.get("decision"))
    return Explanation(
        text=text,
        model=model,
        task=manifest.task,
        tokens=tokens,
        offsets=view.encoding.offsets,
        window=view.first(tokens),
        window_offsets=view.first(view.encoding.offsets),
        is_truncated=is_cut(text, view.encoding, max_length=most_tokens(manifest.max_length)),
        **found,
    )


@dataclasses.dataclass(frozen=True)
class View:
    """A text as tokens, and the windows through which a model reads it."""

    encoding: Encoding
    windows: Sequence[TextWindow]

    @classmethod
    def of(
        cls, tokenizer: Tokenizer, text: str, *, max_length: int, shows_hidden: bool = True
    ) -> "View":
        """Read a text as ``madang.serving.Classifier`` does, hidden letters too."""
        limit = most_tokens(max_length) * CHARACTERS_PER_TOKEN
        shown = read_hidden(text, limit=limit if shows_hidden else 0)
        ((encoding, windows),) = read_windows(tokenizer, [shown.text], max_length=max_length)
        offsets = [shown.place(*span) for span in encoding.offsets]
        return cls(dataclasses.replace(encoding, offsets=offsets), windows)

    def first(self, items: Sequence[ItemT]) -> list[ItemT]:
        """Return those of the items of all tokens that the first window holds."""
        if len(self.windows) == 1:
            return list(items)
        before, after = self.encoding.num_around
        return [*items[: before + self.windows[0].stop], *items[len(items) - after :]]


def decide(folder: Path, manifest: Manifest, view: View, text: str) -> dict[str, Any]:
    """Return what a classifier tells: the decision and its exact shares, nothing of another model.

    Raises ``CheckpointError`` for an export that decides on no label.
    """
    if not is_classifier(manifest.task):
        if (folder / GRAPH_NAME).is_file():
            raise CheckpointError(
                f"{folder} is an export for {manifest.task!r}, which decides on no label and shows "
                f"no attention. Give the folder of the checkpoint that it was made of."
            )
        return {}
    classifier = open_model(folder)
    assert isinstance(classifier, Classifier)
    (reading,) = classifier.read([text])
    if not classifier.can_judge(reading):
        return {"version": classifier.version, "is_judged": False}
    decision = classifier.decision(reading)
    found: dict[str, Any] = {"version": classifier.version, "decision": decision}
    if reading.evidence_TC is not None:
        found["evidence"] = evidence_shares(reading.evidence_TC, decision, view.encoding.offsets)
    return found


def is_classifier(task: str) -> bool:
    """Say whether models of a task decide on labels."""
    return registry.is_served(task) and issubclass(registry.find_predictor(task), Classifier)


def look_inside(
    folder: Path, view: View, tokenizer: Tokenizer, decision: Decision | None
) -> dict[str, Any]:
    """Return what a checkpoint tells further: its attention, and the gradients of a decision."""
    # Imported here: it loads PyTorch.
    from madang.explanation.inspection import Inspection

    inspection = Inspection(folder, view.windows[0].ids, special=view.first(view.encoding.special))
    found = {"version": inspection.version, "attention": inspection.attention()}
    if decision is None:
        return found
    hidden_id = tokenizer.mask_id or tokenizer.pad_id or 0
    shares_T, without, score = inspection.gradients(decision.weights, hidden_id=hidden_id)
    gradients = Shares(
        offsets=view.first(view.encoding.offsets),
        values=shares_T,
        constant=without + decision.constant,
        difference=score - without - float(shares_T.sum()),
    )
    return {**found, "gradients": gradients}


def evidence_shares(
    evidence_TC: Array, decision: Decision, offsets: Sequence[tuple[int, int]]
) -> Shares:
    """Return each token's part of the mean that makes the logits; exact up to rounding."""
    values = np.asarray(evidence_TC, np.float64) @ decision.weights / len(evidence_TC)
    difference = decision.log_odds - float(values.sum()) - decision.constant
    return Shares(offsets=offsets, values=values, constant=decision.constant, difference=difference)
