"""Learn parity from texts: a rule that counts sentences gives the labels."""

from collections.abc import Sequence

from madang.datasets.card import Document
from madang.datasets.own.document import DOCUMENT
from madang.datasets.rows import Source
from madang.models.bert.heads.classification import BertForSequenceClassification
from madang.models.bert.model import BertEncoder
from madang.tasks.learning import Head, Learning
from madang.tasks.parity.objective import ParityExample, ParityLoss
from madang.tasks.parity.task import LABELS
from madang.tasks.task import NoOptions
from madang.text.sentence import sentence_spans
from madang.text.tokenizer import Tokenizer

HEAD = Head(BertForSequenceClassification, "gives one of two labels")


class Parity(Learning[Document, ParityExample]):
    """Say whether a text has an odd number of sentences."""

    form = DOCUMENT

    def __init__(self, options: NoOptions) -> None:
        """Take the options; there are none."""
        super().__init__(options)

    def texts(self, rows: Sequence[Document]) -> list[str]:
        return [row.text for row in rows]

    def labels(self, source: Source[Document]) -> tuple[str, ...]:
        return LABELS

    def examples(
        self,
        tokenizer: Tokenizer,
        rows: Sequence[Document],
        *,
        labels: tuple[str, ...],
        max_length: int,
    ) -> list[ParityExample]:
        encodings = tokenizer.encode(self.texts(rows), max_length=max_length)
        return [
            ParityExample(ids=encoding.ids, is_odd=len(sentence_spans(row.text)) % 2 == 1)
            for encoding, row in zip(encodings, rows, strict=True)
        ]

    def model(
        self, encoder: BertEncoder, *, labels: tuple[str, ...]
    ) -> BertForSequenceClassification:
        return BertForSequenceClassification(encoder, num_labels=len(labels))

    def objective(self, *, labels: tuple[str, ...]) -> ParityLoss:
        return ParityLoss()
