"""Entities as one tag a position, and back: B begins one, I goes on with it, O is outside.

Source: Ramshaw and Marcus 1995 (chunks as tags), in the form with B at every beginning (IOB2).
"""

from collections.abc import Iterable, Sequence

OUTSIDE = "O"

# (start, end, type): positions, the end excluded.
Span = tuple[int, int, str]


def tag_names(types: Sequence[str]) -> tuple[str, ...]:
    """Return the tags of entity types, "outside" first.

    >>> tag_names(["PER", "ORG"])
    ('O', 'B-PER', 'I-PER', 'B-ORG', 'I-ORG')
    """
    return (OUTSIDE, *(f"{place}-{type}" for type in types for place in "BI"))


def entity_types(names: Sequence[str]) -> tuple[str, ...]:
    """Return the types that tags tell apart.

    >>> entity_types(["O", "B-PER", "I-PER", "B-ORG", "I-ORG"])
    ('PER', 'ORG')
    """
    return tuple(name.removeprefix("B-") for name in names if name.startswith("B-"))


def tags_of(spans: Iterable[Span], num_positions: int, names: Sequence[str]) -> list[int]:
    """Return the number of each position's tag; spans do not overlap.

    >>> tags_of([(1, 3, "PER")], 4, tag_names(["PER"]))
    [0, 1, 2, 0]
    """
    number = {name: index for index, name in enumerate(names)}
    tags = [number[OUTSIDE]] * num_positions
    for start, end, type in spans:
        tags[start:end] = [number[f"I-{type}"]] * (end - start)
        tags[start] = number[f"B-{type}"]
    return tags


def spans_of(tags: Iterable[int], names: Sequence[str]) -> list[Span]:
    """Return the entities in a sequence of tags.

    An I that continues no entity of its type begins one, as in the CoNLL-2000 script: a classifier
    without transitions may predict such tags.

    >>> spans_of([0, 1, 2, 1, 0, 2], tag_names(["PER"]))
    [(1, 3, 'PER'), (3, 4, 'PER'), (5, 6, 'PER')]
    """
    spans: list[Span] = []
    for position, tag in enumerate(tags):
        place, _, type = names[tag].partition("-")
        if place == OUTSIDE:
            continue
        goes_on = bool(spans) and spans[-1][1:] == (position, type)
        if place == "I" and goes_on:
            spans[-1] = (spans[-1][0], position + 1, type)
        else:
            spans.append((position, position + 1, type))
    return spans
