"""The rows a recipe names: of data sets by name and of files by path, one after the other."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from madang.datasets import labelled_file, registry
from madang.datasets.card import Document, LabelledText, MultiLabelText
from madang.errors import DataError

RowT = TypeVar("RowT")


def is_file(name: str) -> bool:
    """Say whether a recipe's data is a file by its path, not a data set by its name.

    >>> is_file("nsmc"), is_file("mine/decisions.csv")
    (False, True)
    """
    return name.endswith(labelled_file.SUFFIXES)


def load_rows(
    names: Sequence[str],
    split: str,
    *,
    kind: type[RowT],
    read_file: Callable[[Path, str], Sequence[RowT]] | None = None,
) -> list[RowT]:
    """Read one split of data sets by name and of files by path; every row is of ``kind``.

    ``read_file`` reads a split of a file; without it there are no files of such rows. Raises
    ``DataError`` for rows of another kind and when there is none.
    """
    rows: list[RowT] = []
    for name in names:
        if is_file(name) and read_file is not None:
            rows += read_file(Path(name), split)
            continue
        found = registry.load(name, split)
        fitting = [row for row in found if isinstance(row, kind)]
        if len(fitting) != len(found):
            raise DataError(
                f"{name} holds rows of another kind ({type(found[0]).__name__}), not "
                f"{kind.__name__}. Choose another data set or another task."
            )
        rows += fitting
    if not rows:
        named = ", ".join(names) or "An empty list of data"
        raise DataError(f"{named} has no rows in {split!r}. Give more data.")
    return rows


def load_data(names: Sequence[str], split: str) -> list[LabelledText]:
    """Read the labelled texts of one split of data sets by name and of files by path."""
    return load_rows(names, split, kind=LabelledText, read_file=labelled_file.load_table)


def load_texts(name: str, split: str, *, limit: int) -> list[str]:
    """Return the first ``limit`` texts of a split of a data set, labelled or not.

    Raises ``DataError`` for rows that are no single texts, and when there is none.
    """
    texts: list[str] = []
    for row in itertools.islice(registry.stream(name, split), limit):
        if not isinstance(row, Document | LabelledText | MultiLabelText):
            raise DataError(
                f"{name} holds rows of another kind ({type(row).__name__}); single texts are "
                f"needed. Choose another data set."
            )
        texts.append(row.text)
    if not texts:
        raise DataError(f"{name} has no rows in {split!r}. Choose another split.")
    return texts


def label_names(names: Sequence[str], rows: Sequence[LabelledText]) -> tuple[str, ...]:
    """Return the labels of the first data set that names them, else of the numbers found.

    Raises ``DataError`` when a row has a label beyond those, and when there is only one.
    """
    named = card_labels(names)
    largest = max(row.label for row in rows)
    labels = named or tuple(str(number) for number in range(largest + 1))
    if largest >= len(labels):
        raise DataError(
            f"There is a label {largest}, but {', '.join(names)} names only {len(labels)}: "
            f"{', '.join(labels)}. Give labels from 0 to {len(labels) - 1}."
        )
    if len(labels) < 2:
        raise DataError(
            f"Every row of {', '.join(names)} has the label {labels[0]}; there is nothing to tell "
            f"apart. Give rows of two labels or more."
        )
    return labels


def card_labels(names: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of the first data set by name, () where all are files."""
    sets = [name for name in names if not is_file(name)]
    return registry.find_card(sets[0]).labels if sets else ()
