"""How models of a task are measured: what the file ``evaluation`` of its folder holds."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from madang.datasets import registry
from madang.datasets.own.form import Form
from madang.datasets.own.record import Recorded
from madang.datasets.rows import Source
from madang.datasets.table.reader import is_path
from madang.errors import SettingError
from madang.formats.manifest import Manifest
from madang.metrics.figure import Figure, figure

RowT = TypeVar("RowT")
# One data set or own file, or several that are read together.
Data = str | Sequence[str]
MAX_LOSS = 0.005  # half a point


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trial:
    """Rows by which int8 is admitted: how good a model's answers are, and how fast.

    ``figure`` names what ``score`` gives of a model: from 0 to 1, more is better; int8 may lose
    ``max_loss`` of it. ``ask`` has one row answered, to be timed.
    """

    figure: str
    num_rows: int
    score: Callable[[Any], float]
    ask: Callable[[Any, int], object]
    max_loss: float = MAX_LOSS


class Evaluation(Protocol):
    """The functions by which models of a task, and its baseline, are measured.

    A module may further hold ``measure_reasons(model, rows, num_rows)``, the figures of what a
    model says it went by.
    """

    def load(self, data: Any, split: str, manifest: Manifest) -> Sequence[Any]:
        """Read rows of ``Data`` to measure on; refuse labels that are not the model's.

        The manifest's record says how own files are read.
        """
        ...

    def measure(self, model: Any, rows: Sequence[Any], manifest: Manifest) -> dict[str, Figure]:
        """Return the figures of a model, or of the baseline, by name; the foremost first."""
        ...

    def fit_baseline(self, data: Any, manifest: Manifest) -> Any | Mapping[str, Any]:
        """Return what a transformer has to beat, learned from ``data``; ``measure`` takes it.

        Several come by name.
        """
        ...

    def trial(self, rows: Sequence[Any], manifest: Manifest) -> Trial:
        """Return by what int8 of a model is tried on rows that ``load`` gave."""
        ...


def coverage_figures(
    is_judged_N: npt.NDArray[np.bool_], is_right_N: npt.NDArray[np.bool_]
) -> dict[str, Figure]:
    """Return which share of rows gets an answer in use, and how many of those answers are right.

    The other figures count all rows, those with nothing to judge by what the model makes of them:
    so they compare with a baseline's, and with those that others publish. Where every row gets an
    answer there is nothing to add. Source: El-Yaniv and Wiener 2010, section 2 (coverage).
    """
    if is_judged_N.all():
        return {}
    figures = {"coverage": figure(np.mean, is_judged_N.astype(np.float64))}
    if is_judged_N.any():
        figures["accuracy[judged]"] = figure(np.mean, is_right_N[is_judged_N].astype(np.float64))
    return figures


def open_data(
    data: Data, manifest: Manifest, form: Form[RowT], *, labels: Sequence[str] | None = None
) -> tuple[Source[RowT], tuple[str, ...]]:
    """Open data sets and own files, labelled as the model labels; return them and their names.

    Files that it was trained on are opened with all that were, so that the same rows are held out.
    ``labels`` are those of a row, the manifest's by default. Raises ``SettingError`` for a data set
    with other labels.
    """
    names = names_of(data)
    recorded = Recorded.of(manifest.record)
    wanted = tuple(manifest.labels if labels is None else labels)
    for name in names:
        is_taken_as_it_is = name not in recorded.mixture or not recorded.mixture[name].is_relabelled
        if is_taken_as_it_is and not is_path(name) and (wanted or not form.is_numbered):
            check_labels(wanted, name, registry.find_card(name).labels)
    known = [recorded.find(name) if is_path(name) else None for name in names]
    source = Source(
        names=recorded.data if any(known) else names,
        form=form,
        columns=recorded.table,
        validation=recorded.validation_data if any(known) else (),
        wanted=wanted,
        mixture=recorded.mixture,
    )
    return source, tuple(one or other for one, other in zip(known, names, strict=True))


def load_data(
    data: Data,
    split: str,
    manifest: Manifest,
    form: Form[RowT],
    *,
    labels: Sequence[str] | None = None,
) -> list[RowT]:
    """Read the rows of one split of data sets and own files; see ``open_data``."""
    source, names = open_data(data, manifest, form, labels=labels)
    return source.rows(split, of=names)


def names_of(data: Data) -> tuple[str, ...]:
    """Return the names of data, be it one or several."""
    return (data,) if isinstance(data, str) else tuple(data)


def check_labels(labels: Sequence[str], data: str, found: Sequence[str]) -> None:
    """Raise ``SettingError`` for data that is labelled otherwise than the model labels."""
    if set(found) != set(labels):
        raise SettingError(
            f"The model tells {', '.join(labels) or 'no labels'} apart, but {data} is labelled "
            f"{', '.join(found) or 'otherwise'}. Choose data with the model's labels."
        )
