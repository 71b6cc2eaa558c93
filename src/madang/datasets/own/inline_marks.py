"""Texts whose entities are marked within them: ``<서울:LOC>에 산다``.

A type is two capitals or more, digits, - and _ behind the first; or one of those that are named.
Whatever else stands in angle brackets is text, but what may be either is refused: a bracket of a
type that was not closed, a mark in a mark, a word in small letters or Hangul where a type stands.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from madang.errors import DataError
from madang.text.markup import Span, read_marked

CAPITALS = r"[A-Z][A-Z0-9_-]+"
_ANY_TYPE = re.compile(r"<[^<>]*:([^\W\d][\w-]*)>")
SHOWN = 60


class Marked(NamedTuple):
    """A text with its marks; ``place`` is the file and the line where it stands."""

    place: str
    text: str


def has_marks(text: str, types: Sequence[str]) -> bool:
    """Say whether a text has an entity marked in it, or what may be one.

    >>> has_marks("<서울:LOC>에", ()), has_marks("<b>서울: 산다</b>", ())
    (True, False)
    """
    may_be_one = not types and _ANY_TYPE.search(text) is not None
    return may_be_one or bool(read_marked(text, type=_type(types))[1])


def read_texts(
    texts: Iterable[Marked], types: Sequence[str]
) -> Iterator[tuple[str, str, list[Span]]]:
    """Yield place, text without marks and entities; ``types`` are those that are named, if any.

    Raises ``DataError`` for what may be a mark or text.
    """
    texts = list(texts)
    pattern = _type(types)
    read = [(each, *read_marked(each.text, type=pattern)) for each in texts]
    known = {*types, *(type for *_, spans in read for *_, type in spans)}
    for marked, text, spans in read:
        if not types:
            _check_types(marked, pattern)
        _check_closed(marked, text, pattern, known)
        yield marked.place, text, spans


def _type(types: Sequence[str]) -> str:
    named = [re.escape(type) for type in sorted(types, key=len, reverse=True)]
    return "|".join([*named, CAPITALS])


def _check_types(marked: Marked, pattern: str) -> None:
    for match in _ANY_TYPE.finditer(marked.text):
        if not re.fullmatch(pattern, match[1]):
            raise DataError(
                f"{marked.place}: {match[0][:SHOWN]!r} may be an entity of the type {match[1]!r} "
                f"or text. Name the types, in a recipe below [tagging]: "
                f'labels = ["PER", "LOC"]. Or write them in capitals, as in <서울:LOC>.'
            )


def _check_closed(marked: Marked, text: str, pattern: str, known: set[str]) -> None:
    """Refuse half of a mark, which is what is left of a mark in a mark too."""
    opened = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    halves = [rf":(?:{pattern})>"]  # what stands before it is no part: it would be read over again
    if known:
        halves.append(rf"<[^<>]*:(?:{opened})(?![A-Za-z0-9_>-])")
    half = re.search("|".join(halves), text)
    if half:
        shown = text[max(0, half.start() - SHOWN) : half.end()].split()[-1]
        raise DataError(
            f"{marked.place}: {shown[:SHOWN]!r} is half of a mark, or holds another mark. "
            f"Entities are marked as in <서울:LOC>, none within another. Texts that hold such "
            f"signs themselves are given with a list of entities: "
            f'{{"text": "…", "entities": [[0, 2, "LOC"]]}}, one a line.'
        )
