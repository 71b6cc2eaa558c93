"""Learning curves as a picture beside the checkpoint."""

from collections.abc import Sequence
from pathlib import Path

from madang import storage
from madang.training.reporting.result import Record

CHART_NAME = "learning_curves.png"
_NO_CURVES = ("event", "step", "epoch", "seconds")


def draw_learning_curves(path: Path, history: Sequence[Record]) -> None:
    """Draw the training loss and every validation figure over the steps into a PNG file.

    A figure that validation shares with training (the loss) is drawn over it.
    """
    from matplotlib.figure import Figure

    training = [record for record in history if record["event"] == "train"]
    validation = [record for record in history if record["event"] == "validation"]
    names = [name for name in (validation[0] if validation else ()) if name not in _NO_CURVES]
    names = ["loss", *(name for name in names if name != "loss")]
    figure = Figure(figsize=(5 * len(names), 3.6), layout="constrained")
    for index, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), index + 1)
        if name == "loss":
            axes.plot(*_curve(training, name), label="training", color="0.55")
        if validation and name in validation[0]:
            axes.plot(*_curve(validation, name), label="validation", marker="o", markersize=3)
        axes.set_xlabel("step")
        axes.set_title(name)
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
    with storage.replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)


def _curve(records: Sequence[Record], name: str) -> tuple[list[int], list[float]]:
    return [record["step"] for record in records], [record[name] for record in records]
