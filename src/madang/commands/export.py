"""``madang export``: a checkpoint to an ONNX folder that serves, in int8 where that is safe."""

from pathlib import Path

from madang.commands.output import say
from madang.formats.manifest import read_manifest


def export(
    *,
    model: Path,
    output: Path,
    data: str | None = None,
    split: str = "",
) -> None:
    """Write a checkpoint as an ONNX folder; with labelled data, in int8 where that passes its gate.

    Args:
        model: a checkpoint folder written by `madang train`.
        output: the folder to write.
        data: the data set or file on which int8 must lose at most 0.5 points; without it fp32 is
            written. For a sentence encoder one of scored pairs, such as korsts.
        split: the part of the data to use, one the model was not trained on: validation by default,
            of a file that it has not seen all.
    """
    # Imported here, for they load PyTorch.
    from madang.export.onnx import export_onnx
    from madang.export.quantization import check_number, load_trial, quantize_export

    trial = load_trial(data, split, read_manifest(model)) if data else None
    if trial is not None:
        check_number(trial)
    export_onnx(model, output)
    say(f"{output}: the ONNX file in fp32 gives the answers of {model}.")
    if trial is None:
        say("It stays in fp32: give --data NAME to check int8 on labelled texts and keep it.")
        return
    say(f"int8 kept: {quantize_export(output, trial)}.")
