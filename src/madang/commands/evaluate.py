"""``madang evaluate``: the figures of a model on a split, beside others and a linear baseline."""

from collections.abc import Iterator
from pathlib import Path

from madang.commands.output import say
from madang.datasets.own.columns import NOTHING_SAID, Said
from madang.errors import EmptyDataError
from madang.evaluation.report import Columns, plain, print_table, write_report
from madang.evaluation.run import (
    Measured,
    baseline_data,
    default_splits,
    licence,
    measure,
    open_models,
    trained_on,
)
from madang.export.card import record_figures
from madang.formats.catalogue import find_model
from madang.tasks.registry import find_task


def evaluate(
    *,
    model: str = "ads",
    compare: tuple[str, ...] = (),
    data: tuple[str, ...] = (),
    splits: tuple[str, ...] = (),
    baseline: bool = False,
    reasons: int = 0,
    record: bool = False,
    output: Path | None = None,
    said: Said = NOTHING_SAID,
) -> None:
    """Print a model's figures with their 95 % intervals.

    Args:
        model: the name of a shipped model, an exported folder, or a checkpoint.
        compare: further models of the same task, measured beside it on the same rows.
        data: data sets that `madang data list` shows, or files; those it was trained on by default.
        splits: their splits to measure on, of a file train, validation or all; by default those
            that a data set is judged by, of a file that the model was trained on what was held out,
            and all of another file.
        baseline: fit the task's simple baseline to the split `train` and measure it too; for a file
            that the model did not learn from, to the data that it learned from.
        reasons: of how many texts to check the reasons, by deleting them.
        record: also write the figures into the model's folder and its card.
        output: also write the figures as JSON to this file.
        encoding: of a file, such as cp949; this and all that follows as in training by default.
        separator: between the cells of a file: one sign, :: or tab.
        header: the names of the columns of a file whose first line is a row already.
        quotes: whether quotes around a cell belong to the notation (yes) or to the text (no).
        text: the column with the text.
        label: the column with the label; so for the other columns of each task.
    """
    opened = open_models((model, *compare))
    manifest = opened[model].manifest
    task = find_task(manifest.task)
    report: dict[str, Columns] = {}
    names = data or trained_on(model, manifest)
    for name in names:
        measured_on = splits or default_splits(task, name, manifest)
        if not measured_on:  # data to learn from alone
            continue
        print(f"licence of {name}: {licence(name)}")
        if baseline and (learned := baseline_data(task, name, manifest)) != name:
            say(f"{task.baseline} is fitted to what the model learned from: {', '.join(learned)}.")
        figures_on = measure(
            opened, name, measured_on, baseline=baseline, num_reasons=reasons, said=said
        )
        for found in _all_or_none(figures_on, name, may_be_none=not data and len(names) > 1):
            print_table(f"{found.protocol}, {found.num_rows:,} rows", found.columns)
            print_unjudged(found)
            report[found.protocol] = found.columns
            if record:
                figures = plain(found.columns[model])
                named = {f"{figure}[{found.protocol}]": each for figure, each in figures.items()}
                record_figures(find_model(model), named)
    if output is not None:
        write_report(output, report)


def _all_or_none(
    figures_on: Iterator[Measured], name: str, *, may_be_none: bool
) -> Iterator[Measured]:
    """Yield all figures on data, or say that none of it was held out where others are measured."""
    try:
        yield from figures_on
    except EmptyDataError:
        if not may_be_none:
            raise
        say(f"Nothing was held out of {name}; it is not measured.")


def print_unjudged(found: Measured) -> None:
    """Say of each model in how many rows there is nothing to judge, and how they count."""
    for name, figures in found.columns.items():
        if "coverage" in figures:
            number = round((1 - figures["coverage"].value) * found.num_rows)
            print(
                f"{name}: {number:,} rows have nothing to judge and get no answer in use. They "
                f"count by what the model makes of them, but for figures that bear [judged]."
            )
