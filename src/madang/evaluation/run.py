"""Models of one task, measured on the same rows beside what they have to beat."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from madang.datasets import registry as datasets
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
) -> Iterator[Measured]:
    """Yield the figures of models on splits of a data set.

    The rows are read as the first model's manifest says; its reasons are checked on ``num_reasons``
    of them. ``baseline`` also measures the task's baseline, fitted to the split ``train``.
    """
    first = next(iter(models))
    manifest = models[first].manifest
    task, evaluation = registry.find_task(manifest.task), registry.find_evaluation(manifest.task)
    rivals = {name: (model, model.manifest) for name, model in models.items()}
    if baseline:
        fitted = evaluation.fit_baseline(data, manifest)
        named = fitted if isinstance(fitted, dict) else {str(task.baseline): fitted}
        rivals |= {name: (model, manifest) for name, model in named.items()}
    for split in splits:
        rows = evaluation.load(data, split, manifest)
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
        raise SettingError(f"A model for {task!r} gives no reasons. Leave out --reasons.")
    figures: dict[str, Figure] = measure_reasons(model, rows, num_rows)
    return figures


def trained_on(name: str, manifest: Manifest) -> tuple[str, ...]:
    """Return the data sets that a manifest records; ``SettingError`` where it records none."""
    found = manifest.record.get("data", ())
    names = tuple(each if isinstance(each, str) else each["name"] for each in found)
    if not names:
        raise SettingError(
            f"{name} does not say what it was trained on. Say what to measure it on: --data NAME."
        )
    return names


def licence(task: Task, data: str) -> str:
    """Return the licence of a data set; a file of one's own has none that is known."""
    return "your own file" if task.files and is_path(data) else datasets.find_card(data).licence


def default_splits(task: Task, data: str) -> tuple[str, ...]:
    """Return the splits by which data is judged; of a file, what is held out of it."""
    return (
        (task.file_split,) if task.files and is_path(data) else datasets.find_card(data).measured_on
    )
