"""One ONNX file, opened for answers on a CPU.

Texts run one at a time. Dynamic int8 takes one activation scale per tensor, so in a batch the
neighbours of a text, and its padding, would move its answer; alone, a batch of one equals a batch
of 32 bit by bit. Little is lost: at a hundred tokens the matrix products already fill a core, and
nothing is spent on padding. More threads work on more texts at once, never on one.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime

from madang.errors import CheckpointError

FILE_NAME = "model.onnx"

# ONNX Runtime's fused addition and normalisation takes 0.15 ms for 100 tokens of width 256; the
# two operators that it replaces take 0.04 ms together.
SLOW_FUSIONS = ["SkipLayerNormFusion"]

Array = npt.NDArray[np.float32]


class Signature(NamedTuple):
    """What a graph turns into what. Every input is (B, T), those named ``character_…`` (B, U).

    ``inputs_embeds`` alone is (B, T, D): vectors that were looked up already.

    ``model`` is what one of that kind is called, ``per_token`` are the outputs that begin with
    (B, T); the others begin with (B).
    """

    model: str
    outputs: tuple[str, ...]
    per_token: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ("input_ids", "attention_mask")


CLASSIFIER = Signature("a classifier", ("logits", "evidence"), per_token=("evidence",))
ANSWERER = Signature(
    "an answerer",
    ("start", "end", "trim"),
    per_token=("start", "end", "trim"),
    inputs=("input_ids", "attention_mask", "token_type_ids", "overlap_ids"),
)
TAGGER = Signature(
    "a tagger",
    # (B, U, C) and (1, C, C): the transitions are the same for every text.
    ("emissions", "transitions"),
    inputs=(
        "input_ids",
        "attention_mask",
        "character_ids",
        "character_tokens",
        "character_places",
    ),
)
COMPARER = Signature(
    "a model for pairs of texts",
    ("logits",),
    inputs=("input_ids", "attention_mask", "token_type_ids"),
)
EMBEDDER = Signature("a sentence encoder", ("sentence_embedding",))
ENCODER = Signature(
    "an encoder",
    ("sequence_output", "pooled_output"),
    per_token=("sequence_output",),
    inputs=("input_ids", "attention_mask", "token_type_ids"),
)

RECOMMENDER = Signature("a recommender", ("next_vector",), inputs=("inputs_embeds",))


class Session:
    """Run an ONNX graph: token numbers in, what its signature says out."""

    def __init__(
        self, path: Path, *, signature: Signature = CLASSIFIER, num_threads: int = 1
    ) -> None:
        """Open the file, of which at most ``num_threads`` texts are then read at once.

        Raises ``CheckpointError`` when the file is missing, cut off, or of another signature.
        """
        content = _read(Path(path))
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.signature = signature
        self.num_threads = num_threads
        self._session = open_graph(content, Path(path), signature)

    def run(self, batch_ids: Sequence[Sequence[int]]) -> Iterator[tuple[Array, ...]]:
        """Yield the outputs of each text, in order and without the axis B; none sees another."""
        return self.run_inputs([{"input_ids": ids} for ids in batch_ids])

    def run_inputs(
        self, batch: Sequence[Mapping[str, Sequence[int]]]
    ) -> Iterator[tuple[Array, ...]]:
        """Yield the outputs of each text as ``run`` does; a text is all its inputs by name.

        The attention mask may be left out: a text that runs alone has no padding.
        """
        if self.num_threads == 1 or len(batch) < 2:
            yield from map(self._run_one, batch)
            return
        with ThreadPoolExecutor(self.num_threads) as pool:
            yield from pool.map(self._run_one, batch)

    def run_batch(self, feed: Mapping[str, npt.NDArray[Any]]) -> tuple[Array, ...]:
        """Return the outputs of rows that are run at once, with the axis B.

        Only for a graph in 32 bits whose rows have one length: then no row sees another.
        """
        return tuple(self._run(dict(feed)))

    def width(self, output: str) -> int | None:
        """Return the last axis of an output, None where the graph leaves it open."""
        shapes = {value.name: value.shape for value in self._session.get_outputs()}
        last = shapes[output][-1]
        return last if isinstance(last, int) else None

    def _run_one(self, text: Mapping[str, Sequence[int]]) -> tuple[Array, ...]:
        feed = {name: np.array([row], dtype=np.int64) for name, row in text.items()}
        feed.setdefault("attention_mask", np.ones_like(feed["input_ids"]))
        return tuple(output[0] for output in self._run(feed))

    def _run(self, feed: dict[str, npt.NDArray[Any]]) -> list[Array]:
        try:
            outputs: list[Array] = self._session.run(self.signature.outputs, feed)
        except Exception as error:  # ONNX Runtime's errors share no class of their own.
            shapes = {name: array.shape for name, array in feed.items()}
            raise CheckpointError(
                f"The graph fails on inputs of the shapes {shapes} ({error}). It is not of one "
                f"model with the files beside it: copy the folder again or export it anew."
            ) from error
        return outputs


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


def open_graph(content: bytes, path: Path, signature: Signature = CLASSIFIER) -> Any:
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
    inputs, outputs = signature.inputs, signature.outputs
    if set(found_inputs) != set(inputs) or set(found_outputs) != set(outputs):
        raise CheckpointError(
            f"{path} turns {found_inputs} into {found_outputs}; {signature.model} turns {inputs} "
            f"into {outputs}. Give a folder written by `madang export` from {signature.model}."
        )
    return session
