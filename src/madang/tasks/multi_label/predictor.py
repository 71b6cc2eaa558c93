"""Those of the labels that a text has: each is a yes or no of its own."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from madang.decoding.probability import sigmoid
from madang.errors import CheckpointError
from madang.formats.manifest import Manifest
from madang.runtime.runner import Array
from madang.tasks.classifier import Classifier, Decision


class MultiLabelClassifier(Classifier):
    """Give each text any number of labels, each from the threshold on."""

    is_multi_label: ClassVar[bool] = True

    @classmethod
    def check_manifest(cls, folder: Path, manifest: Manifest) -> None:
        """Raise ``CheckpointError`` for no label, a probe, and a calibration of many labels."""
        num_labels = len(manifest.labels)
        if not num_labels or manifest.probe or (manifest.calibration and num_labels != 2):
            raise CheckpointError(
                f"{folder} has {num_labels} labels, of which a text may have several, and maybe a "
                f"calibration or a probe; it needs a label, and these are for two labels of which "
                f"one is given. Export the model again without it."
            )

    @staticmethod
    def decide(logits_C: Array, manifest: Manifest, *, probed: float = 0.0) -> Decision:
        """Return the most probable label, whose log-odds are against its absence; and all given."""
        probability_C = sigmoid(logits_C)
        order = np.argsort(-probability_C, kind="stable").tolist()
        chosen = int(probability_C.argmax())
        weight_C = np.zeros(len(logits_C))
        weight_C[chosen] = 1.0
        return Decision(
            label=manifest.labels[chosen],
            probability=float(probability_C[chosen]),
            probabilities=probability_C,
            weights=weight_C,
            constant=0.0,
            probed=0.0,
            log_odds=float(logits_C[chosen]),
            labels=tuple(
                manifest.labels[number]
                for number in order
                if probability_C[number] >= manifest.threshold
            ),
        )


PREDICTOR = MultiLabelClassifier
