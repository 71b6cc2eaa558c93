"""Write a checkpoint as an ONNX folder, and only if both give the same answers.

Operator set 23 has attention as one operator: the file stays standard ONNX and ONNX Runtime runs
each attention as one kernel, without a pattern to be found again in the graph.
"""

import dataclasses
import hashlib
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from torch import nn

from madang import storage
from madang.errors import ExportError
from madang.export.card import write_card
from madang.export.compact import compact_tokenizer
from madang.export.graph import join_heads, strip_debugging, widen_masks
from madang.formats.manifest import (
    GRAPH_NAME,
    TOKENIZER_NAME,
    Manifest,
    find_tokenizer,
    write_manifest,
)
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint
from madang.models.config import ModelConfig
from madang.runtime.onnx import open_graph
from madang.runtime.signature import HIDDEN, MASK, Input
from madang.tasks import registry
from madang.tasks.checkpoint import Served, find_head, served

OPSET = 23
TOLERANCE = 1e-4
SEED = 0

Feed = Mapping[str, npt.NDArray[Any]]


def export_onnx(checkpoint_folder: Path, output: Path) -> Path:
    """Write the model of a checkpoint folder as an ONNX folder, and return that folder.

    Batch and length stay free. Nothing is written unless ONNX Runtime's answers equal PyTorch's
    within 1e-4 on several shapes, padded rows among them.

    Raises ``ExportError`` when they differ, when there is no graph for the model's task or when
    ``output`` is the checkpoint itself.
    """
    checkpoint_folder, output = Path(checkpoint_folder), Path(output)
    if output.resolve() == checkpoint_folder.resolve():
        raise ExportError(
            f"Model and output are both {output}. Give the export a folder of its own."
        )
    checkpoint = load_checkpoint(checkpoint_folder)
    model, manifest = checkpoint.model, checkpoint.manifest
    check_served(checkpoint_folder, manifest.task)
    drop_positions(model, behind=manifest.max_length)
    part = served(model, manifest.task, checkpoint_folder, error=ExportError)
    graph = trace(part, model.config, max_length=manifest.max_length)
    content = graph.SerializeToString()
    difference = check_equal(part, content, feeds(part, model.config, manifest.max_length))
    further = find_head(manifest.task).write(model, checkpoint_folder, output)
    write_export(
        output,
        content,
        source=checkpoint_folder,
        manifest=dataclasses.replace(manifest, record={**manifest.record, **further}),
        export={
            "opset": OPSET,
            "precision": "float32",
            "max_difference": difference,
            "outputs": list(part.signature.outputs),
        },
    )
    return output


def check_served(folder: Path, task: str) -> None:
    """Raise ``ExportError`` for a task that nothing serves."""
    if not registry.is_served(task):
        names = registry.served_names()
        raise ExportError(
            f"{folder} is a model for {task!r}; only {', '.join(map(repr, names))} can be exported "
            f"to ONNX. Fine-tune it on a data set for one of these first."
        )


def drop_positions(model: nn.Module, *, behind: int) -> None:
    """Leave out a BERT's positions that no text reaches: longer ones are read in windows."""
    encoder = getattr(model, "encoder", model)
    if isinstance(encoder, BertEncoder):
        encoder.position.weight = nn.Parameter(encoder.position.weight[:behind].detach().clone())


def trace(part: Served, config: ModelConfig, *, max_length: int) -> onnx.ModelProto:
    """Return the ONNX graph of a model, batch and length free, without debug records."""
    length = min(7, max_length)
    inputs, outputs = dict(part.signature.inputs), list(part.signature.outputs)
    # Tensors of their own: one that is given twice is traced as one input.
    example = {name: _example(each, config, length=length) for name, each in inputs.items()}
    if MASK in example:
        example[MASK] = torch.ones_like(example[MASK])
        example[MASK][1, length // 2 + 1 :] = 0
    batch = torch.export.Dim("batch")
    lengths = {
        axis: torch.export.Dim("length", min=2, max=max_length)
        if axis == "T"
        else torch.export.Dim(axis, min=2)
        for axis in {each.axis for each in inputs.values()}
    }
    with quiet(logger="torch.onnx"):
        program = torch.onnx.export(
            part.module,
            (),
            kwargs={_argument(name): value for name, value in example.items()},
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes={
                _argument(name): {0: batch, 1: lengths[each.axis]} for name, each in inputs.items()
            },
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    graph: onnx.ModelProto = program.model_proto
    strip_debugging(graph)
    join_heads(graph, num_heads=field_of(config, "num_attention_heads"))
    widen_masks(graph)
    return graph


def _argument(name: str) -> str:
    """Return what a module calls an input: above a trunk, vectors come where ids come elsewhere."""
    return "input_ids" if name == HIDDEN else name


def check_equal(part: Served, content: bytes, feeds: Iterable[Feed]) -> float:
    """Return the largest absolute difference between a model and its ONNX bytes on ``feeds``.

    Raises ``ExportError`` above 1e-4.
    """
    session = open_graph(content, Path(GRAPH_NAME), part.signature)
    outputs = list(part.signature.outputs)
    return largest_difference(part, lambda feed: session.run(outputs, dict(feed)), feeds)


def largest_difference(
    part: Served, run: Callable[[Feed], Sequence[npt.NDArray[Any]]], feeds: Iterable[Feed]
) -> float:
    """Return the largest absolute difference between a model and what ``run`` says on ``feeds``.

    Of what is said of tokens, only tokens that may be seen count. Raises ``ExportError`` above
    1e-4.
    """
    largest = 0.0
    for feed in feeds:
        with torch.inference_mode():
            expected = part.module(**{name: torch.from_numpy(feed[name]) for name in feed})
        found = run(feed)
        batch, length = next(iter(feed.values())).shape[:2]
        expected = expected if isinstance(expected, tuple) else (expected,)
        axes = part.signature.outputs.values()
        for axis, left, right in zip(axes, found, expected, strict=True):
            difference = np.abs(left - right.numpy())
            if axis == "T":
                difference = difference[feed[MASK] == 1]
            # numpy's maximum keeps what is not a number; Python's may lose it.
            largest = float(np.max([largest, difference.max()]))
        if not largest <= TOLERANCE:
            raise ExportError(
                f"The ONNX graph differs from its model by {largest:.2e} on a batch of {batch} x "
                f"{length} tokens; at most {TOLERANCE:.0e} is allowed. Nothing was written. "
                f"The model uses an operation that ONNX Runtime {onnxruntime.__version__} computes "
                f"otherwise: try another version of it."
            )
    return largest


def write_export(
    output: Path, content: bytes, *, source: Path, manifest: Manifest, export: Mapping[str, Any]
) -> None:
    """Write a whole export folder from ONNX bytes and the files of a model folder ``source``."""
    if source != output:
        storage.write_bytes(output / "config.json", (source / "config.json").read_bytes())
        tokenizer = read_tokenizer(source)
        if manifest.trunk is None or tokenizer != read_tokenizer(output / manifest.trunk.folder):
            storage.write_text(output / TOKENIZER_NAME, tokenizer)
        else:  # the trunk's serves it; one of an earlier export would stand in its way
            (output / TOKENIZER_NAME).unlink(missing_ok=True)
        sha256 = hashlib.sha256(tokenizer.encode()).hexdigest()
        manifest = dataclasses.replace(manifest, tokenizer_sha256=sha256)
    storage.write_bytes(output / GRAPH_NAME, content)
    written = {
        **export,
        "model_sha256": storage.sha256_of(output / GRAPH_NAME),
        "model_bytes": len(content),
    }
    manifest = dataclasses.replace(manifest, record={**manifest.record, "export": written})
    write_manifest(output, manifest)
    write_card(output, manifest)


def read_tokenizer(folder: Path) -> str:
    """Return the tokenizer of a model folder or a trunk, in few bytes."""
    return compact_tokenizer(find_tokenizer(folder).read_text(encoding="utf-8"))


def feeds(part: Served, config: ModelConfig, max_length: int) -> Iterator[Feed]:
    """Yield random inputs of several shapes; all rows but the first have padding."""
    random = np.random.default_rng(SEED)
    for num_texts, length in ((1, 2), (1, 33), (4, 8), (3, max_length)):
        length = min(length, max_length)
        lengths_B1 = random.integers(2, length + 1, (num_texts, 1))
        lengths_B1[0] = length
        feed: dict[str, npt.NDArray[Any]] = {}
        for name, each in part.signature.inputs.items():
            size = _size(each, length)
            if each.width:
                shape = (num_texts, size, field_of(config, each.width))
                feed[name] = random.standard_normal(shape, np.float32)
                continue
            # Positions of tokens are those of a row's own tokens, not of its padding.
            below = lengths_B1 if each.below == "T" else limit_of(each, config)
            feed[name] = random.integers(0, below, (num_texts, size))
            if each.padding:
                feed[name][1:, size // 2 :] = each.padding
        if MASK in feed:
            feed[MASK] = (np.arange(length)[None] < lengths_B1).astype(np.int64)
        yield feed


def _example(each: Input, config: ModelConfig, *, length: int) -> torch.Tensor:
    """Return two rows of an input, small numbers that any model of the kind can read."""
    size = _size(each, length)
    if each.width:
        return torch.randn(2, size, field_of(config, each.width))
    below = min(length, 5) if each.below == "T" else min(limit_of(each, config), 5)
    return torch.arange(2 * size).reshape(2, size) % below


def _size(each: Input, length: int) -> int:
    """Return how many positions an input has for texts of so many tokens."""
    return length if each.axis == "T" else 2 * length


def limit_of(each: Input, config: ModelConfig) -> int:
    """Return the number below which an input's numbers are."""
    return each.below if isinstance(each.below, int) else field_of(config, each.below)


def field_of(config: ModelConfig, name: str) -> int:
    """Return a field of a model's config that is a whole number."""
    value: int = getattr(config, name)
    return value


@contextmanager
def quiet(*, logger: str | None) -> Iterator[None]:
    """Silence a logger and all warnings; what matters is checked afterwards by numbers."""
    found = logging.getLogger(logger)
    level = found.level
    found.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        found.setLevel(level)
