"""One label a text, by the evidence of its tokens; doubtful labels can be softened by a teacher."""

import dataclasses
import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from madang import storage
from madang.baselines.ngram import NgramClassifier
from madang.baselines.teacher import MeanTeacher, Teacher, out_of_fold_probabilities
from madang.baselines.vector import VectorClassifier
from madang.datasets.card import LabelledText
from madang.datasets.own.label import count_names
from madang.datasets.own.labelled import LABELLED
from madang.datasets.rows import Source
from madang.decoding.probability import label_probabilities
from madang.errors import DataError
from madang.formats.manifest import Calibration
from madang.models.bert.heads.classification import (
    BertForEvidenceClassification,
    BertForSequenceClassification,
)
from madang.models.bert.model import BertEncoder
from madang.runtime.torch import TorchRunner
from madang.tasks.classification import objective as classification
from madang.tasks.classification.objective import LabelledExample
from madang.tasks.classification.task import Options
from madang.tasks.classifier import SIGNATURE, WITHOUT_EVIDENCE
from madang.tasks.distillation import Answer
from madang.tasks.learning import (
    Head,
    Labels,
    Learning,
    check_all_occur,
    check_several,
    fit_calibration,
)
from madang.tasks.trained_encoder import encoder_vectors, load_encoder
from madang.text.tokenizer import Tokenizer

LOGGER = logging.getLogger("madang.training")


# A published classifier of sequences, whose tokens say nothing by themselves, can be measured too.
HEAD = Head(
    BertForEvidenceClassification,
    "gives evidence for its tokens; a served classifier shows its reasons",
    less={BertForSequenceClassification: WITHOUT_EVIDENCE},
)


class Classification(Learning[LabelledText, LabelledExample]):
    """Give a text one of two labels or more."""

    form = LABELLED

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.teacher = options.teacher
        self._vector_of: dict[str, NDArray[np.float32]] = {}

    def labels(self, source: Source[LabelledText]) -> Labels:
        """Return the labels; ``DataError`` where there are not two."""
        check_several(source.labels, names=source.names)
        return source.labels

    def check(
        self, train: Sequence[LabelledText], held_out: Sequence[LabelledText], *, labels: Labels
    ) -> None:
        """Check that each label occurs, and that the teacher can learn it in each fold."""
        # Two labels are calibrated on what is held out.
        is_calibrated = len(labels) == 2
        held_out_labels = [row.label for row in held_out] if is_calibrated else None
        check_all_occur(labels, [row.label for row in train], held_out_labels)
        if self.teacher is not None:
            check_folds(train, labels, num_folds=self.teacher.num_folds)
            if self.teacher.encoder is not None:
                load_encoder(self.teacher.encoder, longest=1)

    def examples(
        self, tokenizer: Tokenizer, rows: Sequence[LabelledText], *, labels: Labels, max_length: int
    ) -> list[LabelledExample]:
        encodings = tokenizer.encode(self.texts(rows), max_length=max_length)
        return [
            LabelledExample(ids=encoding.ids, label=row.label)
            for encoding, row in zip(encodings, rows, strict=True)
        ]

    def model(self, encoder: BertEncoder, *, labels: Labels) -> BertForEvidenceClassification:
        return BertForEvidenceClassification(encoder, num_labels=len(labels))

    def objective(self, *, labels: Labels) -> classification.Classification:
        return classification.Classification(num_classes=len(labels), **vars(self.options))

    def taught(
        self,
        rows: Sequence[LabelledText],
        examples: Sequence[LabelledExample],
        *,
        labels: Labels,
        folder: Path,
    ) -> Sequence[LabelledExample]:
        """Mix the given labels with a linear teacher's doubt, where the recipe asks for it."""
        if self.teacher is None:
            return examples
        given = np.eye(len(labels))[[row.label for row in rows]]
        doubt = self._doubt(rows, folder)
        targets = (1 - self.teacher.weight) * given + self.teacher.weight * doubt
        return [
            dataclasses.replace(example, label=target)
            for example, target in zip(examples, targets.tolist(), strict=True)
        ]

    def _doubt(self, rows: Sequence[LabelledText], folder: Path) -> NDArray[np.float64]:
        """Return the teacher's out-of-fold probabilities, (N, C), computed once a folder."""
        teacher = self.teacher
        assert teacher is not None
        texts = self.texts(rows)
        labels = np.array([row.label for row in rows], np.int64)
        fitted = dataclasses.replace(teacher, weight=0.0)  # the weight changes no probability
        digest = hashlib.sha256(repr((fitted, texts, labels.tolist())).encode()).hexdigest()
        path = folder / f"teacher-{digest[:12]}.npy"
        if path.is_file():
            return np.asarray(np.load(path), np.float64)
        LOGGER.info("Asking a linear teacher for each of %d texts it has not seen", len(texts))
        probabilities = out_of_fold_probabilities(
            self._new_teacher, texts, labels, num_folds=teacher.num_folds, seed=0
        )
        with storage.replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, probabilities)
        return probabilities

    def asked(self, rows: Sequence[LabelledText]) -> list[str]:
        return self.texts(rows)

    def labelled(
        self, texts: Sequence[str], outputs: Sequence[Answer], *, labels: Labels, reader: Tokenizer
    ) -> list[LabelledText]:
        """Return texts with the label that is most probable."""
        return [
            LabelledText(text, int(logits_C.argmax()))
            for text, (logits_C,) in zip(texts, outputs, strict=True)
        ]

    def taught_by(
        self,
        examples: Sequence[LabelledExample],
        outputs: Sequence[Answer],
        texts: Sequence[str],
        *,
        rows: Sequence[LabelledText],
    ) -> list[LabelledExample]:
        """Soften labels to the probabilities that a model gives (Hinton 2015, section 2).

        Where the options have a teacher, its probabilities are mixed in; it learns from all
        ``rows``.
        """
        probabilities = label_probabilities(np.stack([logits_C for (logits_C,) in outputs]))
        if self.teacher is not None:
            numbers = np.array([row.label for row in rows], np.int64)
            fitted = self._new_teacher().fit(self.texts(rows), numbers)
            share = self.teacher.weight
            probabilities = (1 - share) * probabilities + share * fitted.probabilities(texts)
        return [
            dataclasses.replace(example, label=label)
            for example, label in zip(examples, probabilities.tolist(), strict=True)
        ]

    def _new_teacher(self) -> Teacher:
        assert self.teacher is not None
        ngrams = NgramClassifier(
            shortest=self.teacher.shortest,
            longest=self.teacher.longest,
            strength=self.teacher.strength,
        )
        if self.teacher.encoder is None:
            return ngrams
        return MeanTeacher(ngrams, VectorClassifier(self._vectors))

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors (N, D) that the teacher's encoder gives, each computed once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vector_of]
        if new:
            assert self.teacher is not None
            assert self.teacher.encoder is not None
            LOGGER.info("Reading %d texts with %s", len(new), self.teacher.encoder)
            vectors = encoder_vectors(self.teacher.encoder, new)
            self._vector_of.update(zip(new, vectors, strict=True))
        return np.stack([self._vector_of[text] for text in texts])

    def calibration(
        self, model: nn.Module, examples: Sequence[LabelledExample]
    ) -> Calibration | None:
        logits_NC = _logits(model, [example.ids for example in examples])
        return fit_calibration(logits_NC, [example.label for example in examples])


def check_folds(rows: Sequence[LabelledText], labels: Labels, *, num_folds: int) -> None:
    """Raise ``DataError`` where a label has fewer rows than the teacher has folds."""
    counts = Counter(labels[row.label] for row in rows)
    if min(counts.values()) < num_folds:
        raise DataError(
            f"The teacher judges by {num_folds} folds, and each needs a row of every label; there "
            f"are {count_names(counts)}. Give more rows, fewer folds ([classification.teacher] "
            f"num_folds), or no teacher."
        )


def _logits(model: nn.Module, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Return the logits (N, C) of texts given as token ids."""
    runner = TorchRunner(model, SIGNATURE)
    return np.stack([output[0] for output in runner.run([{"input_ids": ids} for ids in rows])])
