"""Co-occurrence vectors, against counting by hand."""

import math

import numpy as np

from madang.baselines.cooccurrence import CONTEXT_POWER, cooccurrence_vectors, mutual_information


def test_mutual_information_equals_counting_pairs_by_hand() -> None:
    rows = [[2, 5, 6, 7], [5, 6]]
    found = mutual_information(rows, vocab_size=8, window=2, special_ids=[2]).toarray()
    counts = np.zeros((8, 8))
    for row in rows:
        for first, a in enumerate(row):
            for second, b in enumerate(row):
                if 0 < abs(first - second) <= 2 and 2 not in (a, b):
                    counts[a, b] += 1 / abs(first - second)
    totals = counts.sum(1)
    contexts = totals**CONTEXT_POWER
    for a in range(8):
        for b in range(8):
            expected = 0.0
            if counts[a, b]:
                ratio = counts[a, b] * contexts.sum() / (totals[a] * contexts[b])
                expected = max(0.0, math.log(ratio))
            assert math.isclose(found[a, b], expected, abs_tol=1e-5)


def test_tokens_with_the_same_neighbours_get_near_vectors() -> None:
    generator = np.random.default_rng(0)
    rows = [
        [int(generator.choice(group)), int(generator.choice(group)), int(generator.choice(group))]
        for group in ([5, 6, 7, 8], [9, 10, 11, 12])
        for _ in range(200)
    ]
    vectors = cooccurrence_vectors(
        rows, vocab_size=13, hidden_size=4, window=2, special_ids=[], std=0.04, seed=0
    )
    unit = vectors[5:] / np.linalg.norm(vectors[5:], axis=1, keepdims=True)
    nearness = unit @ unit.T
    assert nearness[:4, :4].min() > nearness[:4, 4:].max()


def test_what_never_occurs_gets_zero_and_the_rest_the_deviation_asked_for() -> None:
    rows = [[5, 6, 7, 5, 7]] * 3
    vectors = cooccurrence_vectors(
        rows, vocab_size=9, hidden_size=12, window=2, special_ids=[7], std=0.04, seed=0
    )
    assert vectors.shape == (9, 12)
    assert not vectors[[0, 7, 8]].any()
    assert math.isclose(vectors.std(), 0.04, rel_tol=1e-4)
