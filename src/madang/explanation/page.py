"""An explanation as one HTML page: no outside resource, light and dark, readable on a phone.

Everything is in the page as it is written; its script only lets a reader choose a head and a piece.
"""

import json
import tomllib
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template

import numpy as np
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
    sections = [
        _head(explanation, words),
        *_decision(explanation, words),
        *_attention(explanation, words),
        _table(explanation, words),
    ]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        language=language,
        title=escape(words["title"]),
        footer=escape(words["footer"]),
        body="\n".join(sections),
        num_heads=len(explanation.attention[0]) if explanation.attention else 1,
    )


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


def _head(explanation: Explanation, words: Wording) -> str:
    facts = {
        words["model"]: explanation.model,
        words["task"]: explanation.task,
        words["version"]: explanation.version,
    }
    meta = "".join(f"<span>{escape(name)} {escape(value)}</span>" for name, value in facts.items())
    parts = [f"<header><h1>{escape(words['title'])}</h1></header>"]
    decision = explanation.decision
    verdict = f"<p>{escape(words['no_decision'])}</p>"
    if decision is not None:
        percent = f"{100 * decision.probability:.1f} %"
        verdict = (
            f'<p><strong>{escape(decision.label)}</strong> <span class="value">{percent}</span></p>'
            f'<div class="meter"><div style="width:{100 * decision.probability:.1f}%"></div></div>'
        )
    note = f'<p class="help">{escape(words["truncated"])}</p>' if explanation.is_truncated else ""
    parts.append(f'<section class="verdict">{verdict}<p class="meta">{meta}</p>{note}</section>')
    return "\n".join(parts)


def _decision(explanation: Explanation, words: Wording) -> Iterator[str]:
    decision = explanation.decision
    if decision is None:
        return
    if explanation.evidence is not None:
        yield _section(
            words["words_title"],
            words["words_help"],
            _coloured(explanation, explanation.evidence, decision, words)
            + _strongest(explanation, explanation.evidence, words)
            + _sum(explanation, explanation.evidence, decision, words),
        )
    if explanation.gradients is not None:
        shares = explanation.gradients
        check = words["gradients_check"].format(difference=f"{abs(shares.difference):.4f}")
        yield _section(
            words["gradients_title"],
            words["gradients_help"] + _limit(explanation, words),
            _coloured(explanation, shares, decision, words)
            + _strongest(explanation, shares, words)
            + f'<p class="help value">{escape(words["gradients_constant"])} '
            f"{_signed(shares.constant)} · {escape(check)}</p>",
        )


def _limit(explanation: Explanation, words: Wording) -> str:
    """Return the note that only the first window of a long text is shown, or nothing."""
    is_whole = len(explanation.window) == len(explanation.tokens)
    return "" if is_whole else " " + words["first_window"].format(count=len(explanation.window))


def _section(title: str, help: str, content: str) -> str:
    return f'<section><h2>{escape(title)}</h2><p class="help">{escape(help)}</p>{content}</section>'


def _coloured(explanation: Explanation, shares: Shares, decision: Decision, words: Wording) -> str:
    """Return the whole text with its words coloured; what was not read is faint."""
    text = explanation.text
    found = word_shares(explanation, shares)
    largest = max((abs(share) for *_, share in found), default=0.0) or 1.0
    parts, at = [], 0
    for start, end, share in found:
        side = "for" if share >= 0 else "against"
        parts.append(escape(text[at:start]))
        parts.append(
            f'<span class="word {side}" style="--w:{abs(share) / largest:.3f}" tabindex="0" '
            f'data-value="{_signed(share, 3)}">{escape(text[start:end])}</span>'
        )
        at = end
    rest = escape(text[at:])
    parts.append(f'<span class="unread">{rest}</span>' if explanation.is_truncated else rest)
    label = escape(words["for"].format(label=decision.label))
    return (
        f'<p class="legend"><span><i class="for" style="--w:1"></i>{label}</span>'
        f'<span><i class="against" style="--w:1"></i>{escape(words["against"])}</span></p>'
        f'<p class="text">{"".join(parts)}</p>'
    )


def _strongest(explanation: Explanation, shares: Shares, words: Wording) -> str:
    found = sorted(word_shares(explanation, shares), key=lambda word: -abs(word[2]))
    found = found[:NUM_STRONGEST]
    if not found:
        return ""
    largest = abs(found[0][2]) or 1.0
    rows = []
    for start, end, share in found:
        side = "up" if share >= 0 else "down"
        bar = f'<div class="{side}" style="--w:{abs(share) / largest:.3f}"></div>'
        rows.append(
            f'<dt>{escape(explanation.text[start:end])}</dt><dd class="bar">{bar}</dd>'
            f'<dd class="value">{_signed(share)}</dd>'
        )
    return f'<h3>{escape(words["strongest"])}</h3><dl class="bars">{"".join(rows)}</dl>'


def _sum(explanation: Explanation, shares: Shares, decision: Decision, words: Wording) -> str:
    """Return the addition that makes the decision, in figures."""
    of_words = sum(share for *_, share in word_shares(explanation, shares))
    parts = {
        words["sum_words"]: of_words,
        words["sum_marks"]: float(shares.values.sum()) - of_words,
        words["sum_constant"]: shares.constant - decision.probed,
    }
    if decision.probed:
        parts[words["sum_probed"]] = decision.probed
    terms = " + ".join(
        f"<span>{escape(name)}</span> <b>{_signed(value)}</b>" for name, value in parts.items()
    )
    return (
        f"<h3>{escape(words['sum'])}</h3>"
        f'<p class="sum">{terms} = <b>{_signed(decision.log_odds)}</b> '
        f"<span>{escape(words['sum_total'])}</span> → <b>{100 * decision.probability:.1f} %</b></p>"
        f'<p class="help">{escape(words["sum_help"])}</p>'
    )


def _attention(explanation: Explanation, words: Wording) -> Iterator[str]:
    if not explanation.attention:
        content = f"<p><code>{escape(words['attention_command'])}</code></p>"
        yield _section(words["attention_title"], words["attention_missing"], content)
        return
    pieces = _pieces(explanation.text, explanation.window, explanation.window_offsets)
    chips = "".join(
        f'<button type="button" aria-pressed="false">{escape(piece)}</button>' for piece in pieces
    )
    labels = "".join(f"<li>{escape(piece)}</li>" for piece in pieces)
    mean_TS = np.mean([weight_TS for layer in explanation.attention for weight_TS in layer], axis=0)
    address = data_address(alpha_png(opacity_of(mean_TS)))
    size = len(explanation.window)
    wording = json.dumps({"looks": words["looks"]}, ensure_ascii=False)
    sheet = (
        f'<div class="large" tabindex="0"><div class="sheet" style="--n:{size}" '
        f'data-piece="{min(1, size - 1)}"><div class="corner"></div>'
        f'<ol class="columns">{labels}</ol><ol class="rows">{labels}</ol>'
        f'<div class="frame"><div class="map" '
        f'style="--image:url(\'{address}\')"></div><div class="row" hidden></div></div></div></div>'
    )
    yield _section(
        words["attention_title"],
        words["attention_help"] + _limit(explanation, words),
        f'<p class="help with-script">{escape(words["attention_choose"])}</p>'
        f'<p class="help without-script">{escape(words["attention_without_script"])}</p>'
        f'<div class="chips with-script">{chips}</div>'
        f'<h3 class="chosen">{escape(words["mean"])}</h3>'
        f'<p class="readout with-script" aria-live="polite"></p>{sheet}'
        f"{''.join(_maps(explanation.attention, mean_TS, words))}"
        f'<script type="application/json" id="wording">{wording}</script>',
    )


def _maps(
    layers: Sequence[NDArray[np.float32]], mean_TS: NDArray[np.float32], words: Wording
) -> Iterator[str]:
    """Yield the small maps: their mean, then every head, a row a layer."""
    yield f'<h3>{escape(words["mean"])}</h3><div class="heads">{_map(mean_TS, words["mean"])}</div>'
    for number, layer in enumerate(layers, start=1):
        heads = "".join(
            _map(weight_TS, words["head"].format(layer=number, head=head))
            for head, weight_TS in enumerate(layer, start=1)
        )
        title = escape(words["layer"].format(layer=number))
        yield f'<h3>{title}</h3><div class="heads">{heads}</div>'


def _map(weight_TS: NDArray[np.float32], name: str) -> str:
    address = data_address(alpha_png(opacity_of(weight_TS)))
    return (
        f'<button type="button" aria-pressed="false" data-name="{escape(name)}" '
        f'data-largest="{float(weight_TS.max()):.6f}" data-image="{address}">'
        f'<span class="frame"><span class="map" style="display:block;--image:url(\'{address}\')">'
        f'</span></span><span class="name">{escape(name)}</span></button>'
    )


def _pieces(text: str, tokens: Sequence[str], offsets: Sequence[tuple[int, int]]) -> list[str]:
    """Return what each token shows: its characters, a bare word start as a space, or its name."""
    return [
        text[start:end] or token.replace(WORD_START, "␣")
        for token, (start, end) in zip(tokens, offsets, strict=True)
    ]


def _table(explanation: Explanation, words: Wording) -> str:
    columns = {
        words["evidence"]: explanation.evidence,
        words["gradient"]: explanation.gradients,
    }
    known = {name: shares for name, shares in columns.items() if shares is not None}
    if not known:
        return ""
    heads = "".join(f'<th class="value" scope="col">{escape(name)}</th>' for name in known)
    rows = []
    pieces = _pieces(explanation.text, explanation.tokens, explanation.offsets)
    for index, (piece, span) in enumerate(zip(pieces, explanation.offsets, strict=True)):
        cells = "".join(
            f'<td class="value">{_cell(known[name], index, span)}</td>' for name in known
        )
        rows.append(f"<tr><td>{escape(piece)}</td><td>{span[0]}–{span[1]}</td>{cells}</tr>")
    return (
        f"<section><details><summary>{escape(words['table'])}</summary>"
        f'<div class="scroll"><table><thead><tr><th scope="col">{escape(words["piece"])}</th>'
        f'<th scope="col">{escape(words["place"])}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details></section>"
    )


def _signed(value: float, digits: int = 2) -> str:
    """Return a number with its sign, the minus as long as the plus.

    >>> _signed(-0.051), _signed(0.5, 1)
    ('−0.05', '+0.5')
    """
    return f"{value:+.{digits}f}".replace("-", "−")


def _cell(shares: Shares, index: int, span: tuple[int, int]) -> str:
    """Return the share of a token, or nothing where it was not under the lens."""
    is_seen = index < len(shares.offsets) and shares.offsets[index] == span
    return _signed(shares.values[index], 4) if is_seen else ""
