"""Own files with two texts a row, and what holds between them: a label, a score, or likeness."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from madang.datasets.card import TextPair
from madang.datasets.own.columns import Columns
from madang.datasets.own.form import Form, Notes
from madang.datasets.own.label import is_unlabelled, label_name
from madang.datasets.table.reader import as_text, is_missing, read_records
from madang.errors import DataError

# What the label of a pair is called in a file of pairs that belong together and nothing else.
TOGETHER = "same"
# A correlation of fewer pairs says nothing at all.
LEAST_SCORED = 3


def read_labelled(path: Path, columns: Columns, notes: Notes) -> Iterator[TextPair]:
    """Yield pairs by the columns ``first``, ``second`` and ``label``."""
    for _, pair, cell in _pairs(path, columns, notes, columns.label, "label"):
        label = label_name(cell)
        if is_unlabelled(label):
            notes.left_out["without a label"] += 1
        else:
            yield TextPair(*pair, label=notes.number(label))


def read_scored(path: Path, columns: Columns, notes: Notes) -> Iterator[TextPair]:
    """Yield pairs by the columns ``first``, ``second`` and ``score``.

    Raises ``DataError`` for a score that is no number.
    """
    for line, pair, cell in _pairs(path, columns, notes, columns.score, "score"):
        text = as_text(cell)
        if is_missing(text):
            notes.left_out["without a score"] += 1
            continue
        try:
            score = float(text)
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise DataError(
                f"{path}, line {line}: the score is {text!r}; it must be a number such as 3.5. For "
                f'pairs with labels give the column label and task = "pair_classification".'
            )
        yield TextPair(*pair, label=score)


def read_together(path: Path, columns: Columns, notes: Notes) -> Iterator[TextPair]:
    """Yield pairs that belong together, by the columns ``first`` and ``second`` alone."""
    for _, pair, _ in _pairs(path, columns, notes, columns.first, "first"):
        yield TextPair(*pair, label=notes.number(TOGETHER))


def _pairs(
    path: Path, columns: Columns, notes: Notes, column: str, role: str
) -> Iterator[tuple[int, tuple[str, str], Any]]:
    """Yield the line, the two texts and the cell of one further column of each row."""
    names = {"first": columns.first, "second": columns.second, role: column}
    for line, record in read_records(path, columns, names):
        pair = as_text(record["first"]), as_text(record["second"])
        if any(map(is_missing, pair)):
            notes.left_out["without one of the two texts"] += 1
        else:
            yield line, pair, record[role]


def _side(row: TextPair) -> str:
    """Return the two texts in one order, so that a pair and its mirror image are together."""
    return "\n".join(sorted((row.first, row.second)))


def _asked(row: TextPair) -> tuple[str, str]:
    return row.first, row.second


LABELLED_PAIR = Form(
    kind=TextPair,
    read=read_labelled,
    side=_side,
    asked=_asked,
    answer=lambda row: row.label,
    labels=lambda row: (int(row.label),),
    relabel=lambda row, numbers: dataclasses.replace(row, label=numbers[int(row.label)]),
)
SCORED_PAIR = Form(
    kind=TextPair,
    read=read_scored,
    side=_side,
    asked=_asked,
    answer=lambda row: row.label,
    least=LEAST_SCORED,
)
PAIR_TOGETHER = dataclasses.replace(LABELLED_PAIR, read=read_together)
