"""int8 weights for an ONNX graph, kept only where they are faster and lose next to nothing.

Matrix products take 8-bit activations, scaled as they come, and weights with a scale for each
output column (Jacob et al. 2018, section 3, in its dynamic form). Weights use 7 of their 8 bits:
where a processor lacks VNNI the sum of two 8-bit products overflows 16 bits and saturates, so an
8-bit file would give other answers on other machines; a 7-bit file gives the same everywhere. The
token table takes a scale for each row, for frequent and rare tokens differ in length. The last
layer of a classifier stays as it is: it is tiny, and every reason is read from it.
"""

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime.quantization
from onnx import TensorProto, helper, numpy_helper

from madang.datasets.own.record import Recorded
from madang.datasets.rows import ALL, VALIDATION
from madang.datasets.table.reader import is_path
from madang.errors import ExportError, SettingError
from madang.export.onnx import quiet, write_export
from madang.formats.manifest import GRAPH_NAME, Manifest, read_manifest
from madang.formats.trunk import find_graph
from madang.tasks import registry
from madang.tasks.evaluation import MAX_LOSS, Trial
from madang.tasks.predictor import load

MIN_ROWS = 200
NUM_TIMED = 50
NUM_ROUNDS = 5
FP32_STAYS = "the fp32 ONNX file stays and can be used."
LEAST_WIDTH = 32  # a matrix with fewer columns is a classifier's last layer


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantizationReport:
    """What int8 cost and gained on the rows of a trial; latencies are medians for one text.

    ``figure`` names what ``score_float32`` and ``score_int8`` are.
    """

    figure: str
    num_rows: int
    score_float32: float
    score_int8: float
    latency_ms_float32: float
    latency_ms_int8: float
    bytes_float32: int
    bytes_int8: int

    def __str__(self) -> str:
        return (
            f"{self.figure} {self.score_int8:.4f} against {self.score_float32:.4f} in fp32 on "
            f"{self.num_rows:,} rows, {self.latency_ms_int8:.2f} ms against "
            f"{self.latency_ms_float32:.2f} ms a text, {self.bytes_int8 / 1e6:.1f} MB against "
            f"{self.bytes_float32 / 1e6:.1f} MB"
        )


def load_trial(data: str, split: str, manifest: Manifest) -> Trial:
    """Read the rows of data by which int8 of a model of the manifest's task is tried.

    Without a ``split`` it is the held-out one; of a file that the model has not seen it is all.

    Raises ``ExportError`` for a task whose int8 can not be tried, ``SettingError`` for data with
    other labels and ``DataError`` for rows of another kind.
    """
    is_served = registry.is_served(manifest.task)
    evaluation: Any = registry.find_part(manifest.task, "evaluation") if is_served else None
    if not hasattr(evaluation, "trial"):
        raise ExportError(
            f"int8 of a model for {manifest.task!r} can not be tried. Export it without data: "
            f"fp32 is written."
        )
    is_new = is_path(data) and Recorded.of(manifest.record).find(data) is None
    rows = evaluation.load(data, split or (ALL if is_new else VALIDATION), manifest)
    found: Trial = evaluation.trial(rows, manifest)
    return found


def check_number(trial: Trial) -> None:
    """Raise ``SettingError`` for too few rows to tell whether int8 loses."""
    if trial.num_rows < MIN_ROWS:
        raise SettingError(
            f"{trial.num_rows} rows can not show a loss of {100 * MAX_LOSS:.1f} points; give at "
            f"least {MIN_ROWS}, or leave out --data: the model stays in fp32."
        )


def quantize_export(folder: Path, trial: Trial) -> QuantizationReport:
    """Replace the ONNX file of an export folder by its int8 form where that passes the gate.

    The gate, on the rows of ``trial``: faster than fp32 on this machine (medians of interleaved
    runs, one thread) and at most the trial's ``max_loss`` of its figure lost, mostly 0.5 points.

    Raises ``ExportError`` with the figures when it does not pass; the fp32 file then stays.
    """
    check_number(trial)
    manifest = read_manifest(folder)
    exported = manifest.record.get("export", {})
    if manifest.trunk is not None:
        raise ExportError(
            f"{folder} stands on a trunk, and int8 is a matter of both: export the checkpoint "
            f"again with --trunk and --data."
        )
    if exported.get("precision") != "float32":
        raise ExportError(
            f"{folder} holds a model of precision {exported.get('precision')!r}; only 'float32' "
            f"can be quantised. Export the checkpoint again."
        )
    content = quantize(onnx.load(folder / GRAPH_NAME)).SerializeToString()
    with tempfile.TemporaryDirectory() as name:
        candidate = Path(name)
        write_export(candidate, content, source=folder, manifest=manifest, export={})
        report = measure(folder, candidate, trial)
    check_gate(report, max_loss=trial.max_loss)
    export = {**exported, "precision": "int8", "quantization": dataclasses.asdict(report)}
    write_export(folder, content, source=folder, manifest=manifest, export=export)
    return report


def quantize(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with int8 matrix products and an int8 token table."""
    model = _quantize_matrices(model)
    _quantize_token_table(model.graph)
    return model


def measure(float32: Path, int8: Path, trial: Trial) -> QuantizationReport:
    """Measure two export folders of one model side by side on the same rows."""
    folders = {"float32": float32, "int8": int8}
    models = {name: load(folder) for name, folder in folders.items()}
    figures: dict[str, float] = {}
    for name, model in models.items():
        figures[f"score_{name}"] = trial.score(model)
        figures[f"bytes_{name}"] = num_bytes(folders[name])
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(NUM_ROUNDS):
        for row in range(min(trial.num_rows, NUM_TIMED)):
            for name, model in models.items():
                start = time.perf_counter()
                trial.ask(model, row)
                seconds[name].append(time.perf_counter() - start)
    for name, values in seconds.items():
        figures[f"latency_ms_{name}"] = 1000 * float(np.median(values))
    return QuantizationReport(figure=trial.figure, num_rows=trial.num_rows, **figures)  # type: ignore[arg-type]


def num_bytes(folder: Path) -> int:
    """Return the size of a model's graph, with that of the trunk it stands on."""
    graphs = (folder / GRAPH_NAME, find_graph(folder, read_manifest(folder)))
    return sum(graph.stat().st_size for graph in graphs if graph is not None)


def check_gate(
    report: QuantizationReport, *, max_loss: float = MAX_LOSS, instead: str = FP32_STAYS
) -> None:
    """Raise ``ExportError`` naming the figures unless int8 is faster and loses little.

    ``instead`` says what there is without int8.
    """
    lost = report.score_float32 - report.score_int8
    faults = []
    if lost > max_loss + 1e-12:
        faults.append(f"loses {100 * lost:.2f} points (at most {100 * max_loss:.1f} allowed)")
    if report.latency_ms_int8 >= report.latency_ms_float32:
        faults.append("is not faster")
    if faults:
        raise ExportError(f"int8 {' and '.join(faults)}: {report}. It was not written; {instead}")


def _quantize_matrices(model: onnx.ModelProto) -> onnx.ModelProto:
    shapes = {table.name: list(table.dims) for table in model.graph.initializer}
    excluded = [
        node.name
        for node in model.graph.node
        if node.op_type == "MatMul" and shapes.get(node.input[1], [0])[-1] < LEAST_WIDTH
    ]
    with quiet(logger=None), tempfile.TemporaryDirectory() as name:
        path = Path(name) / GRAPH_NAME
        onnxruntime.quantization.quantize_dynamic(
            model,
            path,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=excluded,
            weight_type=onnxruntime.quantization.QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            extra_options={"MatMulConstBOnly": True},
        )
        return onnx.load(path)


def _quantize_token_table(graph: onnx.GraphProto) -> None:
    """Store the largest table that is looked up, if any is, as int8 with a scale for each row."""
    tables = {table.name: table for table in graph.initializer if len(table.dims) == 2}
    lookups = [node for node in graph.node if node.op_type == "Gather" and node.input[0] in tables]
    if not lookups:  # what stands on a trunk reads vectors, and looks nothing up
        return
    largest = max(lookups, key=lambda node: int(np.prod(tables[node.input[0]].dims)))
    name = largest.input[0]
    table_VD = numpy_helper.to_array(tables[name])
    scale_V1 = np.abs(table_VD).max(axis=1, keepdims=True) / 127
    scale_V1[scale_V1 == 0] = 1
    rounded_VD = np.rint(table_VD / scale_V1).astype(np.int8)
    graph.initializer.remove(tables[name])
    graph.initializer.extend(
        [
            numpy_helper.from_array(rounded_VD, f"{name}_int8"),
            numpy_helper.from_array(scale_V1.astype(np.float32), f"{name}_scale"),
        ]
    )
    # Tokens and the characters in them may be looked up in one table.
    for lookup in [node for node in lookups if node.input[0] == name]:
        _look_up_rounded(graph, lookup)


def _look_up_rounded(graph: onnx.GraphProto, lookup: onnx.NodeProto) -> None:
    """Replace a lookup in a table by one in its int8 form, in place."""
    name, ids = lookup.input
    position = list(graph.node).index(lookup)
    output = lookup.output[0]
    graph.node.remove(lookup)
    for offset, node in enumerate(
        [
            helper.make_node("Gather", [f"{name}_int8", ids], [f"{output}_rounded"]),
            helper.make_node("Gather", [f"{name}_scale", ids], [f"{output}_row_scale"]),
            helper.make_node(
                "Cast", [f"{output}_rounded"], [f"{output}_cast"], to=TensorProto.FLOAT
            ),
            helper.make_node("Mul", [f"{output}_cast", f"{output}_row_scale"], [output]),
        ]
    ):
        graph.node.insert(position + offset, node)
