"""Any number of labels a text, by the evidence of its tokens."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from madang.datasets.card import MultiLabelText
from madang.datasets.rows import card_labels, load_rows
from madang.errors import DataError
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.model import BertEncoder
from madang.tasks.learning import Task
from madang.tasks.multi_label import objective as multi_label
from madang.tasks.multi_label.objective import MultiLabelExample
from madang.text.tokenizer import Tokenizer

if TYPE_CHECKING:
    from madang.recipes.fine_tuning import FineTuningRecipe


class MultiLabel(Task[MultiLabelText, MultiLabelExample]):
    """Give a text those of the labels that it has."""

    name: ClassVar[str] = "multi_label"

    def __init__(self, recipe: "FineTuningRecipe") -> None:
        """Take the recipe's options; there are none."""

    def load(self, names: Sequence[str], split: str) -> list[MultiLabelText]:
        return load_rows(names, split, kind=MultiLabelText)

    def texts(self, rows: Sequence[MultiLabelText]) -> list[str]:
        return [row.text for row in rows]

    def labels(self, names: Sequence[str], rows: Sequence[MultiLabelText]) -> tuple[str, ...]:
        """Return the labels that the first data set names; ``DataError`` where it names none."""
        labels = card_labels(names)
        if not labels:
            raise DataError(
                f"{', '.join(names)} names no labels. Give a data set whose card does: see "
                f"`madang data list`."
            )
        return labels

    def examples(
        self,
        tokenizer: Tokenizer,
        rows: Sequence[MultiLabelText],
        *,
        labels: tuple[str, ...],
        max_length: int,
    ) -> list[MultiLabelExample]:
        encodings = tokenizer.encode(self.texts(rows), max_length=max_length)
        return [
            MultiLabelExample(ids=encoding.ids, labels=row.labels)
            for encoding, row in zip(encodings, rows, strict=True)
        ]

    def model(
        self, encoder: BertEncoder, *, labels: tuple[str, ...]
    ) -> BertForEvidenceClassification:
        return BertForEvidenceClassification(encoder, num_labels=len(labels))

    def objective(self, *, labels: tuple[str, ...]) -> multi_label.MultiLabel:
        return multi_label.MultiLabel(num_labels=len(labels))

    def taught(
        self,
        rows: Sequence[MultiLabelText],
        examples: Sequence[MultiLabelExample],
        *,
        labels: tuple[str, ...],
        folder: Path,
    ) -> Sequence[MultiLabelExample]:
        """Return the examples as they are.

        Raises ``DataError`` when no text to learn from has one of the labels.
        """
        found = {label for row in rows for label in row.labels}
        missing = [name for number, name in enumerate(labels) if number not in found]
        if missing:
            raise DataError(
                f"No text to learn from has the label {', '.join(missing)}. Give some texts that "
                f"have it, or data whose labels all occur."
            )
        return examples
