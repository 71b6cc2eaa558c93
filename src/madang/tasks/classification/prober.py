"""What a linear reader of another encoder's vectors adds to a classifier's score."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from madang.errors import CheckpointError
from madang.formats.manifest import Probe
from madang.tasks.vector import open_vectors


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
                f"{len(probe.weights)}. Put that encoder back, or fit the probe anew: madang probe."
            )
        self.version = hashlib.sha256(repr(probe).encode()).hexdigest()[:12]

    def scores(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return what joins the log-odds of each text, (N,); the same for the same text."""
        # No matrix product: its rounding would depend on how many rows it has.
        vector_ND = self._vectors.embed(texts)
        return np.asarray((vector_ND * self._weight_D).sum(axis=1), np.float64)
