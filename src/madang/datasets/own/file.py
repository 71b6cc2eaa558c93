"""An own file, read: its rows, the names of their labels, and what there is to say of them."""

import dataclasses
from collections import Counter
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from madang.datasets.own.columns import Columns
from madang.datasets.own.form import Form, Notes
from madang.datasets.own.label import check_number
from madang.errors import DataError

RowT = TypeVar("RowT")


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnFile(Generic[RowT]):
    """The rows of a file, in its order, whose labels are the numbers of ``names``.

    ``counts``: how many rows have each label, by its name. ``left_out``: how many rows say nothing,
    by why. ``changed``: how much is read otherwise than it stands, by how. ``num_repeated`` rows
    repeat an earlier one, ``num_contradicted`` texts have several different answers.
    """

    path: str
    rows: list[RowT]
    names: tuple[str, ...]
    counts: Counter[str]
    left_out: Counter[str]
    changed: Counter[str]
    num_repeated: int
    num_contradicted: int

    def remarks(self) -> Iterator[str]:
        """Yield what a person should know of the file, a sentence each."""
        if self.left_out:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.left_out.items())
            total = self.left_out.total()
            yield f"{self.path}: {total:,} row{'s' * (total != 1)} left out ({reasons})."
        for how, count in (+self.changed).items():
            yield f"{self.path}: {how}: {count:,}."
        if self.num_repeated:
            yield f"{self.path}: {self.num_repeated:,} rows repeat an earlier one; they are kept."
        if self.num_contradicted:
            yield (
                f"{self.path}: {self.num_contradicted:,} texts stand in several rows with "
                f"different answers; all are kept."
            )


def read_file(
    path: Path, form: Form[RowT], columns: Columns, *, wanted: tuple[str, ...] = ()
) -> OwnFile[RowT]:
    """Read a file; ``wanted`` are the labels that a recipe or a model names.

    Raises ``DataError`` for what can not be read, a file without rows that say something, and
    labels that are none.
    """
    notes = Notes(wanted=wanted)
    rows = list(form.read(Path(path), columns, notes))
    names = tuple(notes.found)
    counts = Counter(
        names[label] if isinstance(label, int) else str(label)
        for row in rows
        for label in form.labels(row)
    )
    if not rows:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in notes.left_out.items())
        raise DataError(
            f"{path} has no row to use{f' (left out: {reasons})' if reasons else ''}. Give a file "
            f"with a line of names and rows below it."
        )
    check_number(counts, path=path)
    num_repeated, num_contradicted = _compare(rows, form)
    return OwnFile(
        path=str(path),
        rows=rows,
        names=names,
        counts=counts,
        left_out=notes.left_out,
        changed=notes.changed,
        num_repeated=num_repeated,
        num_contradicted=num_contradicted,
    )


def _compare(rows: list[RowT], form: Form[RowT]) -> tuple[int, int]:
    """Return how many rows repeat an earlier one, and how many questions have several answers."""
    answers: dict[Hashable, set[Hashable]] = {}
    num_repeated = 0
    for row in rows:
        known = answers.setdefault(form.asked(row), set())
        num_repeated += form.answer(row) in known
        known.add(form.answer(row))
    return num_repeated, sum(len(known) > 1 for known in answers.values())
