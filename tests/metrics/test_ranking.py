"""Ranks equal those of a sort, figures those of trec_eval; who says nothing finds nothing."""

import ir_measures
import numpy as np
import pytest

from madang.errors import DataError
from madang.metrics.ranking import Ranking, ranks


def test_ranks_are_places_in_the_sorted_list():
    random = np.random.default_rng(0)
    scores = random.normal(size=(40, 25))
    relevant = random.integers(0, 25, 40)
    found = ranks(scores, relevant)
    for row, target, rank in zip(scores, relevant, found, strict=True):
        assert np.argsort(-row).tolist().index(target) + 1 == rank


def test_equal_scores_are_no_answer():
    assert ranks(np.zeros((2, 5)), [0, 4]).tolist() == [5, 5]


def test_recall_is_counted_by_hand():
    assert Ranking.of([1, 2, 3, 10, 11]).hit(k=1).mean() == pytest.approx(0.2)
    assert Ranking.of([1, 2, 3, 10, 11]).hit(k=10).mean() == pytest.approx(0.8)
    with pytest.raises(DataError, match="every query needs one"):
        Ranking.of([])


def test_a_score_that_is_not_a_number_is_no_score():
    with pytest.raises(DataError, match="not a number"):
        ranks([[0.2, np.nan, 0.1]], [0])


def test_minus_infinity_is_the_last_of_all_scores():
    assert ranks([[0.2, -np.inf, 0.1], [-np.inf, -np.inf, 0.0]], [0, 1]).tolist() == [1, 3]


def random_ranking(num_queries=50, num_candidates=40):
    """Return scores, which candidates are relevant, and the ranking of these."""
    random = np.random.default_rng(0)
    scores = random.permutation(num_queries * num_candidates).reshape(num_queries, -1) / 7
    is_relevant = random.random(scores.shape) < 0.1
    is_relevant[:, 0] |= ~is_relevant.any(axis=1)
    query, candidate = np.nonzero(is_relevant)
    return scores, is_relevant, Ranking(ranks(scores[query], candidate), query)


@pytest.mark.parametrize("k", [1, 3, 10, 100])
def test_every_figure_is_that_of_trec_eval(k):
    scores, is_relevant, ranking = random_ranking()
    run = {f"q{q}": {f"c{c}": s for c, s in enumerate(row)} for q, row in enumerate(scores)}
    truth = {
        f"q{q}": {f"c{c}": int(r) for c, r in enumerate(row)} for q, row in enumerate(is_relevant)
    }
    found = {
        ir_measures.nDCG @ k: ranking.ndcg(k=k),
        ir_measures.Success @ k: ranking.hit(k=k),
        ir_measures.RR @ k: ranking.reciprocal_rank(k=k),
        ir_measures.R @ k: ranking.recall(k=k),
        ir_measures.P @ k: ranking.precision(k=k),
        ir_measures.AP @ k: ranking.average_precision(k=k),
    }
    compared = 0
    for measured in ir_measures.iter_calc(list(found), truth, run):
        own = found[measured.measure][int(measured.query_id[1:])]
        assert own == pytest.approx(measured.value), measured
        compared += 1
    assert compared == len(found) * len(scores)


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    _, _, ranking = random_ranking()
    precision, recall = ranking.precision(k=10), ranking.recall(k=10)
    some = precision > 0
    assert some.any()
    assert not some.all()
    expected = 2 * precision[some] * recall[some] / (precision[some] + recall[some])
    assert ranking.f1(k=10)[some] == pytest.approx(expected)
    assert not ranking.f1(k=10)[~some].any()


def test_one_relevant_candidate_by_hand():
    ranking = Ranking.of([1, 3, 11])
    assert ranking.ndcg(k=10).tolist() == [1.0, 0.5, 0.0]
    assert ranking.hit(k=10).tolist() == ranking.recall(k=10).tolist() == [1.0, 1.0, 0.0]
    assert ranking.reciprocal_rank(k=10) == pytest.approx([1, 1 / 3, 0])
    assert ranking.average_precision(k=10) == pytest.approx([1, 1 / 3, 0])
    assert ranking.precision(k=10) == pytest.approx([0.1, 0.1, 0])
    assert ranking.f1(k=10) == pytest.approx([2 / 11, 2 / 11, 0])


@pytest.mark.parametrize(("rank", "query"), [([], []), ([0], [0]), ([1, 2], [0, 2])])
def test_a_query_without_a_rank_is_an_error(rank, query):
    with pytest.raises(DataError, match="every query needs one"):
        Ranking(np.array(rank, np.int64), np.array(query, np.int64))
