"""Tags of tokens as entities, in every notation of places: IOB1, IOB2, BIOES, BILOU, BMES.

A tag says the place in the entity and its type, in either order: ``B-PER``, ``PER_B``. O and - are
outside. An entity that begins without its beginning (I- after O) begins there all the same, as in
the script of CoNLL-2000, and is counted.
Sources: Ramshaw and Marcus 1995 (IOB1), Ratinov and Roth 2009 (BILOU).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from madang.errors import DataError

OUTSIDE = frozenset({"O", "-"})
# Each place as one of: begins, goes on, ends, stands alone.
PLACES = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S"}
SCHEMES = ("BIES", "BILU", "BMES")
_FORMS = (
    re.compile(r"(?P<place>[BIMELSU])[-_](?P<type>.+)"),
    re.compile(r"(?P<type>.+)[-_](?P<place>[BIMELSU])"),
)
# How the columns of lines without names are named.
HEADER = '--header token tag other (in a recipe, below [table]: header = ["token", "tag", "other"])'
# (first token, token behind the last, type)
TokenSpan = tuple[int, int, str]


class Tag(NamedTuple):
    """A tag: its place, one of O, B, I, E, S, and its type."""

    place: str
    type: str


def is_tag(text: str) -> bool:
    """Say whether a word may be a tag.

    >>> is_tag("B-PER"), is_tag("PER_I"), is_tag("-"), is_tag("NNP")
    (True, True, True, False)
    """
    return text in OUTSIDE or any(form.fullmatch(text) for form in _FORMS)


def read_tags(places: Mapping[str, str], *, path: object = "") -> dict[str, Tag]:
    """Return what the tags of a file say; ``places`` has each with the place where it first stands.

    Raises ``DataError`` for a tag that is none, for tags in several orders or schemes.

    >>> read_tags({"PER_B": "line 1", "-": "line 2"})
    {'PER_B': Tag(place='B', type='PER'), '-': Tag(place='O', type='')}
    """
    named = [tag for tag in places if tag not in OUTSIDE]
    fitting = [form for form in _FORMS if all(form.fullmatch(tag) for tag in named)]
    if len(fitting) != 1 and named:
        raise DataError(f"{path}{_unreadable(named, places, num_forms=len(fitting))}")
    found = {tag: fitting[0].fullmatch(tag) for tag in named}
    letters = {match["place"] for match in found.values() if match}
    if not any(letters <= set(scheme) for scheme in SCHEMES):
        raise DataError(
            f"{path}: the tags mix the places {', '.join(sorted(letters))}. Known are B and I; B, "
            f"I, E and S; B, I, L and U; B, M, E and S. Write all in one scheme."
        )
    tags = {
        tag: Tag(PLACES[match["place"]], match["type"]) for tag, match in found.items() if match
    }
    return {tag: tags.get(tag, Tag("O", "")) for tag in places}


def _unreadable(named: Sequence[str], places: Mapping[str, str], *, num_forms: int) -> str:
    """Return what to say of tags that have no form in common, or two."""
    if num_forms:
        listed = ", ".join(named[:5])
        return (
            f": the tags ({listed}) can be read from the front and from the back. Rename the "
            f"types: a type does not end as a place does (-B, _I)."
        )
    first = _FORMS[0] if _FORMS[0].fullmatch(named[0]) else _FORMS[1]
    other = next(tag for tag in named if not first.fullmatch(tag))
    return (
        f", {places[other]}: the tag is {other!r}; it must be O (or -), or a place and a type in "
        f"one order throughout: B-PER and I-PER, or PER_B and PER_I. If another column is the tag, "
        f"name the columns in order: {HEADER}."
    )


def is_iob1(sentences: Iterable[Sequence[Tag]]) -> bool:
    """Say whether B- stands only where an entity meets another of its type, as in IOB1.

    >>> is_iob1([[Tag("I", "PER"), Tag("B", "PER")]]), is_iob1([[Tag("B", "PER")]])
    (True, False)
    """
    for tags in sentences:
        before = Tag("O", "")
        for tag in tags:
            if tag.place in "ES" or (tag.place == "B" and tag.type != before.type):
                return False
            before = tag
    return True


def token_spans(tags: Sequence[Tag]) -> tuple[list[TokenSpan], int]:
    """Return the entities of a sentence, and how many of them had no beginning.

    >>> token_spans([Tag("B", "PER"), Tag("I", "PER"), Tag("I", "LOC"), Tag("S", "LOC")])
    ([(0, 2, 'PER'), (2, 3, 'LOC'), (3, 4, 'LOC')], 1)
    """
    spans: list[TokenSpan] = []
    num_unbegun = 0
    is_open = False
    for position, (place, type) in enumerate(tags):
        goes_on = is_open and place in "IE" and spans[-1][2] == type
        is_open = place in "BI"
        if place == "O":
            continue
        if goes_on:
            spans[-1] = (spans[-1][0], position + 1, type)
        else:
            num_unbegun += place in "IE"
            spans.append((position, position + 1, type))
    return spans, num_unbegun
