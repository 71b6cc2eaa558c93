"""Any number of labels a text, by the evidence of its tokens."""

from collections.abc import Sequence

import numpy as np

from madang.datasets.card import MultiLabelText
from madang.datasets.own.multi_label import MULTI_LABEL
from madang.datasets.rows import Source
from madang.errors import DataError
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.model import BertEncoder
from madang.tasks.distillation import Answer
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

    form = MULTI_LABEL

    def labels(self, source: Source[MultiLabelText]) -> Labels:
        """Return the labels; ``DataError`` where no text has any."""
        if not source.labels:
            raise DataError(
                f"No text of {', '.join(source.names)} has a label. Give texts that have some."
            )
        return source.labels

    def check(
        self, train: Sequence[MultiLabelText], held_out: Sequence[MultiLabelText], *, labels: Labels
    ) -> None:
        """Check that each label occurs."""
        check_all_occur(labels, [label for row in train for label in row.labels])

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
            MultiLabelExample(
                ids=encoding.ids, labels=row.labels, unknown=row.unknown, any_of=row.any_of
            )
            for encoding, row in zip(encodings, rows, strict=True)
        ]

    def asked(self, rows: Sequence[MultiLabelText]) -> list[str]:
        return self.texts(rows)

    def labelled(
        self, texts: Sequence[str], outputs: Sequence[Answer], *, labels: Labels, reader: Tokenizer
    ) -> list[MultiLabelText]:
        """Return texts with the labels that are more probable than not."""
        return [
            MultiLabelText(text, tuple(np.flatnonzero(logits_C >= 0).tolist()))
            for text, (logits_C,) in zip(texts, outputs, strict=True)
        ]

    def model(self, encoder: BertEncoder, *, labels: Labels) -> BertForEvidenceClassification:
        return BertForEvidenceClassification(encoder, num_labels=len(labels))

    def objective(self, *, labels: Labels) -> multi_label.MultiLabel:
        return multi_label.MultiLabel(num_labels=len(labels))
