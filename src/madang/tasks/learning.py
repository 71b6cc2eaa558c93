"""What a task must say so that a recipe can make a model for it.

The pipeline knows neither labels nor heads. It reads the rows, turns them into examples, puts the
task's head on an encoder and trains it by the task's objective; the first figure of the objective
chooses the epoch and the average. ``tasks/`` holds one file a task.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

from torch import nn

from madang.errors import SettingError
from madang.formats.manifest import Calibration
from madang.models.bert.model import BertEncoder
from madang.models.model import Model
from madang.text.tokenizer import Tokenizer
from madang.training.objective import Objective

RowT = TypeVar("RowT")
ExampleT = TypeVar("ExampleT")


class Task(Protocol[RowT, ExampleT]):
    """One kind of answer: its rows, its examples, its head, its objective.

    A class that names this one as its base inherits what has a default: nothing is taught and
    nothing calibrated. It is built from a ``Recipe``, whose table of the task's name holds its
    options. ``name`` is the ``task`` of a recipe and of a model's manifest.
    """

    name: ClassVar[str]

    def load(self, names: Sequence[str], split: str) -> list[RowT]:
        """Read one split of data sets by name and of files by path, one after the other.

        Raises ``DataError`` for a split without rows and rows of another kind.
        """
        ...

    def texts(self, rows: Sequence[RowT]) -> list[str]:
        """Return every text of the rows, for what is learned without labels."""
        ...

    def labels(self, names: Sequence[str], rows: Sequence[RowT]) -> tuple[str, ...]:
        """Return the names of the labels in the order of the logits, () where there are none.

        ``rows`` are those of all splits that are used.
        """
        ...

    def examples(
        self,
        tokenizer: Tokenizer,
        rows: Sequence[RowT],
        *,
        labels: tuple[str, ...],
        max_length: int,
    ) -> list[ExampleT]:
        """Return the rows as tokens, at most ``max_length`` in an example."""
        ...

    def model(self, encoder: BertEncoder, *, labels: tuple[str, ...]) -> Model:
        """Put the task's head on an encoder."""
        ...

    def objective(self, *, labels: tuple[str, ...]) -> Objective[ExampleT]:
        """Return how examples are learned and measured."""
        ...

    def taught(
        self,
        rows: Sequence[RowT],
        examples: Sequence[ExampleT],
        *,
        labels: tuple[str, ...],
        folder: Path,
    ) -> Sequence[ExampleT]:
        """Return the training examples with what a teacher adds; ``folder`` keeps its work."""
        return examples

    def taught_by(
        self,
        model: Model,
        tokenizer: Tokenizer,
        texts: Sequence[str],
        *,
        rows: Sequence[RowT],
        max_length: int,
    ) -> list[ExampleT]:
        """Return texts without labels as examples of what a model says of them.

        ``rows`` are the labelled ones, from which a teacher may learn that has its say as well.
        Raises ``SettingError`` for a task that can not learn from its own answers.
        """
        raise SettingError(
            f"self_training is given, but the task {self.name!r} has none. Leave it out."
        )

    def calibration(self, model: nn.Module, examples: Sequence[ExampleT]) -> Calibration | None:
        """Return what turns the model's scores into probabilities, fitted on held-out examples."""
        return None
