"""What a kind of rows of an own file is: how a file is read, and what its rows are held to."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from madang.datasets.own.columns import Columns

RowT = TypeVar("RowT")
RowOut = TypeVar("RowOut", covariant=True)


@dataclasses.dataclass
class Notes:
    """What a reader notes of a file, besides its rows.

    ``left_out`` counts rows by why they say nothing ("without a text"). ``found`` numbers the names
    of the labels in the order in which they are met. ``changed`` counts what is read otherwise than
    it stands, by what it is and how it is read. ``wanted`` are the labels that a recipe or a
    model names, () where the file alone says what there is.
    """

    wanted: tuple[str, ...] = ()
    left_out: Counter[str] = dataclasses.field(default_factory=Counter)
    found: dict[str, int] = dataclasses.field(default_factory=dict)
    changed: Counter[str] = dataclasses.field(default_factory=Counter)

    def number(self, name: str) -> int:
        """Return the number of a label in this file; a new one has the next."""
        return self.found.setdefault(name, len(self.found))


class Reader(Protocol[RowOut]):
    """How the rows of a file are read, one by one.

    A row's labels are numbered by ``notes``. What says nothing is no row, but is counted in
    ``notes.left_out``. Raises ``DataError`` for what can not be read.
    """

    def __call__(self, path: Path, columns: Columns, notes: Notes) -> Iterator[RowOut]: ...


def no_labels(row: Any) -> tuple[Hashable, ...]:
    """Return what labels a row has, of a kind that has none."""
    return ()


def as_it_is(row: RowT, numbers: Sequence[int]) -> RowT:
    """Return a row of a kind whose labels have no numbers."""
    return row


@dataclasses.dataclass(frozen=True, kw_only=True)
class Form(Generic[RowT]):
    """One kind of rows.

    ``kind``: their class. ``read``: as ``Reader``. ``side``: the text by whose hash a row is held
    out; rows with the same are on the same side. ``asked``: what is asked, so that two rows that
    ask the same and answer otherwise contradict each other; ``answer``: what the row answers.
    ``labels``: which labels it has, each of which needs rows on both sides. ``relabel``: the row
    with the numbers in another order, ``numbers[old]``. ``least``: how many different texts a
    figure needs.
    """

    kind: type[RowT]
    read: Reader[RowT]
    side: Callable[[RowT], str]
    asked: Callable[[RowT], Hashable]
    answer: Callable[[RowT], Hashable]
    labels: Callable[[RowT], tuple[Hashable, ...]] = no_labels
    relabel: Callable[[RowT, Sequence[int]], RowT] = as_it_is
    least: int = 1

    @property
    def is_numbered(self) -> bool:
        """Whether rows have their labels by number; else by name, or none at all."""
        return self.relabel is not as_it_is
