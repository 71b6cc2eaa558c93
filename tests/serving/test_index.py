"""The nearest vectors are those that sorting all cosines would give."""

import numpy as np
import pytest

from madang.errors import SettingError
from madang.serving import Index


@pytest.fixture
def vectors():
    """Return 300 vectors of length 1, some of them twice."""
    drawn_ND = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    drawn_ND[200:] = drawn_ND[:100]
    return drawn_ND / np.linalg.norm(drawn_ND, axis=1, keepdims=True)


@pytest.mark.parametrize("top", [1, 7, 299, 300, 1000])
def test_the_nearest_are_those_of_a_sort_of_all(vectors, top):
    rows, cosines = Index(vectors).search(vectors[3], top=top)
    everything = sorted(range(300), key=lambda row: (-float(vectors[row] @ vectors[3]), row))
    assert rows.tolist() == everything[:top]
    np.testing.assert_allclose(cosines, vectors[rows] @ vectors[3], atol=1e-6)


def test_of_equal_vectors_the_first_comes_first(vectors):
    rows, _ = Index(vectors).search(vectors[205], top=2)
    assert rows.tolist() == [5, 205]


def test_an_empty_index_finds_nothing():
    rows, cosines = Index(np.zeros((0, 4), np.float32)).search(np.ones(4, np.float32), top=3)
    assert len(rows) == len(cosines) == 0


def test_a_vector_of_another_model_is_refused(vectors):
    with pytest.raises(SettingError, match="the model that made the index"):
        Index(vectors).search(np.ones(5, np.float32), top=1)
    with pytest.raises(SettingError, match="1 or more"):
        Index(vectors).search(vectors[0], top=0)
    with pytest.raises(SettingError, match="one row of D numbers a text"):
        Index(vectors[0])
