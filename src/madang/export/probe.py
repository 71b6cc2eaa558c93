"""A second encoder's word on a classifier's two labels, fitted in minutes and never fine-tuned.

Fine-tuned on weak labels a network learns what its domain says; a linear model on the vectors of an
encoder that is left as it is learns less of that and carries over to other domains better (Kumar
2022, sections 3 and 4). Their scores are added with the scales that fit the held-out texts best.
"""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from madang.baselines.vector import VectorClassifier
from madang.datasets.own.labelled import LABELLED
from madang.errors import CheckpointError, SettingError
from madang.export.card import write_card
from madang.formats.manifest import Calibration, Manifest, Probe, read_manifest, write_manifest
from madang.formats.trunk import moved
from madang.metrics.calibration import fit_stack
from madang.tasks.classifier import Classifier
from madang.tasks.evaluation import load_data
from madang.tasks.predictor import Opened, Predictor, open_runner
from madang.tasks.vector import open_vectors


def add_probe(
    folder: Path, output: Path, *, data: str, encoder: str = "sentence", strength: float = 1.0
) -> Manifest:
    """Write an exported classifier with a probe and its new calibration; return its manifest.

    Raises ``CheckpointError`` for a model that is no classifier of two labels, ``SettingError``
    for data with other labels and ``DataError`` where one of them is missing.
    """
    if strength <= 0:
        raise SettingError(f"strength is {strength}; it must be more than 0.")
    manifest = read_manifest(folder)
    predictor = Predictor.of_task(folder, manifest)
    is_single = issubclass(predictor, Classifier) and not predictor.is_multi_label
    if not is_single or len(manifest.labels) != 2:
        raise CheckpointError(
            f"{folder} is a model for {manifest.task!r} with {len(manifest.labels)} labels; a "
            f"probe joins a classifier of two. Give another one."
        )
    embedder = open_vectors(encoder)
    classifier = VectorClassifier(embedder.embed, strength=strength)
    weight_D = classifier.fit(*_rows(data, "train", manifest)).weight_D
    bare = dataclasses.replace(manifest, calibration=None, probe=None)
    texts, label_N = _rows(data, "validation", manifest)
    runner = open_runner(folder, manifest)
    model = predictor.of(Opened(folder, bare, runner))
    assert isinstance(model, Classifier)
    # Without calibration the probabilities are the logits' own.
    first_N, second_N = np.log(model.probabilities(texts)).T
    probed_N = embedder.embed(texts) @ weight_D
    (scale, probe_scale), offset = fit_stack([second_N - first_N, probed_N], label_N)
    manifest = dataclasses.replace(
        bare,
        calibration=Calibration(scale=float(scale), offset=offset),
        probe=Probe(
            encoder=encoder,
            encoder_version=embedder.version,
            weights=tuple(float(f"{weight:.6g}") for weight in probe_scale * weight_D),
        ),
        record={
            **manifest.record,
            "probe": {
                "encoder": encoder,
                "encoder_version": embedder.version,
                "data": data,
                "strength": strength,
                "scales": {"model": float(scale), "probe": float(probe_scale)},
            },
        },
    )
    if Path(output).resolve() != Path(folder).resolve():
        shutil.copytree(folder, output, dirs_exist_ok=True)
        manifest = moved(manifest, folder, output)
    write_manifest(output, manifest)
    write_card(output, manifest)
    return manifest


def _rows(data: str, split: str, manifest: Manifest) -> tuple[list[str], NDArray[np.int64]]:
    rows = load_data(data, split, manifest, LABELLED)
    return [row.text for row in rows], np.array([row.label for row in rows], np.int64)
