"""``madang probe``: a sentence encoder joins a classifier of two labels."""

import shlex
from pathlib import Path

from madang.commands.output import say
from madang.formats.catalogue import find_model
from madang.formats.manifest import UNCALIBRATED


def probe(
    *,
    model: str,
    data: str,
    output: Path,
    encoder: str = "sentence",
    strength: float = 1.0,
) -> None:
    """Let a sentence encoder join a classifier of two labels, by a linear model on its vectors.

    Args:
        model: an exported classifier, or a shipped one's name; a probe that it has is replaced.
        data: the labelled data; `train` is learned from, `validation` weighs model and probe.
        output: the folder to write; it may be the model's own.
        encoder: an exported sentence encoder, or a shipped one's name.
        strength: the inverse of the linear model's L2 penalty.
    """
    from madang.export.probe import add_probe

    manifest = add_probe(find_model(model), output, data=data, encoder=encoder, strength=strength)
    calibration = manifest.calibration or UNCALIBRATED
    scales = manifest.record["probe"]["scales"]
    say(
        f"{output}: the model's score counts {calibration.scale:.3f} and the probe's "
        f"{scales['probe']:.3f}. Measure it: madang evaluate --model {shlex.quote(str(output))}"
    )
