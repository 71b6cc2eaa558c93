"""Which stretches of a history are learned from, against what one would cut by hand."""

import numpy as np
import polars as pl
import pytest

from madang.datasets.interactions.history import Interactions
from madang.datasets.interactions.holdout import leave_one_out
from madang.errors import DataError, SettingError
from madang.tasks.recommendation.example import cut_histories, held_out_targets


def interactions(histories):
    lengths = [len(history) for history in histories]
    items = np.concatenate([np.array(history, np.int32) for history in histories])
    return Interactions(
        user_ids=pl.Series([f"u{number}" for number in range(len(histories))]),
        item_ids=pl.Series([f"i{number}" for number in range(items.max() + 1)]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        items=items,
        times=None,
    )


def cut(histories, **options):
    found = cut_histories(interactions(histories), **options)
    assert found.lengths.tolist() == [len(each) for each in found]
    return [each.tolist() for each in found]


def test_the_last_items_are_learned_from_and_ids_begin_at_one():
    assert cut([[0, 1, 2, 3], [4, 0]], max_length=3) == [[2, 3, 4], [5, 1]]


def test_a_history_of_one_item_teaches_nothing():
    assert cut([[0, 1], [2], []], max_length=5) == [[1, 2]]
    with pytest.raises(DataError, match="No history has two items"):
        cut([[0], [1]], max_length=5)


def test_with_a_stride_every_item_is_learned_from():
    found = cut([list(range(10)), [0, 1]], max_length=4, stride=3)
    assert found == [[7, 8, 9, 10], [4, 5, 6, 7], [1, 2, 3, 4], [1, 2]]


@pytest.mark.parametrize("length", range(2, 30))
@pytest.mark.parametrize("stride", [1, 3, 4])
def test_stretches_overlap_and_cover_a_history_of_any_length(length, stride):
    found = cut([list(range(length))], max_length=4, stride=stride)
    assert {item for each in found for item in each} >= set(range(2, length + 1))
    assert all(each == list(range(each[0], each[-1] + 1)) for each in found)


def test_a_slice_of_histories_is_histories():
    found = cut_histories(interactions([[0, 1], [2, 3], [4, 5]]), max_length=5)
    assert [each.tolist() for each in found[1:]] == [[3, 4], [5, 6]]


@pytest.mark.parametrize("options", [{"max_length": 1}, {"max_length": 3, "stride": 0}])
def test_impossible_lengths_are_refused(options):
    with pytest.raises(SettingError, match="must be 2 or more"):
        cut([[0, 1]], **options)


def test_what_is_held_out_stands_behind_the_history_that_led_to_it():
    holdout = leave_one_out(interactions([[0, 1, 2, 3, 4], [5, 6], [7], [1, 2, 3]]))
    found = held_out_targets(holdout, most_items=2)
    assert [(each.items_T.tolist(), each.target) for each in found] == [([2, 3], 4), ([2], 3)]
