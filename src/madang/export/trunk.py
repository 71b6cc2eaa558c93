"""Write a checkpoint as what stands on a trunk, and the trunk where there is none yet.

A trunk is written once, in fp32 or in int8, and never changed, for other models stand on it. What
stands on it has its precision, and int8 is tried with both parts together. A checkpoint is known to
belong to a trunk by the fingerprints of its embeddings and lower layers: they have to be the same
bit for bit, as ``encoder.frozen_layers`` and ``kind = "shared"`` leave them.
"""

import dataclasses
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy.typing as npt
import onnx

from madang import storage
from madang.errors import ExportError, SettingError
from madang.export.card import write_trunk_card
from madang.export.onnx import (
    OPSET,
    Feed,
    check_served,
    feeds,
    largest_difference,
    read_tokenizer,
    trace,
    write_export,
)
from madang.export.quantization import (
    QuantizationReport,
    check_gate,
    check_number,
    measure,
    quantize,
)
from madang.formats.manifest import FORMAT_VERSION, GRAPH_NAME, TOKENIZER_NAME, Manifest
from madang.formats.trunk import Trunk, is_trunk, read_trunk, refer, write_trunk
from madang.models.bert.model import BertWithHead
from madang.models.bert.trunk import LowerLayers, above_trunk, fingerprints
from madang.models.checkpoint import load_checkpoint
from madang.models.config import ModelConfig
from madang.runtime import signature as graphs
from madang.runtime.onnx import open_graph
from madang.runtime.signature import HIDDEN, MASK, TRUNK, Signature
from madang.tasks.checkpoint import Served, served
from madang.tasks.evaluation import Trial
from madang.text.tokenizer import Tokenizer

INSTEAD = (
    "nor was anything else. Leave out --trunk; or leave out --data and give a new folder as trunk: "
    "both parts are fp32 then."
)
# What a checkpoint's record says of its head alone.
OF_HEAD = ("figures", "limits")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parts:
    """A checkpoint in two parts as graphs; ``trunk`` is what will be said of the lower one."""

    folder: Path
    manifest: Manifest
    trunk: Trunk
    lower: bytes
    upper: bytes
    export: Mapping[str, Any]

    def quantized(self) -> Self:
        """Return both parts in int8."""
        return dataclasses.replace(
            self,
            trunk=dataclasses.replace(self.trunk, precision="int8"),
            lower=quantize(onnx.load_from_string(self.lower)).SerializeToString(),
            upper=quantize(onnx.load_from_string(self.upper)).SerializeToString(),
            export={**self.export, "precision": "int8"},
        )

    def write(self, output: Path, trunk: Path, **further: Any) -> None:
        """Write the folder of a model, and that of its trunk where there is none.

        ``further`` joins what the record says of the export.
        """
        if not is_trunk(trunk):
            self._write_trunk(trunk)
        manifest = dataclasses.replace(
            self.manifest, trunk=refer(output, trunk), format_version=FORMAT_VERSION
        )
        export = {**self.export, **further}
        write_export(output, self.upper, source=self.folder, manifest=manifest, export=export)

    def _write_trunk(self, folder: Path) -> None:
        tokenizer = read_tokenizer(self.folder)
        written = dataclasses.replace(
            self.trunk,
            graph_sha256=hashlib.sha256(self.lower).hexdigest(),
            tokenizer_sha256=hashlib.sha256(tokenizer.encode()).hexdigest(),
        )
        storage.write_bytes(folder / GRAPH_NAME, self.lower)
        storage.write_text(folder / TOKENIZER_NAME, tokenizer)
        write_trunk_card(folder, written)
        # Last: by this file a folder is a trunk.
        write_trunk(folder, written)


def export_on_trunk(
    checkpoint_folder: Path,
    output: Path,
    *,
    trunk: Path,
    num_layers: int | None = None,
    trial: Trial | None = None,
) -> QuantizationReport | None:
    """Write a checkpoint as what stands on its lower ``num_layers``, and these as a trunk.

    A trunk that the folder ``trunk`` holds already is left as it is. With a ``trial`` both parts
    are int8; the gate is that of ``quantize_export``, for both together, and its report is
    returned. Nothing is written unless all is well.

    Raises ``ExportError`` for a model that has no part to share, lower layers that are not the
    trunk's, a graph that differs from its model, and int8 that loses too much; ``SettingError`` for
    a number of layers that can not be.
    """
    folder, output, trunk = Path(checkpoint_folder), Path(output), Path(trunk)
    if len({each.resolve() for each in (folder, output, trunk)}) < 3:
        raise ExportError(
            f"Model, output and trunk are {folder}, {output} and {trunk}. Give each a folder of "
            f"its own."
        )
    if trial is not None:
        check_number(trial)
    float32 = take_apart(folder, trunk, num_layers, is_tried=trial is not None)
    if trial is None:
        float32.write(output, trunk)
        return None
    int8 = float32.quantized()
    with tempfile.TemporaryDirectory() as name:
        both, tried = Path(name) / "float32", Path(name) / "int8"
        float32.write(both / "model", both / "trunk")
        int8.write(tried / "model", trunk if is_trunk(trunk) else tried / "trunk")
        report = measure(both / "model", tried / "model", trial)
    check_gate(report, max_loss=trial.max_loss, instead=INSTEAD)
    int8.write(output, trunk, quantization=dataclasses.asdict(report))
    return report


def take_apart(folder: Path, trunk: Path, num_layers: int | None, *, is_tried: bool) -> Parts:
    """Return a checkpoint in two parts in fp32, which together say what its model says.

    Where there is a trunk in the folder ``trunk``, the lower part is that of which it was made.
    """
    checkpoint = load_checkpoint(folder)
    model, manifest = checkpoint.model, checkpoint.manifest
    check_served(folder, manifest.task)
    whole = served(model, manifest.task, folder, error=ExportError)
    if not isinstance(model, BertWithHead) or "token_type_ids" in whole.signature.inputs:
        raise ExportError(
            f"{folder} is a model for {manifest.task!r}, which reads more than the tokens of one "
            f"text in its lower layers; these are of use to no other. Export it without --trunk."
        )
    config = model.encoder.config
    found = read_trunk(trunk) if is_trunk(trunk) else None
    num_layers = check_layers(num_layers, found, trunk, most=config.num_hidden_layers)
    own = fingerprints(model.encoder, num_layers=num_layers)
    if found is not None:
        check_precision(trunk, found, is_tried=is_tried)
        check_same(folder, own, trunk, found)
    lower = Served(LowerLayers(model.encoder, num_layers=num_layers).eval(), TRUNK)
    above = graphs.above_trunk(whole.signature)
    upper = Served(above_trunk(model, num_lower=num_layers).eval(), above)
    # All positions: a model that reads longer texts may come to stand on the same trunk.
    longest = config.max_position_embeddings
    lower_graph, upper_graph = (
        trace(each, config, max_length=longest).SerializeToString() for each in (lower, upper)
    )
    difference = check_both(
        whole, (lower_graph, upper_graph), above, config, max_length=manifest.max_length
    )
    record = {key: value for key, value in manifest.record.items() if key not in OF_HEAD}
    return Parts(
        folder=folder,
        manifest=manifest,
        trunk=Trunk(
            family=model.family,
            num_layers=num_layers,
            hidden_size=config.hidden_size,
            max_length=longest,
            precision="float32",
            graph_sha256="",
            tokenizer_sha256="",
            weights_sha256=own,
            record=record,
        ),
        lower=lower_graph,
        upper=upper_graph,
        export={
            "opset": OPSET,
            "precision": "float32",
            "max_difference": difference,
            "outputs": list(whole.signature.outputs),
            "layers_of_trunk": num_layers,
        },
    )


def check_both(
    whole: Served,
    parts: tuple[bytes, bytes],
    above: Signature,
    config: ModelConfig,
    *,
    max_length: int,
) -> float:
    """Return the largest difference between a model and both graphs, one run behind the other."""
    lower, upper = (
        open_graph(graph, Path(GRAPH_NAME), signature)
        for graph, signature in zip(parts, (TRUNK, above), strict=True)
    )

    def run(feed: Feed) -> list[npt.NDArray[Any]]:
        tokens = {name: feed[name] for name in ("input_ids", MASK)}
        (hidden_BTD,) = lower.run([HIDDEN], tokens)
        further = {name: array for name, array in feed.items() if name != "input_ids"}
        found: list[npt.NDArray[Any]] = upper.run(
            list(above.outputs), {HIDDEN: hidden_BTD, **further}
        )
        return found

    return largest_difference(whole, run, feeds(whole, config, max_length))


def check_layers(given: int | None, found: Trunk | None, trunk: Path, *, most: int) -> int:
    """Return how many layers the trunk has or will have; ``SettingError`` for what can not be."""
    if found is not None:
        if given not in (None, found.num_layers):
            raise SettingError(
                f"trunk_layers is {given}, but the trunk in {trunk} has {found.num_layers}. Leave "
                f"it out, or give another folder."
            )
        return found.num_layers
    if given is None:
        raise SettingError(
            f"There is no trunk in {trunk} yet. Say how many layers it is to have, from 0 to "
            f"{most}: --trunk_layers {3 * most // 4}"
        )
    if not 0 <= given <= most:
        raise SettingError(f"trunk_layers is {given}; the model has {most}. Give 0 to {most}.")
    return given


def check_precision(trunk: Path, found: Trunk, *, is_tried: bool) -> None:
    """Refuse to put a model on a trunk of another precision, of which nobody measured the loss."""
    if (found.precision == "int8") != is_tried:
        advice = (
            "leave out --data" if is_tried else "give --data NAME, by which the loss is measured"
        )
        raise ExportError(
            f"The trunk in {trunk} is {found.precision}, and so is what stands on it: {advice}, or "
            f"give the trunk a new folder."
        )


def check_same(folder: Path, own: tuple[str, ...], trunk: Path, found: Trunk) -> None:
    """Refuse a checkpoint whose lower layers or pieces are not those of the trunk."""
    same = [one == other for one, other in zip(own, found.weights_sha256, strict=False)]
    if own != found.weights_sha256:
        place = same.index(False) if False in same else len(same)
        first = f"layer {place}" if place else "the embeddings"
        raise ExportError(
            f"The trunk in {trunk} holds embeddings and {found.num_layers} layers; those of "
            f"{folder} are others, beginning with {first}. Train it from the same encoder with "
            f"encoder.frozen_layers = {found.num_layers}, or give the trunk a new folder."
        )
    pieces, others = (Tokenizer.load(each).pieces for each in (folder, trunk))
    if pieces != others:
        raise ExportError(
            f"The tokenizer of {folder} has other pieces than that of the trunk in {trunk}. Give "
            f"the trunk a new folder."
        )
