"""Correlations, against SciPy and by laws."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from madang.errors import DataError
from madang.metrics.similarity import mean_ranks, pearson, spearman

# Few different values, so that most draws have ties.
TIED = arrays.arrays(np.int64, 30, elements=st.integers(-4, 4))
LOOSE = arrays.arrays(np.float64, 30, elements=st.floats(-1e3, 1e3))


@given(TIED, LOOSE)
def test_correlations_equal_the_reference(tied: np.ndarray, loose: np.ndarray) -> None:
    ranks = scipy.stats.rankdata(loose)
    assert mean_ranks(loose) == pytest.approx(ranks)
    if np.ptp(tied) == 0 or np.ptp(loose) == 0:
        with pytest.raises(DataError, match="not all the same"):
            spearman(tied, loose)
        return
    assert spearman(tied, loose) == pytest.approx(scipy.stats.spearmanr(tied, loose).statistic)
    assert spearman(tied, tied) == pytest.approx(1.0)
    assert pearson(tied, ranks) == pytest.approx(scipy.stats.pearsonr(tied, ranks).statistic)


def test_the_ranks_know_only_the_order() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=300)
    second = first + rng.normal(size=300)
    assert spearman(np.exp(first), second) == spearman(first, second)
    assert spearman(-first, second) == pytest.approx(-spearman(first, second))
    assert pearson(3 * first + 1, second) == pytest.approx(pearson(first, second))


def test_small_numbers_are_as_good_as_large_ones() -> None:
    assert pearson([1e-200, 2e-200, 4e-200], [1e200, 2e200, 4e200]) == pytest.approx(1.0)


@pytest.mark.parametrize("scores", [[0.1, 0.1, 0.1], [1.0, 2.0], [1.0, float("nan"), 2.0], []])
def test_what_has_no_correlation_is_refused(scores: list[float]) -> None:
    with pytest.raises(DataError):
        pearson(scores, [1.0, 2.0, 3.0])
