"""How a task is learned by a fine-tuned encoder, and which module answers for it afterwards.

The pipeline knows neither labels nor heads. It reads the rows, turns them into examples, puts the
task's head on an encoder and trains it by the task's objective; the first figure of the objective
chooses the epoch and the average.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from madang.datasets.mixture import Part
from madang.datasets.own.columns import COLUMNS, Columns
from madang.datasets.own.form import Form
from madang.datasets.own.label import count_names
from madang.datasets.rows import Source
from madang.errors import DataError, SettingError
from madang.formats.manifest import Calibration
from madang.metrics.calibration import fit_platt
from madang.models.bert.model import BertEncoder
from madang.models.model import Model
from madang.runtime.runner import Array
from madang.runtime.signature import Signature
from madang.tasks.distillation import Answer, TaughtExample
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

    ``options`` are the task's, ``form`` says what its rows are. By default a row has one text, and
    there are no labels, no teacher and no calibration. A fine-tuned teacher may have a tokenizer of
    its own, unless the task ``shares_tokenizer`` with it; ``has_temperature`` says whether its
    outputs are probabilities.
    """

    form: ClassVar[Form[Any]]
    shares_tokenizer: ClassVar[bool] = False
    has_temperature: ClassVar[bool] = True

    def __init__(self, options: Any) -> None:
        self.options = options

    def open(
        self,
        names: Sequence[str],
        *,
        columns: Columns = COLUMNS,
        validation: Sequence[str] = (),
        mixture: Mapping[str, Part] = MappingProxyType({}),
    ) -> Any:
        """Open data sets by name and files by path: return a ``Source``, or what gives ``rows``."""
        return Source(
            names=tuple(names),
            form=self.form,
            columns=columns,
            validation=tuple(validation),
            wanted=tuple(getattr(self.options, "labels", ())),
            mixture=mixture,
        )

    def texts(self, rows: Sequence[Any]) -> list[str]:
        """Return every text of the rows, for what is learned without labels."""
        return [row.text for row in rows]

    def labels(self, source: Any) -> Labels:
        """Return the names of the labels in the order of the logits, () where there are none.

        ``source`` is what ``open`` gave.
        """
        return ()

    def check(self, train: Sequence[RowT], held_out: Sequence[RowT], *, labels: Labels) -> None:
        """Raise ``MadangError`` for what would stop the run later, before anything is trained."""

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

    def asked(self, rows: Sequence[RowT]) -> list[Any]:
        """Return what a fine-tuned teacher is asked about the rows: texts, or pairs of texts.

        Raises ``SettingError`` for a task that learns from none.
        """
        raise SettingError("teacher is given, but this task learns from none. Leave it out.")

    def answered(
        self, rows: Sequence[RowT], examples: Sequence[ExampleT], outputs: Sequence[Answer]
    ) -> list[TaughtExample]:
        """Return the examples with what a teacher said of what was asked about their rows."""
        return [TaughtExample(*each) for each in zip(examples, outputs, strict=True)]

    def taught(
        self, rows: Sequence[RowT], examples: Sequence[ExampleT], *, labels: Labels, folder: Path
    ) -> Sequence[ExampleT]:
        """Return the training examples with what a teacher adds; ``folder`` keeps its work."""
        return examples

    def labelled(
        self, texts: Sequence[str], outputs: Sequence[Answer], *, labels: Labels, reader: Tokenizer
    ) -> list[RowT]:
        """Return texts without labels as rows, labelled by the outputs of a model.

        ``reader`` is that model's tokenizer. Raises ``SettingError`` for a task whose rows are no
        single texts.
        """
        raise SettingError(
            "The rows of this task are no single texts, and a model labels no further ones. Leave "
            "out self_training and teacher.further."
        )

    def taught_by(
        self,
        examples: Sequence[ExampleT],
        outputs: Sequence[Answer],
        texts: Sequence[str],
        *,
        rows: Sequence[RowT],
    ) -> Sequence[ExampleT]:
        """Return the examples of labelled texts with the doubt of the model that labelled them.

        ``rows`` are those with labels of their own; a teacher, where the options name one, learns
        from them.
        """
        return examples

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


def check_all_occur(
    labels: Sequence[str], train: Iterable[int], held_out: Iterable[int] | None = None
) -> None:
    """Raise ``DataError`` where no row to learn from, or none held out, has one of the labels.

    Rows are given by the numbers of their labels; those held out only where the end needs them.
    """
    for numbers, which in ((train, "to learn from"), (held_out, "that is held out")):
        counts = Counter(numbers or ())
        missing = [name for number, name in enumerate(labels) if not counts[number]]
        if missing and numbers is not None:
            known = {name: counts[number] for number, name in enumerate(labels)}
            raise DataError(
                f"No text {which} has the label {', '.join(missing)}: {count_names(known)}. Give "
                f"some texts that have it, or data whose labels all occur."
            )


def check_several(labels: Sequence[str], *, names: Sequence[str]) -> None:
    """Raise ``DataError`` where there are not two labels to tell apart."""
    if len(labels) < 2:
        only = f"has the label {labels[0]}" if labels else "is without a label"
        raise DataError(
            f"Every row of {', '.join(names)} {only}; there is nothing to tell apart. Give rows of "
            f"two labels or more."
        )


def check_scores_differ(scores: Sequence[float]) -> None:
    """Raise ``DataError`` where no correlation with held-out scores can be computed."""
    if len(set(scores)) < 2:
        raise DataError(
            f"The {len(scores)} pairs that are held out have "
            f"{f'the score {scores[0]:g} alone' if scores else 'no score'}; a model is chosen by "
            f'how it follows scores that differ. Give more pairs, or validation = ["dev.csv"].'
        )
