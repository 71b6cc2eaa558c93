"""The rows a recipe names: of data sets by name and of own files by path, one after the other."""

import dataclasses
import itertools
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from madang.datasets import registry
from madang.datasets.card import Document, LabelledText, MultiLabelText
from madang.datasets.mixture import Labelling, Part, chosen
from madang.datasets.own.columns import COLUMNS, Columns
from madang.datasets.own.document import DOCUMENT
from madang.datasets.own.file import OwnFile, read_file
from madang.datasets.own.form import Form
from madang.datasets.own.holdout import held_out_sides
from madang.datasets.own.label import in_order, match
from madang.datasets.own.labelled import LABELLED
from madang.datasets.own.multi_label import MULTI_LABEL
from madang.datasets.split import is_held_out
from madang.datasets.table.reader import as_text, is_missing, is_path, open_table, read_records
from madang.errors import DataError, EmptyDataError, SettingError

LOGGER = logging.getLogger("madang.datasets")
RowT = TypeVar("RowT")
TRAIN, VALIDATION, ALL = "train", "validation", "all"
FILE_SPLITS = (TRAIN, VALIDATION, ALL)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source(Generic[RowT]):
    """Data sets and own files that a task learns from or is measured on, together.

    ``names``: data sets by name and files by path. ``form``: what their rows are. ``columns``: how
    the files are read. ``validation``: further data that is held out as a whole; where there is
    none, one text in ten of the files is, and something of each label. ``wanted``: the labels that
    a recipe or a model names; without them those of the data sets, else those of the files.
    ``mixture``: how some of the data is taken, by its name.

    A file is read once, when its rows are first asked for; what there is to say of it is logged.
    """

    names: tuple[str, ...]
    form: Form[RowT]
    columns: Columns = COLUMNS
    validation: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    mixture: Mapping[str, Part] = dataclasses.field(default_factory=dict)

    def rows(self, split: str, *, of: Sequence[str] = ()) -> list[RowT]:
        """Return the rows of one split, of all the data or of those names alone.

        Raises ``SettingError`` for an unknown split or data set, ``DataError`` for what can not be
        read, for rows of another kind or with other labels, and ``EmptyDataError`` for no row.
        """
        names = of or (self.validation if split == VALIDATION else ()) or self.names
        rows = [row for name in names for row in self.rows_of(name, split)]
        if not rows:
            named = ", ".join(names) or "An empty list of data"
            raise EmptyDataError(f"{named} has no rows in {split!r}. Give more data.")
        return rows

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the labels, in the order of their numbers; () where rows have none."""
        return self.wanted or self.set_labels or in_order(itertools.chain(*self._counts.values()))

    @property
    def has_sets(self) -> bool:
        """Whether any of the data is a data set."""
        return not all(map(is_path, (*self.names, *self.validation)))

    @cached_property
    def set_labels(self) -> tuple[str, ...]:
        """The labels that the data sets name, () where all are files.

        Raises ``SettingError`` where rows have numbers and the sets number other labels.
        """
        every = (*self.names, *self.validation)
        sets = [name for name in every if not (is_path(name) or self._is_relabelled(name))]
        named = {name: registry.find_card(name).labels for name in sets}
        if self.form.is_numbered and len(set(map(frozenset, named.values()))) > 1:
            listed = "; ".join(f"{name}: {', '.join(each) or '-'}" for name, each in named.items())
            raise SettingError(
                f"These data sets do not name the same labels ({listed}). Choose data that is "
                f"labelled alike."
            )
        return tuple(dict.fromkeys(itertools.chain(*named.values())))

    def _is_relabelled(self, name: str) -> bool:
        return name in self.mixture and self.mixture[name].is_relabelled

    @cached_property
    def _files(self) -> dict[str, OwnFile[RowT]]:
        """The own files, by the names under which they are given."""
        found = {}
        for name in dict.fromkeys((*self.names, *self.validation)):
            if is_path(name):
                found[name] = self._read_file(name)
                for remark in found[name].remarks():
                    LOGGER.warning("%s", remark)
        return found

    def _read_file(self, name: str) -> OwnFile[Any]:
        form: Form[Any] = self.form
        wanted = self.wanted or self.set_labels
        if self._is_relabelled(name):
            part = self.mixture[name]
            wanted = tuple(part.labels) or wanted
            form = DOCUMENT if part.label is not None else self._form_of(name, wanted)
        return read_file(Path(name), form, self.columns, wanted=wanted)

    def _form_of(self, name: str, wanted: Sequence[str]) -> Form[Any]:
        """Return how the labels of a file are written: one a text, or any number of them."""
        with open_table(Path(name), self.columns, wanted=[self.columns.text]) as table:
            present = set(table.columns)
        is_wide = present.issuperset(wanted)
        if self.columns.label in present and not (self.columns.labels in present or is_wide):
            return LABELLED
        if self.columns.labels in present and self.columns.label not in present:
            return MULTI_LABEL
        return self.form

    @property
    def _counts(self) -> dict[str, dict[str, int]]:
        return {
            name: dict(file.counts)
            for name, file in self._files.items()
            if not self._is_relabelled(name)
        }

    @cached_property
    def _own_rows(self) -> dict[str, list[RowT]]:
        """The rows of each file, their labels numbered as in ``labels``."""
        rows = {}
        for name, file in self._files.items():
            if self._is_relabelled(name):
                rows[name] = self._relabelled(name, file.rows, file.names)
                continue
            index = match(self._counts[name], self.labels, path=name)
            numbers = [index[each] for each in file.names]
            rows[name] = [self.form.relabel(row, numbers) for row in file.rows]
        return rows

    @cached_property
    def _held_out(self) -> frozenset[str]:
        """The texts of the files in ``names`` that are held out."""
        own = {name: rows for name, rows in self._own_rows.items() if name in self.names}
        together = itertools.chain(*own.values())
        if len(own) < len(self.names):  # a data set brings what each label needs
            return frozenset(filter(is_held_out, map(self.form.side, together)))
        return held_out_sides(together, self.form, names=self.labels, path=", ".join(own))

    def rows_of(self, name: str, split: str) -> Sequence[RowT]:
        """Return the rows of one split of one of the data: all, or those that the mixture takes.

        They are the same objects each time. Raises as ``rows`` does, but for where there is none.
        """
        rows = self._every_row(name, split)
        if name not in self.mixture or split not in (TRAIN, VALIDATION):
            return rows
        learned = rows if split == TRAIN else self._every_row(name, TRAIN)
        part = self.mixture[name]
        kept = chosen(rows, part, text=self.form.side, learned=learned, name=name)
        if len(kept) < len(rows):
            LOGGER.info("%s: %d of %d rows in %s are taken", name, len(kept), len(rows), split)
        return [row for row in kept for _ in range(part.repeats if split == TRAIN else 1)]

    def _relabelled(self, name: str, rows: Iterable[Any], own: Sequence[str]) -> list[RowT]:
        """Return rows labelled as the recipe says of the data."""
        if not self.wanted or not self.form.is_numbered:
            raise SettingError(
                f"mixture.{name} says what its labels are, and the recipe does not say which it "
                f'has. Name them in the table of the task: labels = ["…", "…"].'
            )
        left_out: Counter[str] = Counter()
        labelling = Labelling(self.mixture[name], name=name, own=own, labels=self.wanted)
        kept: list[RowT] = list(labelling.rows(rows, self.form.kind, left_out))
        for reason, count in left_out.items():
            LOGGER.info("%s: %d rows are left out, %s that the recipe has", name, count, reason)
        return kept

    def _every_row(self, name: str, split: str) -> Sequence[RowT]:
        if not is_path(name):
            return self._set_rows(name, split)
        if split not in FILE_SPLITS:
            raise SettingError(f"A file has no split {split!r}; it has {', '.join(FILE_SPLITS)}.")
        rows = self._own_rows[name]
        if split == ALL:
            return rows
        if self.validation:
            return rows if (name in self.validation) == (split == VALIDATION) else []
        is_wanted = split == VALIDATION
        return [row for row in rows if (self.form.side(row) in self._held_out) == is_wanted]

    @cached_property
    def _read(self) -> dict[tuple[str, str], list[RowT]]:
        """The splits of data sets that were read."""
        return {}

    def _set_rows(self, name: str, split: str) -> list[RowT]:
        """Return one split of a data set, its labels numbered as in ``labels``; read it once."""
        if (name, split) not in self._read:
            self._read[name, split] = self._read_set(name, split)
        return self._read[name, split]

    def _read_set(self, name: str, split: str) -> list[RowT]:
        kind = self.form.kind
        found: list[Any] = registry.load(name, split)
        labels = registry.find_card(name).labels
        if self._is_relabelled(name):
            return self._relabelled(name, found, labels)
        fitting: list[RowT] = [row for row in found if isinstance(row, kind)]
        if len(fitting) != len(found):
            raise DataError(
                f"{name} holds rows of another kind ({type(found[0]).__name__}), not "
                f"{kind.__name__}. Choose another data set or another task."
            )
        if not self.form.is_numbered or labels == self.labels:
            return fitting
        if set(labels) != set(self.labels):
            raise SettingError(
                f"{name} has the labels {', '.join(labels) or 'of no names'}, not "
                f"{', '.join(self.labels)}. Choose data with these labels."
            )
        numbers = [self.labels.index(label) for label in labels]
        return [self.form.relabel(row, numbers) for row in fitting]


def load_texts(name: str, split: str, *, limit: int, columns: Columns = COLUMNS) -> list[str]:
    """Return the first ``limit`` texts of a split of a data set, or of a file, labelled or not.

    Raises ``DataError`` for rows that are no single texts, and when there is none.
    """
    found = _file_texts(name, columns) if is_path(name) else _set_texts(name, split)
    texts = list(itertools.islice(found, limit))
    if not texts:
        raise DataError(f"{name} has no rows in {split!r}. Choose another split.")
    return texts


def _set_texts(name: str, split: str) -> Iterator[str]:
    for row in registry.stream(name, split):
        if not isinstance(row, Document | LabelledText | MultiLabelText):
            raise DataError(
                f"{name} holds rows of another kind ({type(row).__name__}); single texts are "
                f"needed. Choose another data set."
            )
        yield row.text


def _file_texts(name: str, columns: Columns) -> Iterator[str]:
    cells: Iterator[tuple[int, dict[str, Any]]]
    cells = read_records(Path(name), columns, {"text": columns.text})
    texts = (as_text(record["text"]) for _, record in cells)
    return (text for text in texts if not is_missing(text))
