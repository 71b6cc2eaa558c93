"""Batches: everything once, nothing over the limits, little padding, the same again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.training.loop.batching import BatchPlan, sorted_batches
from madang.training.settings import TrainingSettings


def plan(lengths, **changes):
    given = {
        "batch_size": 8,
        "batch_tokens": 100,
        "accumulation": 1,
        "num_epochs": 3,
        "seed": 0,
    }
    settings = TrainingSettings(**{**given, **changes})
    return BatchPlan(lengths=np.asarray(lengths), settings=settings)


def real_lengths(num_texts=4000):
    """Return lengths as skewed as those of posts: many short ones, a few very long."""
    lengths = np.random.default_rng(0).lognormal(3.5, 0.9, num_texts)
    return np.clip(lengths, 3, 256).astype(np.int64)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 150), min_size=1, max_size=80), st.integers(0, 5))
def test_each_epoch_holds_each_example_once_within_both_limits(lengths, seed):
    batches = plan(lengths, seed=seed).epoch_batches(1)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    array = np.asarray(lengths)
    for batch in batches:
        assert len(batch) <= 8
        assert len(batch) == 1 or len(batch) * array[batch].max() <= 100


def test_batches_depend_on_seed_and_epoch_alone():
    def flat(**changes):
        batches = plan(real_lengths(200), **changes).epoch_batches(changes.pop("epoch", 0))
        return np.concatenate(batches).tolist()

    assert flat() == flat()
    assert flat() != flat(seed=1)
    assert plan(real_lengths(200)).epoch_batches(0)[0].tolist() != (
        plan(real_lengths(200)).epoch_batches(1)[0].tolist()
    )


@pytest.mark.parametrize("accumulation", [1, 3])
def test_a_resumed_run_sees_the_rest_of_the_batches(accumulation):
    whole = plan(real_lengths(300), accumulation=accumulation)
    steps = [(epoch, [batch.tolist() for batch in batches]) for epoch, batches in whole.steps(0)]
    assert len(steps) == whole.num_steps
    for start in (1, whole.steps_in_epochs[0], whole.num_steps - 1, whole.num_steps):
        rest = [
            (epoch, [batch.tolist() for batch in batches]) for epoch, batches in whole.steps(start)
        ]
        assert rest == steps[start:]


def padding_share(batches, lengths):
    padded = sum(lengths[batch].max() * len(batch) for batch in batches)
    return 1.0 - sum(lengths[batch].sum() for batch in batches) / padded


def test_little_is_padding_and_much_less_than_in_random_batches():
    lengths = real_lengths()
    limits = {"batch_size": 32, "batch_tokens": 8192}
    share = padding_share(plan(lengths, **limits).epoch_batches(0), lengths)
    order = np.random.default_rng(0).permutation(len(lengths))
    random_share = padding_share(np.split(order, len(order) // 32), lengths)
    assert share < 0.1
    assert random_share > 0.5


def test_mates_change_from_epoch_to_epoch():
    batches = plan(real_lengths(), batch_size=32, batch_tokens=8192)
    mates = [
        {(a, b) for batch in batches.epoch_batches(epoch) for a in batch for b in batch if a < b}
        for epoch in range(2)
    ]
    assert len(mates[0] & mates[1]) < 0.3 * len(mates[0])


def test_batches_of_one_epoch_do_not_come_in_the_order_of_length():
    lengths = real_lengths()
    means = [lengths[b].mean() for b in plan(lengths, batch_tokens=8192).epoch_batches(0)]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.2


def test_evaluation_batches_hold_each_example_once():
    lengths = real_lengths(100)
    batches = sorted_batches(lengths, batch_size=7, batch_tokens=300)
    assert sorted(np.concatenate(batches).tolist()) == list(range(100))


def test_no_example_gives_no_batch():
    assert sorted_batches([], batch_size=7, batch_tokens=300) == []
