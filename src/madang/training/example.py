"""Labelled texts, from data sets by name and files by path, as token ids."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from madang.datasets import registry, table
from madang.datasets.card import LabelledText
from madang.errors import DataError
from madang.text.tokenizer import Tokenizer
from madang.training.objectives.classification import LabelledExample


@dataclasses.dataclass(frozen=True, kw_only=True)
class Corpus:
    """The texts of one split as token ids, and their classes (N,)."""

    rows: list[list[int]]
    labels: NDArray[np.int64]

    def examples(self, targets: NDArray[np.float64] | None = None) -> list[LabelledExample]:
        """Pair every text with its class, or with the softer ``targets`` (N, C)."""
        labels = self.labels.tolist() if targets is None else targets.tolist()
        return [
            LabelledExample(ids=row, label=label)
            for row, label in zip(self.rows, labels, strict=True)
        ]


def encode(tokenizer: Tokenizer, texts: Sequence[LabelledText], *, max_length: int) -> Corpus:
    """Turn texts into tokens, at most ``max_length`` of each."""
    encodings = tokenizer.encode([row.text for row in texts], max_length=max_length)
    return Corpus(
        rows=[encoding.ids for encoding in encodings],
        labels=np.array([row.label for row in texts], np.int64),
    )


def load_data(names: Sequence[str], split: str) -> list[LabelledText]:
    """Read one split of data sets by name and of files by path, one after the other."""
    rows: list[LabelledText] = []
    for name in names:
        is_file = name.endswith(table.SUFFIXES)
        rows += (
            table.load_table(Path(name), split) if is_file else registry.load_labelled(name, split)
        )
    if not rows:
        named = ", ".join(names) or "An empty list of data"
        raise DataError(f"{named} has no rows in {split!r}. Give more data.")
    return rows


def label_names(names: Sequence[str], rows: Sequence[LabelledText]) -> tuple[str, ...]:
    """Return the labels of the first data set that names them, else of the numbers found.

    Raises ``DataError`` when a row has a label beyond those.
    """
    sets = [name for name in names if not name.endswith(table.SUFFIXES)]
    named = registry.find_card(sets[0]).labels if sets else None
    largest = max(row.label for row in rows)
    labels = named or tuple(str(number) for number in range(largest + 1))
    if largest >= len(labels):
        raise DataError(
            f"There is a label {largest}, but {', '.join(names)} names only {len(labels)}: "
            f"{', '.join(labels)}. Give labels from 0 to {len(labels) - 1}."
        )
    return labels
