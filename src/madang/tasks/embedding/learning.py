"""One vector a text, learned from whatever says that two texts are alike.

Data sets of several kinds are learned from together: scored pairs, pairs with a label that says
that they mean the same (or, for a hard negative, the opposite), questions on a paragraph, and
documents, of which a sentence belongs to the rest of its paragraph (the inverse cloze task of Lee
2019, section 4).
"""

import dataclasses
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from madang.datasets import registry
from madang.datasets.card import Document, Question, Row, TextPair
from madang.datasets.mixture import Part
from madang.datasets.own.alike import form_of
from madang.datasets.own.columns import COLUMNS, Columns
from madang.datasets.own.pair import SCORED_PAIR
from madang.datasets.rows import ALL, TRAIN, Source
from madang.datasets.table.reader import is_path
from madang.errors import DataError, SettingError
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.model import BertEncoder
from madang.tasks.distillation import Answer, TaughtExample
from madang.tasks.embedding.objective import Contrastive, EmbeddingExample
from madang.tasks.embedding.task import ALIKE
from madang.tasks.learning import Head, Labels, Learning, check_scores_differ
from madang.text.sentence import sentence_spans
from madang.text.tokenizer import Tokenizer

# What a label is called where the second text means something else, though it resembles the first.
UNLIKE = ("contradiction",)
# A paragraph of a document is learned from if it has this many characters; more are left out.
LEAST_CHARACTERS, MOST_CHARACTERS = 100, 400
# How often the sentence stays in its paragraph, so that words in common count (Lee 2019).
KEPT_SHARE = 0.1


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlikeTexts:
    """Two texts that belong together, or have a score; ``unlike`` only resembles the first."""

    first: str
    second: str
    score: float | None = None
    unlike: str | None = None


HEAD = Head(SentenceEncoder, "gives one vector a text")


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlikeSource:
    """Data of several kinds that says what is alike; ``num_documents`` of a data set are read.

    Otherwise as ``madang.datasets.rows.Source``; each own file has the form that its columns tell.
    """

    names: tuple[str, ...]
    columns: Columns
    validation: tuple[str, ...]
    num_documents: int

    def rows(self, split: str) -> list[AlikeTexts]:
        """Read what is alike; in another split than ``train`` the scored pairs alone."""
        names = self.names if split == TRAIN or not self.validation else self.validation
        sets = [name for name in names if not is_path(name)]
        if split != TRAIN:
            sets = [name for name in sets if _is_scored(name, split)]
        rows = [row for name in sets for row in self._read(name, split)]
        for source in self._own:
            if split == TRAIN or source.form is SCORED_PAIR:
                rows += READERS[source.form.kind](self._own_rows(source, split), source.labels)
        if not rows:
            raise DataError(
                f"Of this data nothing can be learned or measured in {split!r}: it needs "
                f"sentences with a score, such as korsts or a file with the columns first, second "
                f"and score. Add it to the recipe's data."
            )
        return rows

    @cached_property
    def _own(self) -> list[Source[Any]]:
        """The own files, those of one form together."""
        files = [name for name in dict.fromkeys((*self.names, *self.validation)) if is_path(name)]
        form_of_file = {name: form_of(Path(name), self.columns) for name in files}
        groups: list[Source[Any]] = []
        for form in dict.fromkeys(map(id, form_of_file.values())):
            own = tuple(name for name in files if id(form_of_file[name]) == form)
            groups.append(Source(names=own, form=form_of_file[own[0]], columns=self.columns))
        return groups

    def _own_rows(self, source: Source[Any], split: str) -> list[Any]:
        """Return the rows of own files of one form, of which those held out are known or chosen."""
        if not self.validation:
            return source.rows(split)
        wanted = self.names if split == TRAIN else self.validation
        names = [name for name in source.names if name in wanted]
        return source.rows(ALL, of=names) if names else []

    def _read(self, name: str, split: str) -> Iterator[AlikeTexts]:
        card = registry.find_card(name)
        if split not in card.splits:
            return
        kinds: dict[type[Row], list[Row]] = {}
        documents = 0
        for row in registry.stream(name, split):
            documents += isinstance(row, Document)
            if documents > self.num_documents:
                break
            kinds.setdefault(type(row), []).append(row)
        for kind, rows in kinds.items():
            if kind not in READERS:
                raise DataError(
                    f"The rows of {name} say nothing of what is alike. Give pairs of texts, "
                    f"questions with their paragraph, or documents: see `madang data list`."
                )
            yield from READERS[kind](rows, card.labels)


class Embedding(Learning[AlikeTexts, EmbeddingExample]):
    """Give texts vectors that are near where the texts mean the same."""

    has_temperature = False

    def open(
        self,
        names: Sequence[str],
        *,
        columns: Columns = COLUMNS,
        validation: Sequence[str] = (),
        mixture: Mapping[str, Part] = MappingProxyType({}),
    ) -> AlikeSource:
        """Open data of several kinds; ``SettingError`` for a mixture, which has labelled texts."""
        if mixture:
            raise SettingError(
                f"mixture names {', '.join(mixture)}, but vectors are learned from pairs, which "
                f"are taken as they are. Leave it out."
            )
        return AlikeSource(
            names=tuple(names),
            columns=columns,
            validation=tuple(validation),
            num_documents=self.options.num_documents,
        )

    def check(
        self, train: Sequence[AlikeTexts], held_out: Sequence[AlikeTexts], *, labels: Labels
    ) -> None:
        """Check that the scores that are held out differ."""
        check_scores_differ([row.score for row in held_out if row.score is not None])

    def texts(self, rows: Sequence[AlikeTexts]) -> list[str]:
        found = (text for row in rows for text in (row.first, row.second, row.unlike))
        return list(dict.fromkeys(text for text in found if text is not None))

    def examples(
        self, tokenizer: Tokenizer, rows: Sequence[AlikeTexts], *, labels: Labels, max_length: int
    ) -> list[EmbeddingExample]:
        texts = self.texts(rows)
        encodings = tokenizer.encode(texts, max_length=max_length)
        ids = {text: found.ids for text, found in zip(texts, encodings, strict=True)}
        return [
            EmbeddingExample(
                first=ids[row.first],
                second=ids[row.second],
                score=row.score,
                unlike=None if row.unlike is None else ids[row.unlike],
            )
            for row in rows
        ]

    def asked(self, rows: Sequence[AlikeTexts]) -> list[str]:
        return self.texts(rows)

    def answered(
        self,
        rows: Sequence[AlikeTexts],
        examples: Sequence[EmbeddingExample],
        outputs: Sequence[Answer],
    ) -> list[TaughtExample]:
        """Return the examples with a teacher's vector of each of their texts."""
        vectors = dict(zip(self.texts(rows), (vector_D for (vector_D,) in outputs), strict=True))
        texts = ([row.first, row.second, row.unlike] for row in rows)
        return [
            TaughtExample(example, tuple(vectors[text] for text in own if text is not None))
            for example, own in zip(examples, texts, strict=True)
        ]

    def model(self, encoder: BertEncoder, *, labels: Labels) -> SentenceEncoder:
        return SentenceEncoder(encoder)

    def objective(self, *, labels: Labels) -> Contrastive:
        return Contrastive(**vars(self.options))


def pairs(rows: Sequence[TextPair], names: Labels) -> Iterator[AlikeTexts]:
    """Yield scored pairs as they are; of labelled ones those that mean the same.

    ``names`` are the labels'. A pair takes along a text that is unlike its first one, where another
    pair names one.
    """
    if not names:
        for row in rows:
            yield AlikeTexts(first=row.first, second=row.second, score=row.label)
        return
    unlike: dict[str, list[str]] = {}
    for row in rows:
        if names[int(row.label)] in UNLIKE:
            unlike.setdefault(row.first, []).append(row.second)
    for row in rows:
        if names[int(row.label)] in ALIKE and row.first != row.second:
            # Taken in turn, so that each of several is met.
            others = unlike.get(row.first, [])
            other = others[0] if others else None
            unlike[row.first] = others[1:] + others[:1]
            yield AlikeTexts(first=row.first, second=row.second, unlike=other)


def questions(rows: Sequence[Question], names: Labels) -> Iterator[AlikeTexts]:
    """Yield each question with the paragraph that answers it."""
    for row in rows:
        yield AlikeTexts(first=row.question, second=row.context)


def documents(rows: Sequence[Document], names: Labels) -> Iterator[AlikeTexts]:
    """Yield a sentence of each document with the rest of its paragraph; the same every time."""
    chance = random.Random(0)
    for row in rows:
        paragraphs = [part for part in row.text.split("\n") if len(part) >= LEAST_CHARACTERS]
        if not paragraphs:
            continue
        paragraph = chance.choice(paragraphs)[:MOST_CHARACTERS]
        sentences = [paragraph[start:end] for start, end in sentence_spans(paragraph)]
        if len(sentences) < 2:
            continue
        chosen = chance.randrange(len(sentences))
        is_kept = chance.random() < KEPT_SHARE
        rest = [text for place, text in enumerate(sentences) if is_kept or place != chosen]
        yield AlikeTexts(first=sentences[chosen], second=" ".join(rest))


def _is_scored(name: str, split: str) -> bool:
    """Say whether a data set has the split, and scores rather than labels in it."""
    card = registry.find_card(name)
    if split not in card.splits or card.labels:
        return False
    return isinstance(next(registry.stream(name, split), None), TextPair)


READERS: dict[type, Callable[[Any, Labels], Iterator[AlikeTexts]]] = {
    TextPair: pairs,
    Question: questions,
    Document: documents,
}
