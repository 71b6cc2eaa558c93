"""The methods by which a predictor asks a model, whatever computes it.

A text's answer never depends on its neighbours: a runner may read texts together or one by one, and
may pad, but gives each what it would get alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from madang.runtime.signature import Signature

Array = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[Any]]
Feed = Mapping[str, Sequence[int]]


class Runner(Protocol):
    """A model that is ready to answer.

    ``signature`` says what it turns into what, ``sha256`` is the hash of the file that its weights
    were read from; ``num_threads`` texts are read at once.
    """

    signature: Signature
    sha256: str
    num_threads: int

    def run(self, feeds: Sequence[Feed]) -> Iterator[tuple[Array, ...]]:
        """Yield the outputs of each text, in order and without the axis B; none sees another.

        A text is all its inputs by name; the attention mask may be left out.
        """
        ...

    def run_batch(self, feed: Arrays) -> tuple[Array, ...]:
        """Return the outputs of rows of one length that are run at once, with the axis B."""
        ...

    def step(self, feed: Arrays, state: Any = None) -> tuple[tuple[Array, ...], Any]:
        """Return the outputs at positions that follow those before, and the state behind them.

        ``feed`` holds the new positions alone, (B, T); the attention mask, where it is given,
        covers all. A state is used once: a runner may write the next one into it. ``None`` is the
        state in which nothing was read yet.
        """
        ...
