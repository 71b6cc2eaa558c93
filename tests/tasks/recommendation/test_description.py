"""The ridge from descriptions to vectors, against leaving items out one by one."""

import numpy as np
import pytest

from madang.errors import DataError
from madang.tasks.recommendation.description import (
    STRENGTHS,
    Descriptions,
    fit_map,
    ridge,
    shared_attributes,
)
from madang.tasks.recommendation.item_table import mark_attributes


def world(num_items=40, width=3, noise=0.1, seed=0):
    random = np.random.default_rng(seed)
    features = random.standard_normal((num_items, width))
    targets = features @ random.standard_normal((width, 4)) + 2.0
    targets += noise * random.standard_normal(targets.shape)
    return features.astype(np.float32), targets.astype(np.float32)


def solved(features, targets, strength):
    """Return the ridge with a constant by its normal equations."""
    middle, center = targets.mean(axis=0), features.mean(axis=0)
    left = features - center
    matrix = np.linalg.solve(
        left.T @ left + strength * np.eye(left.shape[1]), left.T @ (targets - middle)
    )
    return np.concatenate([matrix, (middle - center @ matrix)[None]])


@pytest.mark.parametrize("noise", [0.01, 3.0, 30.0])
def test_the_strength_is_the_best_when_each_item_is_left_out_in_turn(noise):
    features, targets = (each.astype(np.float64) for each in world(noise=noise))
    errors = {}
    for strength in STRENGTHS:
        total = 0.0
        for left_out in range(len(features)):
            kept = np.arange(len(features)) != left_out
            matrix = solved(features[kept], targets[kept], strength)
            guess = features[left_out] @ matrix[:-1] + matrix[-1]
            total += ((guess - targets[left_out]) ** 2).sum()
        errors[strength] = total
    best = min(errors, key=errors.__getitem__)
    found = ridge(*world(noise=noise))
    by_strength = {each: solved(features, targets, each) for each in STRENGTHS}
    nearest = min(STRENGTHS, key=lambda each: np.abs(by_strength[each] - found).max())
    np.testing.assert_allclose(found, by_strength[nearest], atol=1e-3)
    assert errors[nearest] <= errors[best] * 1.01


def test_more_numbers_than_items_are_no_trouble():
    features, targets = world(num_items=25, width=60)
    matrix = ridge(features, targets)
    assert matrix.shape == (61, 4)
    assert np.isfinite(matrix).all()


def test_items_that_are_not_described_or_hardly_met_say_nothing():
    features, targets = world()
    is_known, counts = np.ones(40, bool), np.full(40, 9)
    is_known[:5], counts[5:10] = False, 1
    wrong = targets.copy()
    wrong[:10] = 1e6
    descriptions = Descriptions(features=features, is_known=is_known, attributes=())
    found = fit_map(descriptions, wrong, counts)
    np.testing.assert_allclose(found, ridge(features[10:], targets[10:]), atol=1e-6)


def test_too_few_items_are_refused():
    features, targets = world()
    descriptions = Descriptions(features=features, is_known=np.arange(40) < 19, attributes=())
    with pytest.raises(DataError, match="19 items are described"):
        fit_map(descriptions, targets, np.full(40, 9))


def test_an_attribute_of_few_items_is_left_out():
    lists = [["a", "b", "a"]] * 5 + [["c", "b"]] * 4
    assert shared_attributes(lists) == ("a", "b")
    assert mark_attributes(lists[4:6], ("a", "b")).tolist() == [[1, 1], [0, 1]]
