"""The bootstrap's interval, against the normal one and by its coverage."""

import numpy as np
import pytest

from madang.errors import DataError, SettingError
from madang.metrics.classification import accuracy, roc_auc
from madang.metrics.interval import bootstrap_interval, bootstrap_means


def test_the_interval_of_a_share_is_near_the_normal_one() -> None:
    hits = np.arange(2_000) < 1_600
    low, high = bootstrap_interval(lambda rows: rows.mean(), hits)
    half = 1.96 * np.sqrt(0.8 * 0.2 / 2_000)
    assert (low, high) == pytest.approx((0.8 - half, 0.8 + half), abs=0.003)


def test_rows_of_several_arrays_stay_together() -> None:
    labels = np.random.default_rng(0).integers(2, size=200)
    assert bootstrap_interval(accuracy, labels, labels, num_samples=50) == (1.0, 1.0)


def test_the_true_value_lies_inside_about_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        low, high = bootstrap_interval(np.mean, rng.normal(size=60), level=0.8, num_samples=200)
        inside += low <= 0 <= high
    assert 0.7 < inside / 200 < 0.9


def test_the_same_seed_gives_the_same_interval() -> None:
    scores, labels = np.arange(50.0), np.arange(50) % 2
    first = bootstrap_interval(roc_auc, scores, labels, num_samples=100, seed=3)
    assert bootstrap_interval(roc_auc, scores, labels, num_samples=100, seed=3) == first
    assert bootstrap_interval(roc_auc, scores, labels, num_samples=100, seed=4) != first


def test_a_draw_without_one_class_is_made_again() -> None:
    low, high = bootstrap_interval(roc_auc, [0.1, 0.2, 0.3], [0, 1, 0], num_samples=50)
    assert 0 <= low <= high <= 1
    with pytest.raises(DataError, match="too few rows"):
        bootstrap_interval(roc_auc, [0.1, 0.2], [0, 0], num_samples=5)


def test_arrays_that_differ_in_rows_and_a_wrong_level_are_refused() -> None:
    with pytest.raises(DataError, match=r"\[1, 2\] rows"):
        bootstrap_interval(accuracy, [0], [0, 1])
    with pytest.raises(DataError, match="not 0"):
        bootstrap_interval(accuracy, [], [])
    with pytest.raises(SettingError, match="level is 95"):
        bootstrap_interval(accuracy, [0], [0], level=95)


def test_the_means_of_many_columns_have_the_intervals_of_each() -> None:
    columns = np.random.default_rng(2).random((3, 150)) ** [[1], [2], [9]]
    low_F, high_F = bootstrap_means(columns, num_samples=200, level=0.9)
    for column, low, high in zip(columns, low_F, high_F, strict=True):
        expected = bootstrap_interval(np.mean, column, num_samples=200, level=0.9)
        assert (low, high) == pytest.approx(expected, rel=1e-12)
