"""A sample holds what it says, is drawn as it says, and depends on nothing else."""

import numpy as np
import pytest

from madang.errors import DataError, SettingError
from madang.tasks.recommendation.candidate import NegativeSampler, Sample, parse_protocol

COUNT = np.array([40, 20, 0, 10, 5, 5, 10, 10])


def unseen(num_users, *seen):
    found = np.zeros((num_users, len(COUNT)), np.bool_)
    found[:, list(seen)] = True
    return found


@pytest.mark.parametrize("text", ["all", "0 popular", "-1 uniform", "45", "uniform 45"])
def test_an_unknown_protocol_is_answered_with_examples(text):
    with pytest.raises(SettingError, match="'100 popular' and '45 uniform'"):
        parse_protocol(text)


def test_the_name_of_a_protocol_is_what_it_was_parsed_from():
    assert str(parse_protocol("45 uniform")) == "45 uniform"
    assert parse_protocol("full") is None


@pytest.mark.parametrize("text", ["4 popular", "4 uniform"])
def test_no_item_is_drawn_twice_nor_one_that_was_met(text):
    drawn = NegativeSampler(parse_protocol(text), COUNT).draw(np.arange(500), unseen(500, 0, 3))
    for row in drawn.tolist():
        assert len(set(row)) == 4
        assert not set(row) & {0, 3}
    assert (2 in drawn) == (text == "4 uniform"), "what nobody met is not popular"


def test_popular_items_are_drawn_by_their_counts_and_uniform_ones_alike():
    users = np.arange(20_000)
    for chance, weight in (("popular", COUNT), ("uniform", np.ones(len(COUNT)))):
        sampler = NegativeSampler(Sample(size=1, chance=chance), COUNT)
        drawn = sampler.draw(users, unseen(len(users), 0))
        share = np.bincount(drawn[:, 0], minlength=len(COUNT)) / len(users)
        expected = np.where(np.arange(len(COUNT)) == 0, 0, weight)
        assert share == pytest.approx(expected / expected.sum(), abs=0.015)


def test_a_draw_depends_on_the_user_and_the_seed_alone():
    sampler = NegativeSampler(parse_protocol("3 popular"), COUNT)
    together = sampler.draw(np.arange(100), unseen(100, 1))
    alone = [sampler.draw(np.array([user]), unseen(1, 1))[0] for user in range(100)]
    assert (together == np.array(alone)).all()
    other = NegativeSampler(parse_protocol("3 popular"), COUNT, seed=1)
    assert (together != other.draw(np.arange(100), unseen(100, 1))).any()


def test_a_sample_of_more_than_there_is_is_refused():
    sampler = NegativeSampler(parse_protocol("6 popular"), COUNT)
    assert sorted(sampler.draw(np.array([0]), unseen(1, 0))[0].tolist()) == [1, 3, 4, 5, 6, 7]
    with pytest.raises(DataError, match="A user has 5 unseen items to draw 6 popular from"):
        sampler.draw(np.array([0]), unseen(1, 0, 1))


def test_the_rank_is_counted_among_the_items_drawn():
    scores = np.array([[9.0, 1.0, 9.0, 3.0, 5.0, 5.0, 7.0, 0.0]])
    # Drawn are all but 0 (met) and 2 (never met by anybody); 5 is tied with the target 4.
    sampler = NegativeSampler(parse_protocol("5 popular"), COUNT)
    row, user = np.array([0]), np.array([0])
    assert sampler.ranks(scores, np.array([4]), row, user, unseen(1, 0)).tolist() == [3]
