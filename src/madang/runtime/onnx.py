"""One ONNX file, opened for answers on a CPU.

Texts run one at a time. Dynamic int8 takes one activation scale per tensor, so in a batch the
neighbours of a text, and its padding, would move its answer; alone, a batch of one equals a batch
of 32 bit by bit. Little is lost: at a hundred tokens the matrix products already fill a core, and
nothing is spent on padding. More threads work on more texts at once, never on one.
"""

import hashlib
import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from madang.errors import CheckpointError
from madang.formats.manifest import WEIGHTS_NAME
from madang.runtime.runner import Array, Arrays, Feed
from madang.runtime.signature import MASK, Signature

# ONNX Runtime's fused addition and normalisation takes 0.15 ms for 100 tokens of width 256; the
# two operators that it replaces take 0.04 ms together.
SLOW_FUSIONS = ["SkipLayerNormFusion"]


class OnnxRunner:
    """Run an ONNX graph: what its signature reads in, what it says out.

    ``graph_sha256`` is the hash of its file.
    """

    def __init__(self, path: Path, *, signature: Signature, num_threads: int = 1) -> None:
        """Open the file, of which at most ``num_threads`` texts are then read at once.

        Raises ``CheckpointError`` when the file is missing, cut off, or of another signature.
        """
        content = read_graph(Path(path))
        self.sha256 = self.graph_sha256 = hashlib.sha256(content).hexdigest()
        self.signature = signature
        self.num_threads = num_threads
        self._session = open_graph(content, Path(path), signature)

    def run(self, feeds: Sequence[Feed]) -> Iterator[tuple[Array, ...]]:
        """Yield the outputs of each text, in order and without the axis B."""
        if self.num_threads == 1 or len(feeds) < 2:
            yield from map(self._run_one, feeds)
            return
        with ThreadPoolExecutor(self.num_threads) as pool:
            yield from pool.map(self._run_one, feeds)

    def run_batch(self, feed: Arrays) -> tuple[Array, ...]:
        """Return the outputs of rows that are run at once, with the axis B.

        Only for a graph in 32 bits whose rows have one length: then no row sees another.
        """
        return tuple(self._run(list(self.signature.outputs), feed))

    def width(self, output: str) -> int | None:
        """Return the last axis of an output, None where the graph leaves it open."""
        return _last_axis(self._session.get_outputs(), output)

    def input_width(self, name: str) -> int | None:
        """Return the last axis of an input, None where the graph leaves it open."""
        return _last_axis(self._session.get_inputs(), name)

    def step(self, feed: Arrays, state: Any = None) -> tuple[tuple[Array, ...], Any]:
        """Return the outputs at new positions; the state is the graph's own, by its inputs."""
        num_texts = len(next(iter(feed.values())))
        before = self._empty_state(num_texts) if state is None else state
        names = [*self.signature.outputs, *self.signature.state.values()]
        found = self._run(names, {**feed, **before})
        num_outputs = len(self.signature.outputs)
        after = dict(zip(self.signature.state, found[num_outputs:], strict=True))
        return tuple(found[:num_outputs]), after

    def _empty_state(self, num_texts: int) -> Arrays:
        """Return the state in which nothing was read: no position on the axis that grows."""
        return {
            value.name: np.zeros(
                # The first axis is B; another that is free grows with what was read.
                [num_texts, *(size if isinstance(size, int) else 0 for size in value.shape[1:])],
                np.float32,
            )
            for value in self._session.get_inputs()
            if value.name in self.signature.state
        }

    def _run_one(self, text: Feed) -> tuple[Array, ...]:
        feed = {name: np.array([row], dtype=np.int64) for name, row in text.items()}
        if MASK in self.signature.inputs:
            # A text that runs alone has no padding.
            feed.setdefault(MASK, np.ones_like(next(iter(feed.values()))))
        return tuple(output[0] for output in self.run_batch(feed))

    def _run(self, names: list[str], feed: Arrays) -> list[Array]:
        return run_graph(self._session, names, feed)


def _last_axis(values: Sequence[Any], name: str) -> int | None:
    shapes = {value.name: value.shape for value in values}
    last = shapes[name][-1]
    return last if isinstance(last, int) else None


def run_graph(session: Any, names: list[str], feed: Arrays) -> list[Array]:
    """Return the named outputs of a session; ``CheckpointError`` where its graph fails."""
    try:
        outputs: list[Array] = session.run(names, dict(feed))
    except Exception as error:  # ONNX Runtime's errors share no class of their own.
        shapes = {name: array.shape for name, array in feed.items()}
        raise CheckpointError(
            f"The graph fails on inputs of the shapes {shapes} ({error}). It is not of one "
            f"model with the files beside it: copy the folder again or export it anew."
        ) from error
    return outputs


def read_graph(path: Path) -> bytes:
    """Return the bytes of a graph; ``CheckpointError`` where there is none."""
    if path.is_file():
        return path.read_bytes()
    if (path.parent / WEIGHTS_NAME).is_file():
        raise CheckpointError(
            f"{path.parent} is a training checkpoint without {path.name}. Export it first: "
            f"madang export --model {shlex.quote(str(path.parent))} --output FOLDER"
        )
    raise CheckpointError(
        f"{path.parent} holds no {path.name}. Give a folder written by `madang export`."
    )


def open_graph(content: bytes, path: Path, signature: Signature) -> Any:
    """Return ONNX Runtime's session of a graph, on one thread.

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
    inputs = (*signature.inputs, *signature.state)
    outputs = (*signature.outputs, *signature.state.values())
    if set(found_inputs) != set(inputs) or set(found_outputs) != set(outputs):
        raise CheckpointError(
            f"{path} turns {found_inputs} into {found_outputs}; {signature.model} turns {inputs} "
            f"into {outputs}. Give a folder written by `madang export` from {signature.model}."
        )
    return session
