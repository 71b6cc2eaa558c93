"""Models of one task, measured on the same rows beside what they have to beat."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from madang.datasets import registry as datasets
from madang.datasets.own.columns import NOTHING_SAID, Said
from madang.datasets.own.record import Recorded
from madang.datasets.rows import ALL, VALIDATION
from madang.datasets.table.reader import is_path
from madang.errors import SettingError
from madang.formats.catalogue import find_model
from madang.formats.manifest import GRAPH_NAME, WEIGHTS_NAME, Manifest, read_manifest
from madang.metrics.figure import Figure
from madang.tasks import registry
from madang.tasks.predictor import load
from madang.tasks.task import Task


class Measured(NamedTuple):
    """The figures of each model by name on ``num_rows`` of ``protocol``: a data set and a split."""

    protocol: str
    num_rows: int
    columns: dict[str, dict[str, Figure]]


def open_model(name_or_folder: str | Path) -> Any:
    """Open a shipped model by its name, an export or a checkpoint, for any task that is served.

    Raises ``CheckpointError`` as ``Predictor.load`` does.
    """
    folder = find_model(name_or_folder)
    if (folder / GRAPH_NAME).is_file() or not (folder / WEIGHTS_NAME).is_file():
        return load(folder)
    # Imported here: it loads PyTorch.
    from madang.tasks.checkpoint import open_checkpoint

    return open_checkpoint(folder)


def open_models(names: Sequence[str]) -> dict[str, Any]:
    """Open models by name or folder; ``SettingError`` where they are not of one measured task."""
    manifests = {name: read_manifest(find_model(name)) for name in names}
    check_same_task(manifests)
    return {name: open_model(name) for name in names}


def check_same_task(manifests: Mapping[str, Manifest]) -> None:
    """Raise ``SettingError`` for models of several tasks, and for a task that is not measured."""
    tasks = {name: manifest.task for name, manifest in manifests.items()}
    if len(set(tasks.values())) > 1:
        listed = ", ".join(f"{name} for {task!r}" for name, task in tasks.items())
        raise SettingError(f"Models of one task can be compared; these are {listed}.")
    registry.find_evaluation(next(iter(tasks.values())))


def measure(
    models: Mapping[str, Any],
    data: str,
    splits: Sequence[str],
    *,
    baseline: bool = False,
    num_reasons: int = 0,
    said: Said = NOTHING_SAID,
) -> Iterator[Measured]:
    """Yield the figures of models on splits of a data set.

    The rows are read as the first model's manifest says, and what is ``said`` of a file over that;
    its reasons are checked on ``num_reasons`` of them. ``baseline`` also measures the task's
    baseline, fitted to the split ``train`` of ``baseline_data``.
    """
    first = next(iter(models))
    manifest = models[first].manifest
    task, evaluation = registry.find_task(manifest.task), registry.find_evaluation(manifest.task)
    rivals = {name: (model, model.manifest) for name, model in models.items()}
    if baseline:
        learned = baseline_data(task, data, manifest)
        # What is said of the file to measure on says nothing of what was learned from.
        how = read_as(manifest, said) if learned == data else manifest
        fitted = evaluation.fit_baseline(learned, how)
        named = fitted if isinstance(fitted, dict) else {str(task.baseline): fitted}
        rivals |= {name: (model, manifest) for name, model in named.items()}
    for split in splits:
        rows = evaluation.load(data, split, read_as(manifest, said))
        columns = {
            name: evaluation.measure(model, rows, own) for name, (model, own) in rivals.items()
        }
        if num_reasons:
            columns[first] |= reason_figures(models[first], rows, num_reasons)
        yield Measured(f"{data} {split}", len(rows), columns)


def reason_figures(model: Any, rows: Sequence[Any], num_rows: int) -> dict[str, Figure]:
    """Return what a model's reasons are worth; ``SettingError`` where its task gives none."""
    task = model.manifest.task
    measure_reasons = getattr(registry.find_evaluation(task), "measure_reasons", None)
    if measure_reasons is None:
        raise SettingError(f"A model for {task!r} gives no reasons. Measure it without them.")
    figures: dict[str, Figure] = measure_reasons(model, rows, num_rows)
    return figures


def read_as(manifest: Manifest, said: Said) -> Manifest:
    """Return a manifest that says how own files are read, with what else is said of them.

    Raises ``SettingError`` for what can not be said of a file.
    """
    if said == NOTHING_SAID:
        return manifest
    table = said.over(Recorded.of(manifest.record).table)
    record = {**manifest.record, "table": dataclasses.asdict(table)}
    return dataclasses.replace(manifest, record=record)


def trained_on(name: str, manifest: Manifest) -> tuple[str, ...]:
    """Return the data that a manifest records, and by which its model can be measured.

    Of data with files that were held out as a whole those take the place of the others. Raises
    ``SettingError`` where a manifest records none.
    """
    recorded = Recorded.of(manifest.record)
    sets = tuple(each for each in recorded.data if not is_path(each))
    names = (*sets, *recorded.validation_data) if recorded.validation_data else recorded.data
    if not names:
        raise SettingError(
            f"{name} does not say what it was trained on. Say what to measure it on: --data NAME."
        )
    return names


def licence(data: str) -> str:
    """Return the licence of a data set; a file of one's own has none that is known."""
    return "your own file" if is_path(data) else datasets.find_card(data).licence


def default_splits(task: Task, data: str, manifest: Manifest) -> tuple[str, ...]:
    """Return the splits by which data is judged.

    Of a file that the model was trained on that is what was held out, of another all its rows.
    Raises ``SettingError`` for a file from which all was learned.
    """
    if not is_path(data):
        return datasets.find_card(data).measured_on
    if task.file_split:
        return (task.file_split,)
    recorded = Recorded.of(manifest.record)
    known = recorded.find(data)
    if known is None or known in recorded.validation_data:
        return (ALL,)
    if recorded.validation_data:
        raise SettingError(
            f"The model learned from the whole of {data}. Measure it on what was held out: --data "
            f"{' '.join(recorded.validation_data)}; or give another file."
        )
    return (VALIDATION,)


def baseline_data(task: Task, data: str, manifest: Manifest) -> str | tuple[str, ...]:
    """Return the data to whose split ``train`` a baseline is fitted.

    It is the data that is measured on; where that is a file that the model did not learn from, or
    one part of a mixture, the data that it learned from, so that both had the same.
    """
    recorded = Recorded.of(manifest.record)
    is_new = is_path(data) and not task.file_split and recorded.find(data) not in recorded.data
    is_a_part = data in recorded.mixture or recorded.find(data) in recorded.mixture
    return recorded.data if (is_new or is_a_part) and recorded.data else data
