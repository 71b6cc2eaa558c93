"""How a task is learned by a fine-tuned encoder, and which module answers for it afterwards.

The pipeline knows neither labels nor heads. It reads the rows, turns them into examples, puts the
task's head on an encoder and trains it by the task's objective; the first figure of the objective
chooses the epoch and the average.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from madang.datasets.rows import load_rows
from madang.errors import DataError, SettingError
from madang.formats.manifest import Calibration
from madang.metrics.calibration import fit_platt
from madang.models.bert.model import BertEncoder
from madang.models.model import Model
from madang.runtime.runner import Array
from madang.runtime.signature import Signature
from madang.text.tokenizer import Tokenizer
from madang.training.objective import Objective

RowT = TypeVar("RowT")
ExampleT = TypeVar("ExampleT")
Labels = tuple[str, ...]


def _itself(model: Any) -> nn.Module:
    part: nn.Module = model
    return part


def _nothing(*_: Any) -> Mapping[str, Any]:
    return {}


class Head(NamedTuple):
    """Which model answers for a task, and why no other will do.

    ``module`` makes of the model what is called with the inputs of the task's signature and gives
    its outputs in order. ``less`` names models that give fewer outputs, with the signature of each:
    they are measured and not exported. ``arrays`` are what the predictor needs beside the module,
    of a model and its folder; ``write`` writes them from the checkpoint's folder beside an export
    and returns what the record says of it.
    """

    model: type[Model]
    reason: str
    module: Callable[[Any], nn.Module] = _itself
    less: Mapping[type[Model], Signature] = MappingProxyType({})
    arrays: Callable[[Any, Path], Mapping[str, Array]] = _nothing
    write: Callable[[Any, Path, Path], Mapping[str, Any]] = _nothing


class Learning(ABC, Generic[RowT, ExampleT]):
    """How one task is learned: its rows, its examples, its model, its objective.

    ``options`` are the task's, ``kind`` the class of its rows. By default a row has one text, and
    there are no labels, no teacher and no calibration.
    """

    kind: ClassVar[type[Any]]

    def __init__(self, options: Any) -> None:
        self.options = options

    def load(self, names: Sequence[str], split: str) -> list[RowT]:
        """Read one split of data sets by name and of files by path, one after the other.

        Raises ``DataError`` for a split without rows and rows of another kind.
        """
        return load_rows(names, split, kind=self.kind)

    def texts(self, rows: Sequence[Any]) -> list[str]:
        """Return every text of the rows, for what is learned without labels."""
        return [row.text for row in rows]

    def labels(self, names: Sequence[str], rows: Sequence[RowT]) -> Labels:
        """Return the names of the labels in the order of the logits, () where there are none.

        ``rows`` are those of all splits that are used.
        """
        return ()

    @abstractmethod
    def examples(
        self, tokenizer: Tokenizer, rows: Sequence[RowT], *, labels: Labels, max_length: int
    ) -> list[ExampleT]:
        """Return the rows as tokens, at most ``max_length`` in an example."""

    @abstractmethod
    def model(self, encoder: BertEncoder, *, labels: Labels) -> Model:
        """Put the task's head on an encoder."""

    @abstractmethod
    def objective(self, *, labels: Labels) -> Objective[ExampleT]:
        """Return how examples are learned and measured."""

    def taught(
        self, rows: Sequence[RowT], examples: Sequence[ExampleT], *, labels: Labels, folder: Path
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

        ``rows`` are the labelled ones; a teacher, where the options name one, learns from them.
        Raises ``SettingError`` for a task that can not learn from its own answers.
        """
        raise SettingError("self_training is given, but this task has none. Leave it out.")

    def calibration(self, model: nn.Module, examples: Sequence[ExampleT]) -> Calibration | None:
        """Return what turns the model's scores into probabilities, fitted on held-out examples."""
        return None


def fit_calibration(logits_NC: NDArray[np.floating], labels: Sequence[Any]) -> Calibration | None:
    """Fit Platt's sigmoid to held-out logits where there are two labels; more have none."""
    if logits_NC.shape[1] != 2:
        return None
    margin_N = logits_NC[:, 1] - logits_NC[:, 0]
    scale, offset = fit_platt(margin_N, np.array(labels, np.int64))
    return Calibration(scale=scale, offset=offset)


def check_all_occur(labels: Sequence[str], found: set[int]) -> None:
    """Raise ``DataError`` where no text to learn from has one of the labels, by its number."""
    missing = [name for number, name in enumerate(labels) if number not in found]
    if missing:
        raise DataError(
            f"No text to learn from has the label {', '.join(missing)}. Give some texts that have "
            f"it, or data whose labels all occur."
        )
