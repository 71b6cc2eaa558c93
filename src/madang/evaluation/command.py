"""``madang evaluate``: the figures of a model on a split, beside the linear baseline."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang import storage
from madang.datasets import registry
from madang.errors import SettingError
from madang.evaluation.classification import Figure, Scorer, evaluate_classifier
from madang.evaluation.reasons import faithfulness
from madang.export.card import record_figures
from madang.manifest import Manifest, read_manifest
from madang.serving.catalogue import find_model
from madang.serving.classifier import Classifier


def evaluate(
    *,
    model: str = "ads",
    data: str = "ads_instagram",
    splits: tuple[str, ...] = ("validation", "test"),
    baseline: bool = False,
    reasons: int = 0,
    record: bool = False,
    output: Path | None = None,
) -> None:
    """Print a classifier's figures with their 95 % intervals.

    Args:
        model: the name of a shipped model, an exported folder, or a checkpoint.
        data: a data set that `madang data list` shows.
        splits: its splits to measure on.
        baseline: fit TF-IDF and logistic regression to the split `train` and measure it too.
        reasons: of how many texts to check the reasons, by deleting them; an export is needed.
        record: also write the figures into the model's folder and its card.
        output: also write the figures as JSON to this file.
    """
    scorer, manifest = open_scorer(model)
    card = registry.find_card(data)
    if manifest.labels and manifest.labels != card.labels:
        raise SettingError(
            f"{model} tells {', '.join(manifest.labels)} apart, but {data} is labelled "
            f"{', '.join(card.labels)}. Choose data with the model's labels."
        )
    print(f"licence of {data}: {card.licence}")
    rival = _fit_baseline(data) if baseline else None
    report: dict[str, Any] = {}
    for split in splits:
        rows = registry.load_labelled(data, split)
        figures = evaluate_classifier(scorer, rows, threshold=manifest.threshold)
        report[split] = {model: figures}
        if rival is not None:
            report[split]["TF-IDF"] = evaluate_classifier(rival, rows, threshold=manifest.threshold)
        if reasons:
            figures |= _reason_figures(scorer, [row.text for row in rows], reasons)
        _print_table(f"{data} {split}, {len(rows):,} texts", report[split])
        if record:
            _record(model, figures, protocol=f"{data} {split}")
    if output is not None:
        content = json.dumps(_plain(report), ensure_ascii=False, indent=2)
        storage.write_text(output, content + "\n")


def _reason_figures(scorer: Scorer, texts: Sequence[str], num_texts: int) -> dict[str, Figure]:
    """Return what deleting the first reason costs, on texts spread over the split."""
    if not isinstance(scorer, ServedScorer):
        raise SettingError(
            "A checkpoint gives no reasons. Export it and measure the export: madang export."
        )
    chosen = texts[:: max(1, len(texts) // num_texts)][:num_texts]
    found = faithfulness(scorer.classifier, chosen)
    return {
        "drop_without_reason": found.reason,
        "drop_without_chance": found.chance,
        "drop_difference": found.difference,
    }


def _record(model: str, figures: dict[str, Figure], *, protocol: str) -> None:
    record_figures(
        find_model(model),
        {f"{name}[{protocol}]": dataclasses.asdict(figure) for name, figure in figures.items()},
    )


class ServedScorer:
    """A served model as evaluation sees a classifier."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, (N, C)."""
        answers = self.classifier.classify(texts)
        return np.array([list(answer.probabilities.values()) for answer in answers], np.float64)


def open_scorer(model: str) -> tuple[Scorer, Manifest]:
    """Open a shipped model by name, an export, or a checkpoint (which needs PyTorch)."""
    folder = find_model(model)
    if not (folder / "model.onnx").is_file() and (folder / "model.safetensors").is_file():
        from madang.training.prediction import CheckpointScorer

        checkpoint = CheckpointScorer(folder)
        return checkpoint, checkpoint.manifest
    return ServedScorer(Classifier.load(model)), read_manifest(folder)


def _fit_baseline(data: str) -> Scorer:
    from madang.models.ngram import NgramClassifier

    rows = registry.load_labelled(data, "train")
    labels: NDArray[np.int64] = np.array([row.label for row in rows], np.int64)
    return NgramClassifier().fit([row.text for row in rows], labels)


def _print_table(title: str, columns: dict[str, dict[str, Figure]]) -> None:
    print(f"\n{title}")
    names: Sequence[str] = list(next(iter(columns.values())))
    print(" " * 32 + "".join(f"{column:<28}" for column in columns))
    for name in names:
        print(
            f"{name:<32}"
            + "".join(f"{figures.get(name, '')!s:<28}" for figures in columns.values())
        )


def _plain(report: dict[str, Any]) -> dict[str, Any]:
    return {
        split: {
            model: {name: dataclasses.asdict(figure) for name, figure in figures.items()}
            for model, figures in columns.items()
        }
        for split, columns in report.items()
    }
