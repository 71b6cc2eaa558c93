"""What is shown is counted as one would count it by hand."""

import math

import pytest

from madang.errors import DataError
from madang.metrics.exposure import coverage, novelty, popularity_bias


def test_coverage_counts_each_item_once():
    assert coverage([[3, 1], [3, 1], [0, 3]], num_items=5) == pytest.approx(3 / 5)


def test_showing_what_is_rare_is_novel():
    count = [7, 1, 0, 4]
    of_popular, of_rare = novelty([[0, 3], [1, 2]], count)
    assert of_popular == pytest.approx(-(math.log2(8 / 16) + math.log2(5 / 16)) / 2)
    assert of_rare == pytest.approx(-(math.log2(2 / 16) + math.log2(1 / 16)) / 2)


def test_showing_everybody_what_they_chose_has_no_bias():
    assert popularity_bias([3, 5, 1], [1, 5, 3]) == pytest.approx(0)
    assert popularity_bias([1, 1], [2, 2]) == pytest.approx(-0.5)
    with pytest.raises(DataError, match="no popularity"):
        popularity_bias([1.0], [0.0])
