"""``madang export``: a checkpoint to an ONNX folder that serves, in int8 where that is safe."""

from pathlib import Path

from madang.commands.output import say
from madang.errors import SettingError
from madang.formats.manifest import read_manifest


def export(
    *,
    model: Path,
    output: Path,
    data: str | None = None,
    split: str = "",
    trunk: Path | None = None,
    trunk_layers: int | None = None,
) -> None:
    """Write a checkpoint as an ONNX folder; with labelled data, in int8 where that passes its gate.

    Args:
        model: a checkpoint folder written by `madang train`.
        output: the folder to write.
        data: the data set or file on which int8 must lose at most 0.5 points; without it fp32 is
            written. For a sentence encoder one of scored pairs, such as korsts.
        split: the part of the data to use, one the model was not trained on: validation by default,
            of a file that it has not seen all.
        trunk: a folder of the embeddings and lower layers, which models that have the same ones
            share; it is written where it is not there yet.
        trunk_layers: how many layers a trunk that is not there yet is to have.
    """
    # Imported here, for they load PyTorch.
    from madang.export.onnx import export_onnx
    from madang.export.quantization import check_number, load_trial, quantize_export

    if trunk is None and trunk_layers is not None:
        raise SettingError(
            f"trunk_layers is {trunk_layers}, but no trunk is given. Give its folder: --trunk "
            f"FOLDER, or leave it out."
        )
    trial = load_trial(data, split, read_manifest(model)) if data else None
    if trial is not None:
        check_number(trial)
    if trunk is not None:
        from madang.export.trunk import export_on_trunk

        found = export_on_trunk(model, output, trunk=trunk, num_layers=trunk_layers, trial=trial)
        say(f"{output}: on the trunk {trunk} it gives the answers of {model}.")
        if found is None:
            say("Both are fp32: int8 is for a trunk that is written with --data NAME.")
        else:
            say(f"int8 of both: {found}.")
        return
    export_onnx(model, output)
    say(f"{output}: the ONNX file in fp32 gives the answers of {model}.")
    if trial is None:
        say("It stays in fp32: give --data NAME to check int8 on labelled texts and keep it.")
        return
    say(f"int8 kept: {quantize_export(output, trial)}.")
