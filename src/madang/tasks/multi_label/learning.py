"""Any number of labels a text, by the evidence of its tokens."""

from collections.abc import Sequence
from pathlib import Path

from madang.datasets.card import MultiLabelText
from madang.datasets.rows import card_labels
from madang.errors import DataError
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.model import BertEncoder
from madang.tasks.learning import Head, Labels, Learning, check_all_occur
from madang.tasks.multi_label import objective as multi_label
from madang.tasks.multi_label.objective import MultiLabelExample
from madang.text.tokenizer import Tokenizer

HEAD = Head(
    BertForEvidenceClassification,
    "gives evidence for its tokens; a served classifier shows its reasons",
)


class MultiLabel(Learning[MultiLabelText, MultiLabelExample]):
    """Give a text those of the labels that it has."""

    kind = MultiLabelText

    def labels(self, names: Sequence[str], rows: Sequence[MultiLabelText]) -> Labels:
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
        labels: Labels,
        max_length: int,
    ) -> list[MultiLabelExample]:
        encodings = tokenizer.encode(self.texts(rows), max_length=max_length)
        return [
            MultiLabelExample(ids=encoding.ids, labels=row.labels)
            for encoding, row in zip(encodings, rows, strict=True)
        ]

    def model(self, encoder: BertEncoder, *, labels: Labels) -> BertForEvidenceClassification:
        return BertForEvidenceClassification(encoder, num_labels=len(labels))

    def objective(self, *, labels: Labels) -> multi_label.MultiLabel:
        return multi_label.MultiLabel(num_labels=len(labels))

    def taught(
        self,
        rows: Sequence[MultiLabelText],
        examples: Sequence[MultiLabelExample],
        *,
        labels: Labels,
        folder: Path,
    ) -> Sequence[MultiLabelExample]:
        """Return the examples as they are.

        Raises ``DataError`` when no text to learn from has one of the labels.
        """
        check_all_occur(labels, {label for row in rows for label in row.labels})
        return examples
