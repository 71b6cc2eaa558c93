"""A Unigram tokenizer with fewer pieces: those that given languages or texts need.

A vocabulary for a hundred languages is mostly pieces that a Korean community never writes, and
nine of ten parameters of a small encoder are their vectors. What is kept: the special tokens; the
pieces that the texts use often enough, written in the letters of the languages; each single
character that the texts use at all; and each single character of the alphabets that must stay
(Hangul syllables and letters, ASCII, emoji), so that no text of a community becomes unknown. A text
whose pieces are all kept is cut as before: the scores stay, and the best path with them. (Abdaoui
2020, "Load What You Need", prunes so.)
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from madang.errors import SettingError
from madang.suggestion import did_you_mean
from madang.text.tokenizer import WORD_START, Tokenizer

BATCH = 1000
Ranges = tuple[tuple[int, int], ...]
HANGUL: Ranges = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3))
LATIN: Ranges = ((0x41, 0x5A), (0x61, 0x7A))
CYRILLIC: Ranges = ((0x0400, 0x052F),)
KANA: Ranges = ((0x3040, 0x30FF), (0x31F0, 0x31FF))
HAN: Ranges = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))
# Latin letters with marks, of the languages of Europe and of Vietnam.
MARKED_LATIN: Ranges = (*LATIN, (0xC0, 0x024F), (0x1E00, 0x1EFF))
# The letters of a language; signs, digits and emoji belong to each.
LANGUAGES: dict[str, Ranges] = {
    "ko": HANGUL,
    "en": LATIN,
    "ja": (*KANA, *HAN),
    "zh": HAN,
    "ru": CYRILLIC,
    "vi": MARKED_LATIN,
    "es": MARKED_LATIN,
    "fr": MARKED_LATIN,
    "de": MARKED_LATIN,
    "pt": MARKED_LATIN,
    "id": LATIN,
    "th": ((0x0E00, 0x0E7F),),
}
# Single characters that stay whatever the languages: what a Korean keyboard writes, and emoji.
ALPHABETS: Ranges = (
    *HANGUL,
    *((0x20, 0x7E), (0xA0, 0xBF), (0x2000, 0x206F), (0x2190, 0x2BFF), (0x3000, 0x303F)),
    *((0xFE0F, 0xFE0F), (0x1F000, 0x1FAFF)),
)


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """A smaller tokenizer, and the old id of each of its tokens."""

    tokenizer: Tokenizer
    old_ids: list[int]


def count_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[int]:
    """Return how often each token of a tokenizer occurs in texts."""
    counts: Counter[int] = Counter()
    remaining = iter(texts)
    while batch := list(islice(remaining, BATCH)):
        for ids in tokenizer.encode_ids(batch):
            counts.update(ids)
    return counts


def prune(
    tokenizer: Tokenizer,
    *,
    languages: Sequence[str] = (),
    counts: Counter[int] | None = None,
    least: int = 1,
) -> Pruned:
    """Return a tokenizer with the pieces in the letters of ``languages``, and used often enough.

    Without ``languages`` letters do not matter; without ``counts`` of texts use does not.

    Raises ``SettingError`` for a tokenizer that is no Unigram, an unknown language, and where
    neither says what to keep.
    """
    if not languages and counts is None:
        raise SettingError("Say what to keep: languages, such as ko en, or texts that are written.")
    content = json.loads(tokenizer.to_json())
    model = content["model"]
    if model.get("type") != "Unigram":
        raise SettingError(
            f"The tokenizer is a {model.get('type')}; only a Unigram can lose pieces. Train a "
            f"tokenizer of your own instead: a recipe with [vocabulary]."
        )
    special = {token["id"] for token in content["added_tokens"]}
    is_written = _letters_of(languages)
    pieces = [piece for piece, _ in model["vocab"]]

    # A letter may be used in longer pieces alone, which are not kept.
    used = {letter for index in counts or () for letter in pieces[index]}

    def is_kept(index: int, piece: str) -> bool:
        if index in special or must_stay(piece):
            return True
        if counts is None:
            return is_written(piece)
        letter = piece.removeprefix(WORD_START)
        if len(letter) < 2:
            return letter in used
        return counts[index] >= least and is_written(piece)

    old_ids = [index for index, piece in enumerate(pieces) if is_kept(index, piece)]
    return Pruned(tokenizer=_with_pieces(content, old_ids), old_ids=old_ids)


def must_stay(piece: str) -> bool:
    """Say whether a piece is one character of an alphabet that stays, alone or as a word's start.

    >>> must_stay("▁가"), must_stay("▁"), must_stay("가다"), must_stay("ж")
    (True, True, False, False)
    """
    letter = piece.removeprefix(WORD_START)
    return len(letter) < 2 and all(_lies_in(each, ALPHABETS) for each in letter)


def unknown_share(tokenizer: Tokenizer, texts: Sequence[str]) -> float:
    """Return the share of the characters of texts, white space left out, that become unknown."""
    num_unknown = num_all = 0
    for text, encoding in zip(texts, tokenizer.encode(texts), strict=True):
        num_all += sum(not each.isspace() for each in text)
        for index, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
            if index == tokenizer.unk_id:
                num_unknown += end - start
    return num_unknown / max(1, num_all)


def _letters_of(languages: Sequence[str]) -> Callable[[str], bool]:
    """Return what tells whether all letters of a piece belong to some languages."""
    unknown = [each for each in languages if each not in LANGUAGES]
    if unknown:
        known = f"Known are {', '.join(LANGUAGES)}; for others give texts."
        hint = did_you_mean(unknown[0], LANGUAGES, otherwise=known)
        raise SettingError(f"There is no language {unknown[0]!r}. {hint}")
    letters = tuple(each for name in languages for each in LANGUAGES[name])

    def is_written(piece: str) -> bool:
        return not letters or all(
            _lies_in(each, letters)
            for each in piece.removeprefix(WORD_START)
            if unicodedata.category(each)[0] in "LM"
        )

    return is_written


def _lies_in(letter: str, ranges: Ranges) -> bool:
    return any(first <= ord(letter) <= last for first, last in ranges)


def _with_pieces(content: dict[str, object], old_ids: Sequence[int]) -> Tokenizer:
    """Return the tokenizer of a ``tokenizer.json`` with some of its pieces, numbered anew."""
    changed = json.loads(json.dumps(content))
    new_ids = {old: new for new, old in enumerate(old_ids)}
    model = changed["model"]
    model["vocab"] = [model["vocab"][index] for index in old_ids]
    model["unk_id"] = new_ids[model["unk_id"]]
    for token in changed["added_tokens"]:
        token["id"] = new_ids[token["id"]]
    for token in (changed["post_processor"] or {}).get("special_tokens", {}).values():
        token["ids"] = [new_ids[index] for index in token["ids"]]
    return Tokenizer(json.dumps(changed, ensure_ascii=False))
