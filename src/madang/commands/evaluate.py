"""``madang evaluate``: the figures of a model on a split, beside others and a linear baseline."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang import storage
from madang.errors import SettingError
from madang.evaluation.task import Evaluation, find_evaluation, find_target
from madang.export.card import record_figures
from madang.formats.catalogue import find_model
from madang.formats.manifest import Manifest, read_manifest
from madang.metrics.figure import Figure
from madang.tasks.classification.faithfulness import faithfulness
from madang.tasks.classification.predictor import Classifier


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
) -> None:
    """Print a model's figures with their 95 % intervals.

    Args:
        model: the name of a shipped model, an exported folder, or a checkpoint.
        compare: further models of the same task, measured beside it on the same rows.
        data: data sets that `madang data list` shows, or files; those it was trained on by default.
        splits: their splits to measure on; those that a data set is judged by by default.
        baseline: fit the task's simple baseline to the split `train` and measure it too.
        reasons: of how many texts to check the reasons, by deleting them; an export is needed.
        record: also write the figures into the model's folder and its card.
        output: also write the figures as JSON to this file.
    """
    opened = {name: open_model(name) for name in (model, *compare)}
    manifest = opened[model][1]
    _check_same_task({name: found for name, (_, found) in opened.items()})
    entry, evaluation = find_evaluation(manifest.task)
    report: dict[str, dict[str, dict[str, Figure]]] = {}
    for name in data or _trained_on(model, manifest):
        measured_on = splits or entry.default_splits(name)
        if not measured_on:  # data to learn from alone
            continue
        print(f"licence of {name}: {entry.licence(name)}")
        rivals: dict[str, Any] = {each: found for each, (found, _) in opened.items()}
        if baseline:
            fitted = _fit_baseline(evaluation, name, manifest)
            rivals |= fitted if isinstance(fitted, dict) else {entry.baseline: fitted}
        for split in measured_on:
            rows = evaluation.load(name, split, manifest)
            columns = {
                each: evaluation.measure(rival, rows, opened.get(each, (None, manifest))[1])
                for each, rival in rivals.items()
            }
            if reasons:
                texts = [row.text for row in rows]
                columns[model] |= _reason_figures(opened[model][0], texts, reasons)
            print_table(f"{name} {split}, {len(rows):,} rows", columns)
            report[f"{name} {split}"] = columns
            if record:
                _record(model, columns[model], protocol=f"{name} {split}")
    if output is not None:
        storage.write_text(output, json.dumps(_plain(report), ensure_ascii=False, indent=2) + "\n")


def open_model(model: str) -> tuple[Any, Manifest]:
    """Open a shipped model by name, an export, or a checkpoint (which needs PyTorch)."""
    folder = find_model(model)
    manifest = read_manifest(folder)
    entry, _ = find_evaluation(manifest.task)
    is_checkpoint = not any(folder.glob("*.onnx")) and (folder / "model.safetensors").is_file()
    return find_target(entry.trained if is_checkpoint else entry.served)(folder), manifest


class ServedScorer:
    """A served model as evaluation sees a classifier."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier

    @classmethod
    def load(cls, folder: Path) -> "ServedScorer":
        """Open an exported folder."""
        return cls(Classifier.load(folder))

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, (N, C)."""
        answers = self.classifier.classify(texts)
        return np.array([list(answer.probabilities.values()) for answer in answers], np.float64)


def print_table(title: str, columns: Mapping[str, Mapping[str, Figure]]) -> None:
    """Print figures side by side, a column a model."""
    print(f"\n{title}")
    names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
    widths = {
        column: max(24, len(column), *(len(str(figure)) for figure in figures.values())) + 2
        for column, figures in columns.items()
    }
    widest = max(32, *(len(name) + 2 for name in names))
    print(" " * widest + "".join(f"{column:<{width}}" for column, width in widths.items()))
    for name in names:
        cells = (f"{columns[column].get(name, '')!s:<{widths[column]}}" for column in columns)
        print(f"{name:<{widest}}{''.join(cells)}".rstrip())


def _check_same_task(manifests: Mapping[str, Manifest]) -> None:
    tasks = {name: manifest.task for name, manifest in manifests.items()}
    if len(set(tasks.values())) > 1:
        listed = ", ".join(f"{name} for {task!r}" for name, task in tasks.items())
        raise SettingError(f"Models of one task can be compared; these are {listed}.")


def _trained_on(model: str, manifest: Manifest) -> tuple[str, ...]:
    """Return the data sets that a manifest records; ``SettingError`` where it records none."""
    found = manifest.record.get("data", ())
    names = tuple(each if isinstance(each, str) else each["name"] for each in found)
    if not names:
        raise SettingError(
            f"{model} does not say what it was trained on. Say what to measure it on: --data NAME."
        )
    return names


def _fit_baseline(evaluation: Evaluation, data: str, manifest: Manifest) -> Any:
    from madang.baselines.ngram import NgramClassifier

    return evaluation.fit_baseline(data, manifest, NgramClassifier)


def _reason_figures(model: Any, texts: Sequence[str], num_texts: int) -> dict[str, Figure]:
    """Return what deleting the first reason costs, on texts spread over the split."""
    if not isinstance(model, ServedScorer):
        raise SettingError(
            "Only an exported classifier gives reasons. Export it and measure the export: "
            "madang export."
        )
    chosen = texts[:: max(1, len(texts) // num_texts)][:num_texts]
    found = faithfulness(model.classifier, chosen)
    return {
        "drop_without_reason": found.reason,
        "drop_without_chance": found.chance,
        "drop_difference": found.difference,
    }


def _record(model: str, figures: Mapping[str, Figure], *, protocol: str) -> None:
    record_figures(
        find_model(model),
        {f"{name}[{protocol}]": dataclasses.asdict(figure) for name, figure in figures.items()},
    )


def _plain(report: Mapping[str, Mapping[str, Mapping[str, Figure]]]) -> dict[str, Any]:
    return {
        protocol: {
            model: {name: dataclasses.asdict(figure) for name, figure in figures.items()}
            for model, figures in columns.items()
        }
        for protocol, columns in report.items()
    }
