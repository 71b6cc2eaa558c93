"""Write a checkpoint as an ONNX folder, and only if both give the same answers.

Operator set 23 has attention as one operator: the file stays standard ONNX and ONNX Runtime runs
each attention as one kernel, without a pattern to be found again in the graph.
"""

import dataclasses
import logging
import warnings
from collections.abc import Iterator, Mapping
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
from madang.export.graph import join_heads, strip_debugging, widen_masks
from madang.export.head import Served, served
from madang.formats.manifest import Manifest, write_manifest
from madang.models.bert.heads.answering import NUM_OVERLAPS
from madang.models.bert.heads.tagging import NUM_PLACES
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint
from madang.runtime.onnx import FILE_NAME, TAGGER, open_graph
from madang.text.compact import compact_tokenizer

OPSET = 23
TOLERANCE = 1e-4
SEED = 0
CHARACTERS = TAGGER.inputs[2:]

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
    manifest: Manifest = checkpoint.manifest
    drop_positions(checkpoint.model, behind=manifest.max_length)
    part = served(checkpoint.model, manifest.task, checkpoint_folder)
    graph = trace(part, max_length=manifest.max_length)
    content = graph.SerializeToString()
    feeds = list(_feeds(part, checkpoint.config.vocab_size, manifest.max_length))
    difference = check_equal(part, content, feeds)
    record = {**manifest.record, **part.beside(checkpoint_folder, output)}
    write_export(
        output,
        content,
        source=checkpoint_folder,
        manifest=dataclasses.replace(manifest, record=record),
        export={
            "opset": OPSET,
            "precision": "float32",
            "max_difference": difference,
            "outputs": list(part.signature.outputs),
        },
    )
    return output


def drop_positions(model: nn.Module, *, behind: int) -> None:
    """Leave out a BERT's positions that no text reaches: longer ones are read in windows."""
    encoder = getattr(model, "encoder", model)
    if isinstance(encoder, BertEncoder):
        encoder.position.weight = nn.Parameter(encoder.position.weight[:behind].detach().clone())


def trace(part: Served, *, max_length: int) -> onnx.ModelProto:
    """Return the ONNX graph of a model, batch and length free, without debug records."""
    length = min(7, max_length)
    ids_BT = torch.arange(2 * length).reshape(2, length) % 5
    mask_BT = torch.ones_like(ids_BT)
    mask_BT[1, length // 2 + 1 :] = 0
    inputs, outputs = part.signature.inputs, part.signature.outputs
    example = {
        "input_ids": ids_BT,
        "attention_mask": mask_BT,
        "token_type_ids": ids_BT % 2,
        "overlap_ids": ids_BT + 1,  # not the same tensor: the tracer would take two inputs for one
        "inputs_embeds": torch.randn(2, length, part.config.hidden_size),
        # Tensors of their own: one that is given twice is traced as one input.
        **{name: torch.arange(18).reshape(2, 9) % 4 for name in CHARACTERS},
    }
    batch = torch.export.Dim("batch")
    shape = {0: batch, 1: torch.export.Dim("length", min=2, max=max_length)}
    character_shape = {0: batch, 1: torch.export.Dim("characters", min=2)}
    with _quiet():
        program = torch.onnx.export(
            part.module,
            (),
            kwargs={name: example[name] for name in inputs},
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes={
                name: character_shape if name in CHARACTERS else shape for name in inputs
            },
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    graph: onnx.ModelProto = program.model_proto
    strip_debugging(graph)
    join_heads(graph, num_heads=part.config.num_attention_heads)
    widen_masks(graph)
    return graph


def check_equal(part: Served, content: bytes, feeds: list[Feed]) -> float:
    """Return the largest absolute difference between a model and its ONNX bytes on ``feeds``.

    Of what is said of tokens, only tokens that may be seen count. Raises ``ExportError`` above
    1e-4.
    """
    session = open_graph(content, Path(FILE_NAME), part.signature)
    largest = 0.0
    for feed in feeds:
        with torch.inference_mode():
            expected = part.module(**{name: torch.from_numpy(feed[name]) for name in feed})
        found = session.run(part.signature.outputs, dict(feed))
        batch, length = next(iter(feed.values())).shape[:2]
        expected = expected if isinstance(expected, tuple) else (expected,)
        for name, left, right in zip(part.signature.outputs, found, expected, strict=True):
            difference = np.abs(left - right.numpy())
            if name in part.signature.per_token:
                difference = difference[feed["attention_mask"] == 1]
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
        tokenizer = (source / "tokenizer.json").read_text(encoding="utf-8")
        storage.write_text(output / "tokenizer.json", compact_tokenizer(tokenizer))
        sha256 = storage.sha256_of(output / "tokenizer.json")
        manifest = dataclasses.replace(manifest, tokenizer_sha256=sha256)
    storage.write_bytes(output / FILE_NAME, content)
    written = {
        **export,
        "model_sha256": storage.sha256_of(output / FILE_NAME),
        "model_bytes": len(content),
    }
    manifest = dataclasses.replace(manifest, record={**manifest.record, "export": written})
    write_manifest(output, manifest)
    write_card(output, manifest)


def _feeds(part: Served, vocab_size: int, max_length: int) -> Iterator[Feed]:
    random = np.random.default_rng(SEED)
    for batch, length in ((1, 2), (1, 33), (4, 8), (3, max_length)):
        length = min(length, max_length)
        ids_BT = random.integers(0, vocab_size, (batch, length))
        # The first row is full, so that a batch of any shape has padded and full rows.
        lengths_B1 = random.integers(2, length + 1, (batch, 1))
        lengths_B1[0] = length
        feed: Feed = {
            "input_ids": ids_BT,
            "attention_mask": (np.arange(length)[None] < lengths_B1).astype(np.int64),
            "token_type_ids": random.integers(0, part.config.type_vocab_size, (batch, length)),
            "overlap_ids": random.integers(0, NUM_OVERLAPS, (batch, length)),
            "inputs_embeds": random.standard_normal(
                (batch, length, part.config.hidden_size), np.float32
            ),
            **_characters(random, vocab_size, lengths_B1, num_characters=2 * length),
        }
        yield {name: feed[name] for name in part.signature.inputs}


def _characters(
    random: np.random.Generator,
    vocab_size: int,
    lengths_B1: npt.NDArray[np.int64],
    *,
    num_characters: int,
) -> dict[str, npt.NDArray[np.int64]]:
    """Return characters of tokens that may be seen, the last of all rows but one being padding."""
    shape = (len(lengths_B1), num_characters)
    places_BU = random.integers(0, NUM_PLACES, shape)
    places_BU[1:, num_characters // 2 :] = -1
    arrays = (
        random.integers(0, vocab_size, shape),
        random.integers(0, lengths_B1, shape),
        places_BU,
    )
    return dict(zip(CHARACTERS, arrays, strict=True))


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter's talk; what matters is checked afterwards by numbers."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
