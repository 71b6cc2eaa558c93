"""``madang export``: a checkpoint to an ONNX folder that serves, in int8 where that is safe."""

import sys
from pathlib import Path

from madang.errors import SettingError
from madang.manifest import read_manifest


def export(
    *,
    model: Path,
    output: Path,
    data: str | None = None,
    split: str = "validation",
) -> None:
    """Write a checkpoint as an ONNX folder; with labelled data, in int8 where that passes its gate.

    Args:
        model: a checkpoint folder written by `madang train`.
        output: the folder to write.
        data: the data set on which int8 must lose at most 0.5 points; without it fp32 is written.
        split: the part of the data set to use; take one the model was not trained on.
    """
    # Imported here, for they load PyTorch.
    from madang.export.onnx import export_onnx
    from madang.export.quantization import quantize_export

    rows = _read_rows(data, split, read_manifest(model).labels) if data else None
    export_onnx(model, output)
    _say(f"{output}: the ONNX file in fp32 gives the answers of {model}.")
    if rows is None:
        _say("It stays in fp32: give --data NAME to check int8 on labelled texts and keep it.")
        return
    report = quantize_export(output, *rows)
    _say(
        f"int8 kept: accuracy {report.accuracy_int8:.4f} (fp32 {report.accuracy_float32:.4f}) on "
        f"{report.num_texts:,} texts, {report.latency_ms_int8:.2f} ms a text "
        f"(fp32 {report.latency_ms_float32:.2f}), {report.bytes_int8 / 1e6:.1f} MB "
        f"(fp32 {report.bytes_float32 / 1e6:.1f})."
    )


def _read_rows(data: str, split: str, labels: tuple[str, ...]) -> tuple[list[str], list[int]]:
    """Return texts and label numbers of a data set that has the model's labels in its order."""
    from madang.datasets.registry import find_card, load_labelled

    card = find_card(data)
    if card.labels != labels:
        raise SettingError(
            f"{data} has the labels {', '.join(card.labels)}, the model {', '.join(labels)}. "
            f"Give the data set that it was trained for: --data."
        )
    rows = load_labelled(data, split)
    return [row.text for row in rows], [row.label for row in rows]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
