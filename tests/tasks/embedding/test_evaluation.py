"""Likeness and search are measured as they would be by hand, and by letters beside."""

import dataclasses
import math
import os

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import (
    paired_cosine_distances,
    paired_euclidean_distances,
    paired_manhattan_distances,
)

from madang.baselines.lexical import LENGTH_SHARE, SATURATION, LexicalMatcher
from madang.datasets import registry
from madang.datasets.card import Document, Question, TextPair
from madang.errors import DataError, SettingError
from madang.formats.manifest import Manifest
from madang.tasks.embedding import evaluation as embedding

MANIFEST = Manifest(family="bert", task="embedding", tokenizer_sha256="")
WORDS = ("산책", "고양이", "부침개", "막걸리", "한강", "할인")
DATA = pytest.mark.skipif(not os.environ.get("MADANG_DATA"), reason="MADANG_DATA is not set")


class Counting:
    """An embedder whose vectors count known words."""

    def embed(self, texts):
        counts = np.array([[text.count(word) for word in WORDS] for text in texts], np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-12)


def drawn(num_rows, seed):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, 4)) for _ in range(num_rows)]


@pytest.fixture
def data(monkeypatch):
    """Put rows of a test in the place of a data set's."""

    def put(rows, *, labels=()):
        card = registry.find_card("korquad")
        monkeypatch.setattr(
            registry, "find_card", lambda name: dataclasses.replace(card, labels=labels)
        )
        monkeypatch.setattr(registry, "load", lambda name, split: list(rows.get(split, ())))
        monkeypatch.setattr(registry, "stream", lambda name, split: iter(rows[split]))

    return put


def test_scored_pairs_are_measured_by_the_order_of_their_cosines(data):
    pairs = [
        TextPair(first, second, number % 6)
        for number, (first, second) in enumerate(zip(drawn(60, 1), drawn(60, 2), strict=True))
    ]
    data({"test": pairs})
    rows = embedding.load("any", "test", MANIFEST)
    figures = embedding.measure(Counting(), rows, MANIFEST)
    vectors = [Counting().embed([pair.first, pair.second]) for pair in pairs]
    cosines = [float(first @ second) for first, second in vectors]
    expected = spearmanr(np.round(cosines, 6), [pair.label for pair in pairs])[0]
    assert figures["spearman"].value == pytest.approx(expected, abs=0.02)
    assert figures["spearman"].low < figures["spearman"].value < figures["spearman"].high


def test_scored_pairs_have_the_eight_columns_of_korean_sentence_encoders(data):
    """The other computation is scipy's correlations of scikit-learn's distances."""
    texts = drawn(60, 1), drawn(60, 2)
    labels = [number % 6 for number in range(60)]
    pairs = [TextPair(one, other, label) for one, other, label in zip(*texts, labels, strict=True)]
    data({"test": pairs})
    rows = embedding.load("any", "test", MANIFEST)
    figures = embedding.measure(Counting(), rows, MANIFEST)
    first, second = (Counting().embed(side).astype(np.float64) for side in texts)
    likenesses = {
        "": 1 - paired_cosine_distances(first, second),
        "_euclidean": -paired_euclidean_distances(first, second),
        "_manhattan": -paired_manhattan_distances(first, second),
        "_dot": np.array([a @ b for a, b in zip(first, second, strict=True)]),
    }
    assert len(figures) == 8
    for name, likeness in likenesses.items():
        # Rounding decides between pairs that are equally alike, so ranks differ a little.
        found = spearmanr(likeness.round(9), labels)[0]
        assert figures[f"spearman{name}"].value == pytest.approx(found, abs=0.02), name
        found = pearsonr(likeness, labels)[0]
        assert figures[f"pearson{name}"].value == pytest.approx(found, abs=1e-6), name
    assert figures["pearson_dot"] == figures["pearson"]  # the vectors have the length 1
    letters = embedding.measure(
        LexicalMatcher("tf-idf"), embedding.load("any", "test", MANIFEST), MANIFEST
    )
    assert set(letters) == {"spearman", "pearson"}


def test_distances_by_hand(data):
    """On a right angle: the distance is the root of 2, or 2 along the axes, and the cosine 0."""
    likenesses = embedding.VectorMatcher(Counting()).likenesses(
        [("산책", "고양이"), ("산책", "산책"), ("산책", "")]
    )
    np.testing.assert_allclose(likenesses["_euclidean"], [-(2**0.5), 0, -1])
    np.testing.assert_allclose(likenesses["_manhattan"], [-2, 0, -1])
    np.testing.assert_allclose(likenesses[""], [0, 1, 0])


def test_labelled_pairs_are_measured_by_what_is_called_the_same(data):
    pairs = [
        TextPair(first, second, number % 3)
        for number, (first, second) in enumerate(zip(drawn(60, 3), drawn(60, 4), strict=True))
    ]
    data({"test": pairs}, labels=("entailment", "neutral", "contradiction"))
    figures = embedding.measure(Counting(), embedding.load("any", "test", MANIFEST), MANIFEST)
    scores = embedding.VectorMatcher(Counting()).scores([(p.first, p.second) for p in pairs])
    expected = roc_auc_score([pair.label == 0 for pair in pairs], scores)
    assert figures["roc_auc"].value == pytest.approx(expected)


def test_a_question_searches_the_paragraphs_of_every_split(data):
    def ask(context, question):
        return Question(context=context, question=question, start=0, answer=context[:1])

    test = [ask("산책 산책 한강", "한강 산책?"), ask("고양이 할인", "막걸리 부침개?")]
    train = [ask("막걸리 부침개", "막걸리?"), ask("할인", "할인?"), ask("고양이 할인", "고양이?")]
    data({"train": train, "test": test})
    rows = embedding.load("any", "test", MANIFEST)
    figures = embedding.measure(Counting(), rows, MANIFEST)
    assert len(rows) == 2
    assert figures["recall@1 of 4"].value == 0.5
    # Among four any answer is among the first ten: that would say nothing.
    assert "recall@10 of 4" not in figures
    baselines = embedding.fit_baseline("any", MANIFEST)
    assert list(baselines) == ["TF-IDF", "BM25"]
    for matcher in baselines.values():
        assert embedding.measure(matcher, rows, MANIFEST)["recall@1 of 4"].value == 0.5


def test_questions_on_a_single_paragraph_measure_nothing(data):
    question = Question(context="한강 산책", question="한강?", start=0, answer="한강")
    data({"test": [question] * 3})
    rows = embedding.load("any", "test", MANIFEST)
    with pytest.raises(DataError, match="All questions are on one paragraph"):
        embedding.measure(Counting(), rows, MANIFEST)


def test_rows_that_say_nothing_of_likeness_are_refused(data):
    data({"train": [Document(text="가")]})
    with pytest.raises(SettingError, match="neither pairs"):
        embedding.load("any", "train", MANIFEST)


def test_bm25_is_the_sum_over_the_querys_ngrams():
    texts, query = [*drawn(5, 5), "산책"], "산책 한강 산책"
    counts = [count_ngrams(text) for text in texts]
    mean_length = sum(sum(found.values()) for found in counts) / len(texts)
    expected = []
    for found in counts:
        length, score = sum(found.values()), 0.0
        for ngram, times in count_ngrams(query).items():
            holding = sum(ngram in other for other in counts)
            idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            norm = 1 - LENGTH_SHARE + LENGTH_SHARE * length / mean_length
            frequency = found.get(ngram, 0)
            score += times * idf * frequency * (SATURATION + 1) / (frequency + SATURATION * norm)
        expected.append(score)
    scores = LexicalMatcher("bm25", shortest=1, longest=2).search([query], texts)
    np.testing.assert_allclose(scores[0], expected)


def count_ngrams(text):
    """Count n-grams of one and two characters within words, a space to each side."""
    counts: dict[str, int] = {}
    for word in text.split():
        padded = f" {word} "
        for size in (1, 2):
            for start in range(len(padded) - size + 1):
                ngram = padded[start : start + size]
                counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@DATA
def test_letters_find_most_paragraphs_of_korquad():
    """Figures of another computation: scikit-learn alone."""
    rows = embedding.load("korquad", "test", MANIFEST)
    assert len(rows.paragraphs) == 960  # of 964, four stand there twice
    figures = embedding.measure(LexicalMatcher("tf-idf"), rows, MANIFEST)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True)
    paragraphs = vectorizer.fit_transform(rows.paragraphs)
    found = (vectorizer.transform([row.question for row in rows]) @ paragraphs.T).toarray()
    best = [rows.paragraphs[place] for place in found.argmax(axis=1)]
    expected = np.mean([row.context == text for row, text in zip(rows, best, strict=True)])  # type: ignore[attr-defined]
    assert figures["recall@1 of 960"].value == pytest.approx(expected, abs=1e-3)
    assert figures["recall@1 of 960"].value > 0.8


@DATA
def test_korsts_and_klue_sts_are_pairs_with_a_score():
    for name, split, num_pairs in (("korsts", "test", 1379), ("klue_sts", "test", 519)):
        rows = embedding.load(name, split, MANIFEST)
        assert (len(rows), rows.alike) == (num_pairs, None)
