"""The names of labels as they stand in a file, and how those of a file and of a model meet."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from madang.datasets.table.reader import as_text, is_missing
from madang.errors import DataError

# 1, -1 and 1.0, which programs write for 1 where a column has gaps. 007 is a code and stays.
WHOLE = re.compile(r"([+-]?)(0|[1-9][0-9]*)(?:\.0*)?")
# What has more names is no column of labels; the second, of many rows to a name, tells it early.
MOST_LABELS = 500
FEW_LABELS, LEAST_ROWS_EACH = 20, 3
# Words for nothing that people give to a label of their own.
NOTHING_FOUND = frozenset({"none", "na", "nil"})


def label_name(cell: Any) -> str:
    """Return the name of a label; 1.0 and 1 are the same.

    >>> [label_name(cell) for cell in (" 긍정 ", 1, 1.0, "1.0", "-1", True, "007", None)]
    ['긍정', '1', '1', '1', '-1', 'True', '007', '']
    """
    text = as_text(cell).strip()
    whole = WHOLE.fullmatch(text)
    if whole is None:
        return text
    sign, digits = whole.groups()
    return f"-{digits}" if sign == "-" and digits != "0" else digits


def is_unlabelled(name: str) -> bool:
    """Say whether a label's cell holds nothing, or a word that programs write for nothing.

    >>> is_unlabelled("NaN"), is_unlabelled("none")
    (True, False)
    """
    return is_missing(name) and name.lower() not in NOTHING_FOUND


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in order: numbers by their value, then words.

    >>> in_order(["10", "나", "9", "가", "-1"])
    ('-1', '9', '10', '가', '나')
    """
    return tuple(sorted(set(names), key=lambda name: (_value(name), name)))


def match(counts: Mapping[str, int], labels: Sequence[str], *, path: object) -> dict[str, int]:
    """Return for each name in a file the index of its label among ``labels``.

    Names meet by name. Where none of a file's is among them and all are whole numbers from 0 on,
    they are the labels' indices. Raises ``DataError`` for a name without a label, with how many
    rows have it.

    >>> match({"0": 3, "1": 4}, ("ordinary", "ad"), path="a.csv")
    {'0': 0, '1': 1}
    """
    index = {name: number for number, name in enumerate(labels)}
    numbers = {str(number): number for number in range(len(labels))}
    if not index.keys() & counts.keys() and counts.keys() <= numbers.keys():
        index = numbers
    unknown = {name: count for name, count in counts.items() if name not in index}
    if unknown:
        raise DataError(
            f"{path} has labels that are none of {listed(labels)}: {count_names(unknown)}. Name "
            f"them so in the file, or leave out what bears them."
        )
    return {name: index[name] for name in counts}


def check_number(counts: Mapping[str, int], *, path: object) -> None:
    """Raise ``DataError`` for a column that holds ids, scores or texts, by how many there are."""
    num_rows = sum(counts.values())
    is_hardly_repeated = len(counts) > FEW_LABELS and num_rows < LEAST_ROWS_EACH * len(counts)
    if len(counts) > MOST_LABELS or is_hardly_repeated:
        raise DataError(
            f"{path} has {len(counts):,} different labels in {num_rows:,} rows "
            f"({listed(list(counts))}). That looks like ids, scores or texts: labels are at most "
            f"{MOST_LABELS}, and most of them stand in many rows. Name the column of labels: label "
            f'= "NAME" in [table] of a recipe, --label NAME on the command line.'
        )


def count_names(counts: Mapping[str, int], what: str = "row") -> str:
    """Return names with their counts, the most frequent first, as words.

    >>> count_names({"가": 1, "나": 12})
    '나 (12 rows), 가 (1 row)'
    """
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    named = [f"{name} ({count:,} {what}{'s' * (count != 1)})" for name, count in ordered]
    return _shortened(named)


def listed(names: Sequence[str]) -> str:
    """Return names as words, the first of many."""
    return _shortened([name[:40] for name in names])


def _shortened(words: Sequence[str], *, most: int = 8) -> str:
    rest = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + rest


def _value(name: str) -> float:
    try:
        value = float(name)
    except ValueError:
        return math.inf
    return math.inf if math.isnan(value) else value
