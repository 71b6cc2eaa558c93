"""An explanation as one HTML page: no outside resource, light and dark, readable on a phone.

The markup stands in ``explanation.html``, the wording in ``explanation.toml``; here is what goes
into them. Everything is in the page as it is written; its script only lets a reader choose a head
and a piece.
"""

import functools
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.template import Context, Engine, Template
from numpy.typing import NDArray

from madang.errors import SettingError
from madang.explanation.explanation import Explanation, Shares
from madang.explanation.image import alpha_png, data_address
from madang.tasks.classifier import Decision
from madang.text.tokenizer import WORD_START
from madang.text.word import split_words

TEMPLATE = Path(__file__).with_name("explanation.html")
WORDING = tomllib.loads(TEMPLATE.with_suffix(".toml").read_text(encoding="utf-8"))
NUM_STRONGEST = 8
Wording = dict[str, str]


def write_page(explanation: Explanation, *, language: str = "ko") -> str:
    """Return the page; raises ``SettingError`` for a language that it is not written in."""
    if language not in WORDING:
        raise SettingError(f"language is {language!r}; allowed are {', '.join(WORDING)}.")
    words = WORDING[language]
    content = {
        "language": language,
        "words": words,
        "explanation": explanation,
        "percent": explanation.decision and f"{100 * explanation.decision.probability:.1f}",
        "limit": _limit(explanation, words),
        "attributions": list(_attributions(explanation, words)),
        "attention": _attention(explanation, words),
        "table": _table(explanation, words),
    }
    # Numbers come in as texts; without Django's settings there is no language to write them in.
    return _template().render(Context(content, use_l10n=False, use_tz=False))


@functools.cache
def _template() -> Template:
    # The site's engine is not used: a page is written where no site is set up.
    return Engine(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8"))


def word_shares(explanation: Explanation, shares: Shares) -> list[tuple[int, int, float]]:
    """Return start, end and share of each word that was read: the sum over its tokens.

    A token without a character (a bare word start) counts to the word that it begins.
    """
    words = split_words(explanation.text)
    starts = np.array([start for start, _ in words], np.int64)
    sums = np.zeros(len(words))
    is_read = np.zeros(len(words), bool)
    for (start, end), value in _placed(shares):
        word = int(np.searchsorted(starts, max(start, end - 1), side="right")) - 1
        if word >= 0:
            sums[word] += value
            is_read[word] = True
    return [(*words[at], float(sums[at])) for at in np.flatnonzero(is_read).tolist()]


def _placed(shares: Shares) -> Iterator[tuple[tuple[int, int], float]]:
    """Yield the place and the share of each token of the text, the special ones left out."""
    yield from list(zip(shares.offsets, shares.values.tolist(), strict=True))[1:-1]


def opacity_of(weight_TS: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the opacity of attention weights, 0 to 255, on a square-root scale.

    >>> opacity_of(np.array([[1.0, 0.25], [0.0, 0.04]], np.float32)).tolist()
    [[255, 128], [0, 51]]
    """
    opacity_TS = np.rint(255 * np.sqrt(weight_TS / weight_TS.max()))
    return np.asarray(opacity_TS, np.uint8)


def _attributions(explanation: Explanation, words: Wording) -> Iterator[dict[str, Any]]:
    """Yield what is shown of each attribution: the exact one, then integrated gradients."""
    decision = explanation.decision
    if decision is None:
        return
    if explanation.evidence is not None:
        yield {
            "title": words["words_title"],
            "help": words["words_help"],
            **_coloured(explanation, explanation.evidence, decision, words),
            "sum": _sum(explanation, explanation.evidence, decision, words),
        }
    if explanation.gradients is not None:
        shares = explanation.gradients
        check = words["gradients_check"].format(difference=f"{abs(shares.difference):.4f}")
        yield {
            "title": words["gradients_title"],
            "help": words["gradients_help"] + _limit(explanation, words),
            **_coloured(explanation, shares, decision, words),
            "note": f"{words['gradients_constant']} {_signed(shares.constant)} · {check}",
        }


def _limit(explanation: Explanation, words: Wording) -> str:
    """Return the note that only the first window of a long text is shown, or nothing."""
    is_whole = len(explanation.window) == len(explanation.tokens)
    return "" if is_whole else " " + words["first_window"].format(count=len(explanation.window))


def _coloured(
    explanation: Explanation, shares: Shares, decision: Decision, words: Wording
) -> dict[str, Any]:
    """Return the text in parts, each plain characters and then a coloured word, and its rest.

    The strongest words come beside it.
    """
    text = explanation.text
    found = word_shares(explanation, shares)
    largest = max((abs(share) for *_, share in found), default=0.0) or 1.0
    parts: list[dict[str, Any]] = []
    at = 0
    for start, end, share in found:
        part = {"is_for": share >= 0, "width": f"{abs(share) / largest:.3f}"}
        part |= {"plain": text[at:start], "word": text[start:end], "share": share}
        parts.append(part | {"value": _signed(share, 3), "rounded": _signed(share)})
        at = end
    strongest = sorted(parts, key=lambda part: -abs(part["share"]))[:NUM_STRONGEST]
    label = words["for"].format(label=decision.label)
    return {"parts": parts, "rest": text[at:], "strongest": strongest, "label": label}


def _sum(
    explanation: Explanation, shares: Shares, decision: Decision, words: Wording
) -> dict[str, Any]:
    """Return the addition that makes the decision, in figures."""
    of_words = sum(share for *_, share in word_shares(explanation, shares))
    parts = {
        words["sum_words"]: of_words,
        words["sum_marks"]: float(shares.values.sum()) - of_words,
        words["sum_constant"]: shares.constant - decision.probed,
    }
    if decision.probed:
        parts[words["sum_probed"]] = decision.probed
    terms = {name: _signed(value) for name, value in parts.items()}
    return {"terms": terms, "total": _signed(decision.log_odds)}


def _attention(explanation: Explanation, words: Wording) -> dict[str, Any] | None:
    """Return the maps: their mean, large and small, then every head, a row a layer."""
    if not explanation.attention:
        return None
    maps = [weight_TS for layer in explanation.attention for weight_TS in layer]
    mean = _map(np.mean(maps, axis=0), words["mean"])
    layers = {
        words["layer"].format(layer=number): [
            _map(weight_TS, words["head"].format(layer=number, head=head))
            for head, weight_TS in enumerate(layer, start=1)
        ]
        for number, layer in enumerate(explanation.attention, start=1)
    }
    size = len(explanation.window)
    return {
        "pieces": _pieces(explanation.text, explanation.window, explanation.window_offsets),
        "mean": mean,
        "rows": {words["mean"]: [mean], **layers},
        "num_heads": len(explanation.attention[0]),
        "size": size,
        "piece": min(1, size - 1),
        "looks": {"looks": words["looks"]},
    }


def _map(weight_TS: NDArray[np.float32], name: str) -> dict[str, str]:
    address = data_address(alpha_png(opacity_of(weight_TS)))
    return {"name": name, "largest": f"{float(weight_TS.max()):.6f}", "image": address}


def _pieces(text: str, tokens: Sequence[str], offsets: Sequence[tuple[int, int]]) -> list[str]:
    """Return what each token shows: its characters, a bare word start as a space, or its name."""
    return [
        text[start:end] or token.replace(WORD_START, "␣")
        for token, (start, end) in zip(tokens, offsets, strict=True)
    ]


def _table(explanation: Explanation, words: Wording) -> dict[str, Any] | None:
    """Return the share of every token in figures, a column an attribution; or ``None``."""
    columns = {words["evidence"]: explanation.evidence, words["gradient"]: explanation.gradients}
    known = {name: shares for name, shares in columns.items() if shares is not None}
    if not known:
        return None
    pieces = _pieces(explanation.text, explanation.tokens, explanation.offsets)
    rows = [
        {
            "piece": piece,
            "place": f"{span[0]}–{span[1]}",
            "cells": [_cell(shares, index, span) for shares in known.values()],
        }
        for index, (piece, span) in enumerate(zip(pieces, explanation.offsets, strict=True))
    ]
    return {"columns": list(known), "rows": rows}


def _signed(value: float, digits: int = 2) -> str:
    """Return a number with its sign, the minus as long as the plus.

    >>> _signed(-0.051), _signed(0.5, 1)
    ('−0.05', '+0.5')
    """
    return f"{value:+.{digits}f}".replace("-", "−")


def _cell(shares: Shares, index: int, span: tuple[int, int]) -> str:
    """Return the share of a token, or nothing where it was not attributed."""
    is_seen = index < len(shares.offsets) and shares.offsets[index] == span
    return _signed(shares.values[index], 4) if is_seen else ""
