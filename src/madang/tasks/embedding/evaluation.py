"""The report of a sentence encoder: likeness of pairs, and search.

Scored pairs are measured by how cosines, and three other likenesses, follow the scores: the eight
columns in which sentence encoders for Korean are compared (Reimers and Gurevych 2019 print the
first). Pairs with labels are measured by how well cosines part those that mean the same from the
others. Questions are measured by search: each is to find
its paragraph among all paragraphs of the data set, those of every split. A model that was tuned for
likeness can be poor at search, so both are reported.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.baselines.lexical import LexicalMatcher
from madang.datasets import registry
from madang.datasets.card import Question, TextPair
from madang.datasets.own.alike import form_of
from madang.datasets.own.pair import LABELLED_PAIR, SCORED_PAIR
from madang.datasets.own.record import Recorded
from madang.datasets.rows import ALL, Source
from madang.datasets.table.reader import is_path
from madang.errors import DataError, SettingError
from madang.formats.manifest import Manifest
from madang.metrics.classification import roc_auc
from madang.metrics.figure import Figure, figure
from madang.metrics.ranking import Ranking, ranks
from madang.metrics.similarity import pearson, spearman
from madang.tasks.embedding.task import ALIKE
from madang.tasks.evaluation import Trial
from madang.tasks.vector import VectorReader

FloatArray = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class VectorMatcher:
    """Score texts by the cosine of their vectors, as ``LexicalMatcher`` does by their letters."""

    embedder: VectorReader

    def scores(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Return the cosine of each pair's vectors, (N,)."""
        first_ND, second_ND = (self.embedder.embed(side) for side in zip(*pairs, strict=True))
        return np.asarray((first_ND * second_ND).sum(axis=1), np.float64)

    def likenesses(self, pairs: Sequence[tuple[str, str]]) -> dict[str, FloatArray]:
        """Return the cosine of each pair's vectors, (N,), as ``""``, and three others by name.

        Distances have their sign turned, so that more is more alike. The vectors are taken as they
        are: their length is 1, so the dot product *is* the cosine.
        """
        sides = (self.embedder.embed(side) for side in zip(*pairs, strict=True))
        first_ND, second_ND = (np.asarray(side, np.float64) for side in sides)
        difference_ND = first_ND - second_ND
        return {
            "": (first_ND * second_ND).sum(axis=1),
            "_euclidean": -np.linalg.norm(difference_ND, axis=1),
            "_manhattan": -np.abs(difference_ND).sum(axis=1),
            "_dot": (first_ND * second_ND).sum(axis=1),
        }

    def search(self, queries: Sequence[str], texts: Sequence[str]) -> FloatArray:
        """Return the cosine of each query and each text, (Q, N)."""
        product_QN = self.embedder.embed(queries) @ self.embedder.embed(texts).T
        return np.asarray(product_QN, np.float64)


Matcher = VectorMatcher | LexicalMatcher


class Pairs(list[TextPair]):
    """Pairs of texts; ``alike`` are the numbers of the labels that say so, or scores are given."""

    def __init__(self, rows: Iterable[TextPair], alike: tuple[int, ...] | None = None) -> None:
        super().__init__(rows)
        self.alike = alike

    def measure(self, matcher: Matcher) -> dict[str, Figure]:
        """Return correlations with the scores, or the area under the curve of the labels."""
        pairs = [(row.first, row.second) for row in self]
        targets = np.array([row.label for row in self])
        if self.alike is not None:
            is_alike = np.isin(targets, self.alike).astype(np.int64)
            return {"roc_auc": figure(roc_auc, matcher.scores(pairs), is_alike)}
        if isinstance(matcher, VectorMatcher):
            likenesses = matcher.likenesses(pairs)
        else:  # letters have a cosine alone
            likenesses = {"": matcher.scores(pairs)}
        return {
            f"{correlation.__name__}{likeness}": figure(correlation, scores, targets)
            for likeness, scores in likenesses.items()
            for correlation in (spearman, pearson)
        }


class Search(list[Question]):
    """Questions, and the paragraphs among which each is to find its own."""

    def __init__(self, rows: Iterable[Question], paragraphs: Sequence[str]) -> None:
        super().__init__(rows)
        self.paragraphs = paragraphs

    def measure(self, matcher: Matcher) -> dict[str, Figure]:
        """Return the recall among the first and the first ten, where there are more to search.

        Raises ``DataError`` for a single paragraph, which every question finds.
        """
        if len(self.paragraphs) < 2:
            raise DataError(
                "All questions are on one paragraph, so that each finds it, whatever the model "
                "says. Measure on questions on several."
            )
        place = {paragraph: number for number, paragraph in enumerate(self.paragraphs)}
        scores_QN = matcher.search([row.question for row in self], self.paragraphs)
        rank_Q = ranks(scores_QN, [place[row.context] for row in self])
        ranking, among = Ranking.of(rank_Q), f"of {len(self.paragraphs)}"
        return {
            f"recall@{k} {among}": figure(np.mean, ranking.hit(k=k))
            for k in (1, 10)
            if k < len(self.paragraphs)
        }


Rows = Pairs | Search


def load(data: str, split: str, manifest: Manifest) -> Rows:
    """Read pairs of texts, or questions with all paragraphs of the data set or file.

    Raises ``SettingError`` for data that is neither.
    """
    if is_path(data):
        return _load_file(data, split, manifest)
    card = registry.find_card(data)
    rows = registry.load(data, split)
    pairs = [row for row in rows if isinstance(row, TextPair)]
    alike = tuple(number for number, label in enumerate(card.labels) if label in ALIKE)
    if rows and len(pairs) == len(rows) and (alike or not card.labels):
        return Pairs(pairs, alike if card.labels else None)
    questions = [row for row in rows if isinstance(row, Question)]
    if not rows or len(questions) != len(rows):
        raise SettingError(
            f"A sentence encoder can not be measured on {data}: its rows are neither pairs that "
            f"say what is alike nor questions on a paragraph. Name data whose are, such as korsts, "
            f"klue_sts and korquad."
        )
    others = [row for name in card.splits for row in registry.load(data, name)]
    paragraphs = dict.fromkeys(row.context for row in others if isinstance(row, Question))
    return Search(questions, list(paragraphs))


def _load_file(path: str, split: str, manifest: Manifest) -> Rows:
    """Read a file as its columns tell; ``SettingError`` where nothing in it can be measured."""
    recorded = Recorded.of(manifest.record)
    form = form_of(Path(path), recorded.table)
    # Files of other forms are split by themselves.
    known = recorded.find(path)
    together = known and known not in recorded.validation_data
    names = [name for name in recorded.files if name not in recorded.validation_data]
    same = [name for name in names if form_of(Path(name), recorded.table) is form]
    source: Source[Any] = Source(
        names=tuple(same) if together else (path,), form=form, columns=recorded.table
    )
    rows = source.rows(split, of=(known,) if known and together else ())
    alike = tuple(number for number, name in enumerate(source.labels) if name in ALIKE)
    if form.kind is Question:
        paragraphs = dict.fromkeys(row.context for row in source.rows(ALL))
        return Search(rows, list(paragraphs))
    if form is SCORED_PAIR or (form is LABELLED_PAIR and alike):
        return Pairs(rows, None if form is SCORED_PAIR else alike)
    raise SettingError(
        f"A sentence encoder can not be measured on {path}: no row says how alike two texts are. "
        f"Give pairs with a score, pairs with labels of which one is called "
        f"{' or '.join(ALIKE)}, or questions with their context."
    )


def measure(
    model: VectorReader | LexicalMatcher, rows: Rows, manifest: Manifest
) -> dict[str, Figure]:
    """Return the figures of a sentence encoder, or of a baseline."""
    return rows.measure(model if isinstance(model, LexicalMatcher) else VectorMatcher(model))


def fit_baseline(data: str, manifest: Manifest) -> dict[str, LexicalMatcher]:
    """Return search by letters; it learns nothing but what is rare, from what it searches."""
    matchers = {"TF-IDF": LexicalMatcher("tf-idf")}
    if _has_pairs(data, manifest):
        return matchers
    return {**matchers, "BM25": LexicalMatcher("bm25")}


def trial(rows: Rows, manifest: Manifest) -> Trial:
    """Return the trial by how well cosines follow the scores of pairs.

    Raises ``DataError`` for rows that have no score.
    """
    if not isinstance(rows, Pairs) or rows.alike is not None:
        raise DataError(
            "The rows are no pairs of texts with a score. Give data whose are, such as korsts."
        )
    pairs = [(row.first, row.second) for row in rows]
    return Trial(
        figure="spearman",
        num_rows=len(rows),
        score=lambda model: spearman(
            VectorMatcher(model).scores(pairs), [row.label for row in rows]
        ),
        ask=lambda model, row: model.embed([pairs[row][0]]),
    )


def _has_pairs(data: str, manifest: Manifest) -> bool:
    """Say whether the rows of data are pairs; those of another have no order to score."""
    if is_path(data):
        return form_of(Path(data), Recorded.of(manifest.record).table).kind is TextPair
    if registry.find_card(data).labels:
        return True
    split = next(iter(registry.find_card(data).splits))
    return isinstance(next(registry.stream(data, split), None), TextPair)
