"""Which rows of own files are held out of training: one in ten, and something of every label.

Rows are chosen by the hash of their text, so that the same text is always on the same side. Where
that leaves a label with nothing to measure by, or with nothing to learn from, the text of it whose
hash comes next changes sides: a model of two labels is calibrated on held-out rows of both.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from madang.datasets.own.form import Form
from madang.datasets.own.label import count_names
from madang.datasets.split import hash_share
from madang.errors import DataError

RowT = TypeVar("RowT")
SHARE = 0.1
ALL_ROWS = None  # stands for a label that every row has


def held_out_sides(
    rows: Iterable[RowT], form: Form[RowT], *, names: Sequence[str], path: str
) -> frozenset[str]:
    """Return the texts (``form.side``) whose rows are held out; ``names`` are the labels'.

    At least one text of each label is, and one is not; ``form.least`` texts are at all. Raises
    ``DataError`` where there are too few different texts for that.
    """
    sides_of: dict[Hashable, set[str]] = defaultdict(set)
    for row in rows:
        for label in (ALL_ROWS, *form.labels(row)):
            sides_of[label].add(form.side(row))
    order = sorted(sides_of[ALL_ROWS], key=lambda side: (hash_share(side), side))
    held_out = {side for side in order if hash_share(side) < SHARE}
    # The rarest label first: what it needs can not be taken from elsewhere.
    for label, sides in sorted(sides_of.items(), key=lambda pair: len(pair[1])):
        least = form.least if label is ALL_ROWS else 1
        own = [side for side in order if side in sides]
        if len(sides & held_out) < least:
            held_out.update(own[:least])
        if sides <= held_out:
            held_out.discard(own[-1])
    lacking = {
        names[label] if isinstance(label, int) else label: len(sides)
        for label, sides in sides_of.items()
        if not sides & held_out or sides <= held_out
    }
    if lacking or not order:
        raise DataError(_too_few(lacking, num_texts=len(order), path=path))
    return frozenset(held_out)


def _too_few(lacking: dict[Hashable, int], *, num_texts: int, path: str) -> str:
    labels = {str(label): count for label, count in lacking.items() if label is not ALL_ROWS}
    what = (
        f"has too few different texts with some of its labels: {count_names(labels, 'text')}"
        if labels
        else f"has {num_texts} different text{'s' * (num_texts != 1)}"
    )
    return (
        f"{path} {what}. Of each label one text is learned from and another is held out, to "
        f"choose, calibrate and measure by. Add texts, at least two of each label, leave such "
        f'labels out, or name a file that is held out as a whole: validation = ["dev.csv"].'
    )
