"""One label a text: the most probable one, or the last of two from a threshold on."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from madang.decoding.probability import label_probabilities
from madang.errors import CheckpointError
from madang.formats.manifest import UNCALIBRATED, Manifest, Probe
from madang.runtime.runner import Array, Runner
from madang.tasks.classifier import Classifier, Decision, Floats
from madang.tasks.vector import open_vectors
from madang.text.tokenizer import Tokenizer


class Prober:
    """A probe with its encoder open. ``version`` tells two probes apart."""

    def __init__(self, probe: Probe, *, num_threads: int = 1) -> None:
        """Open the encoder, of which at most ``num_threads`` texts are then read at once.

        Raises ``CheckpointError`` for an encoder that is not the one the weights were fitted to.
        """
        self._vectors = open_vectors(probe.encoder, num_threads=num_threads)
        self._weight_D = np.array(probe.weights, np.float64)
        found = self._vectors
        if (found.version, found.width) != (probe.encoder_version, len(probe.weights)):
            raise CheckpointError(
                f"{probe.encoder} has the version {found.version} and vectors of {found.width} "
                f"numbers, but the probe was fitted to {probe.encoder_version} and "
                f"{len(probe.weights)}. Put that encoder back, or fit the probe anew by `madang "
                f"probe`."
            )
        self.version = hashlib.sha256(repr(probe).encode()).hexdigest()[:12]

    def scores(self, texts: Sequence[str]) -> Floats:
        """Return what joins the log-odds of each text, (N,); the same for the same text."""
        # No matrix product: its rounding would depend on how many rows it has.
        vector_ND = self._vectors.embed(texts)
        return np.asarray((vector_ND * self._weight_D).sum(axis=1), np.float64)


class SingleLabelClassifier(Classifier):
    """Give each text one of two labels or more; with two, a second encoder may add to the score."""

    def __init__(self, *, runner: Runner, tokenizer: Tokenizer, manifest: Manifest) -> None:
        """Put the parts of a model together; ``load`` does so with its checks."""
        super().__init__(runner=runner, tokenizer=tokenizer, manifest=manifest)
        self._prober: Prober | None = None
        if manifest.probe is not None:
            self._prober = Prober(manifest.probe, num_threads=runner.num_threads)
            self.version = f"{self.version}-{self._prober.version}"

    @classmethod
    def check_manifest(cls, folder: Path, manifest: Manifest) -> None:
        """Raise ``CheckpointError`` for too few labels and a calibration or a probe of many."""
        if len(manifest.labels) < 2:
            raise CheckpointError(
                f"{folder} is a classifier with labels {manifest.labels}; it needs two labels or "
                f"more. Give another one."
            )
        if (manifest.calibration or manifest.probe) and len(manifest.labels) != 2:
            raise CheckpointError(
                f"{folder} has {len(manifest.labels)} labels and a calibration or a probe; these "
                f"are for two labels, of which one is given. Export the model again without it."
            )

    @staticmethod
    def decide(logits_C: Array, manifest: Manifest, *, probed: float = 0.0) -> Decision:
        """Return the label, its log-odds being against its strongest rival.

        Of two labels they are calibrated, and a probe's score joins them.
        """
        calibration = manifest.calibration or UNCALIBRATED
        added = calibration.offset + probed
        (probability_C,) = label_probabilities(
            logits_C[None], scale=calibration.scale, offset=added
        )
        weight_C, constant = np.zeros(len(logits_C)), 0.0
        if len(logits_C) == 2:
            chosen = int(probability_C[1] >= manifest.threshold)
            sign = 1 if chosen else -1
            weight_C[:] = np.array([-1.0, 1.0]) * calibration.scale * sign
            constant, probed = added * sign, probed * sign
        else:
            chosen = int(probability_C.argmax())
            others_C = np.where(np.arange(len(logits_C)) == chosen, -np.inf, logits_C)
            weight_C[chosen], weight_C[int(others_C.argmax())] = 1.0, -1.0
        return Decision(
            label=manifest.labels[chosen],
            probability=float(probability_C[chosen]),
            probabilities=probability_C,
            weights=weight_C,
            constant=constant,
            probed=probed,
            log_odds=float(logits_C.astype(np.float64) @ weight_C) + constant,
        )

    def _probe(self, texts: Sequence[str]) -> Floats:
        return super()._probe(texts) if self._prober is None else self._prober.scores(texts)


PREDICTOR = SingleLabelClassifier
