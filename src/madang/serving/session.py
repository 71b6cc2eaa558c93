"""One ONNX file, opened for answers on a CPU.

Texts run one at a time. Dynamic int8 takes one activation scale per tensor, so in a batch the
neighbours of a text, and its padding, would move its answer; alone, a batch of one equals a batch
of 32 bit by bit. Little is lost: at a hundred tokens the matrix products already fill a core, and
nothing is spent on padding. More threads work on more texts at once, never on one.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from madang.errors import CheckpointError

FILE_NAME = "model.onnx"
INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("logits", "evidence")

# ONNX Runtime's fused addition and normalisation takes 0.15 ms for 100 tokens of width 256; the
# two operators that it replaces take 0.04 ms together.
SLOW_FUSIONS = ["SkipLayerNormFusion"]

Array = npt.NDArray[np.float32]


class Session:
    """Run a classifier's ONNX graph: token numbers in, logits and token evidence out."""

    def __init__(self, path: Path, *, num_threads: int = 1) -> None:
        """Open the file, of which at most ``num_threads`` texts are then read at once.

        Raises ``CheckpointError`` when the file is missing, cut off, or of another signature.
        """
        content = _read(Path(path))
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.num_threads = num_threads
        self._session = open_graph(content, Path(path))

    def run(self, batch_ids: Sequence[Sequence[int]]) -> Iterator[tuple[Array, Array]]:
        """Yield ``(logits_C, evidence_TC)`` of each text, in order; no text sees another."""
        if self.num_threads == 1 or len(batch_ids) < 2:
            yield from map(self._run_one, batch_ids)
            return
        with ThreadPoolExecutor(self.num_threads) as pool:
            yield from pool.map(self._run_one, batch_ids)

    def _run_one(self, ids: Sequence[int]) -> tuple[Array, Array]:
        ids_BT = np.array([ids], dtype=np.int64)
        feed = {"input_ids": ids_BT, "attention_mask": np.ones_like(ids_BT)}
        logits_BC, evidence_BTC = self._session.run(OUTPUTS, feed)
        return logits_BC[0], evidence_BTC[0]


def _read(path: Path) -> bytes:
    if path.is_file():
        return path.read_bytes()
    if (path.parent / "model.safetensors").is_file():
        raise CheckpointError(
            f"{path.parent} is a training checkpoint without {path.name}. Export it first: "
            f"madang export --model {path.parent} --output FOLDER"
        )
    raise CheckpointError(
        f"{path.parent} holds no {path.name}. Give a folder written by `madang export`."
    )


def open_graph(content: bytes, path: Path) -> Any:
    """Return ONNX Runtime's session of a classifier's graph, on one thread.

    ``path`` is where the bytes stand, for the error. Raises ``CheckpointError`` when they are no
    whole graph, or one of another signature.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            content,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=SLOW_FUSIONS,
        )
    except Exception as error:  # ONNX Runtime's errors share no class of their own.
        raise CheckpointError(
            f"{path} ({len(content):,} bytes) can not be opened by ONNX Runtime "
            f"{onnxruntime.__version__}: {error}. It was cut off, or written for a newer version: "
            f"copy or export it again."
        ) from error
    found_inputs = tuple(value.name for value in session.get_inputs())
    found_outputs = tuple(value.name for value in session.get_outputs())
    if set(found_inputs) != set(INPUTS) or set(found_outputs) != set(OUTPUTS):
        raise CheckpointError(
            f"{path} turns {found_inputs} into {found_outputs}; a classifier turns {INPUTS} into "
            f"{OUTPUTS}. Give a folder written by `madang export` from a classification model."
        )
    return session
