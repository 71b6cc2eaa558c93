"""Recommenders are ranked as one would by hand, whatever the size of a block."""

import dataclasses
import math
import re
import tracemalloc

import numpy as np
import polars as pl
import pytest

from madang.datasets.interactions.history import number
from madang.datasets.interactions.holdout import Holdout, Targets, leave_one_out
from madang.errors import DataError, SettingError
from madang.metrics.ranking import Ranking
from madang.tasks.recommendation.ranking import (
    BYTES_A_CANDIDATE,
    BYTES_A_CELL,
    NEAR_BYTES,
    RankingSettings,
    block_size,
    evaluate_recommendation,
    rank_users,
)

NUM_ITEMS = 90


def random_holdout(num_users=70):
    random = np.random.default_rng(0)
    rows = [
        (f"사람 {user}", f"물건 {item}")
        for user in range(num_users)
        for item in random.integers(0, NUM_ITEMS, random.integers(1, 12))
    ]
    # So that every item has a number; of who met all, nothing is held out.
    rows += [("모두", f"물건 {item}") for item in range(NUM_ITEMS)]
    found = leave_one_out(number(pl.DataFrame(rows, schema=["user", "item"], orient="row")))
    return dataclasses.replace(found, test=found.test.of(np.arange(num_users)))


class ByLast:
    """Scores depend on the last item of a history and its length, with ties."""

    def score(self, histories):
        table = np.random.default_rng(1).integers(0, 30, (NUM_ITEMS, NUM_ITEMS))
        return np.array([table[h[-1]] + len(h) for h in histories], np.float32)


def by_hand(scorer, holdout, part, *, exclude_seen):
    """Return the rank of each held-out item, one user at a time, by sorting."""
    found = []
    targets = holdout.targets(part)
    for user, target in zip(targets.user_R, targets.item_R, strict=True):
        history = holdout.known(part).history(user)
        scores = scorer.score([history])[0].tolist()
        if exclude_seen:
            scores = [-math.inf if i in history else s for i, s in enumerate(scores)]
        order = sorted(range(NUM_ITEMS), key=lambda i: (-scores[i], i == target))
        found.append(order.index(target) + 1)
    return found


@pytest.mark.parametrize("exclude_seen", [False, True])
@pytest.mark.parametrize("part", ["validation", "test"])
def test_ranks_and_figures_are_those_counted_by_hand(part, exclude_seen):
    holdout = random_holdout()
    settings = RankingSettings(exclude_seen=exclude_seen, metrics=("ndcg", "hit", "mrr"))
    found = evaluate_recommendation(ByLast(), holdout, part=part, settings=settings)
    expected = by_hand(ByLast(), holdout, part, exclude_seen=exclude_seen)
    name = "full, unseen" if exclude_seen else "full"
    assert found.users[f"rank[{name}]"].to_list() == expected
    hits = [rank for rank in expected if rank <= 10]
    values = {
        "ndcg": sum(1 / math.log2(rank + 1) for rank in hits),
        "hit": len(hits),
        "mrr": sum(1 / rank for rank in hits),
    }
    for metric, value in values.items():
        measured = found.figures[f"{metric}@10[{name}]"]
        assert measured.value == pytest.approx(value / len(expected))
        assert measured.low < measured.value < measured.high
    assert next(iter(found.figures)) == f"ndcg@10[{name}]"


def test_the_size_of_a_block_moves_no_figure(monkeypatch):
    holdout = random_holdout()
    settings = RankingSettings(protocols=("full", "20 popular", "20 uniform"), exclude_seen=True)
    together = evaluate_recommendation(ByLast(), holdout, settings=settings)
    monkeypatch.setattr("madang.tasks.recommendation.ranking.block_size", lambda *_, **__: 7)
    apart = evaluate_recommendation(ByLast(), holdout, settings=settings)
    assert together.figures == apart.figures
    assert together.users.equals(apart.users)


def test_a_sampled_figure_names_its_sample():
    holdout = random_holdout()
    settings = RankingSettings(protocols=("20 popular",), metrics=("hit",), k=5)
    found = evaluate_recommendation(ByLast(), holdout, settings=settings)
    assert next(iter(found.figures)) == "hit@5[20 popular]"
    rank = found.users["rank[20 popular]"]
    assert 1 <= rank.min() < rank.max() <= 21
    assert found.figures["hit@5[20 popular]"].value == Ranking.of(rank).hit(k=5).mean()


def test_what_is_shown_is_the_best_and_on_request_nothing_that_was_met():
    holdout = random_holdout()
    found = evaluate_recommendation(ByLast(), holdout, settings=RankingSettings(exclude_seen=True))
    known, names = holdout.known("test"), holdout.train.item_ids.to_list()
    for row in found.users.iter_rows(named=True):
        user = holdout.train.user_ids.to_list().index(row["user"])
        met = {names[item] for item in known.history(user)}
        assert len(set(row["shown"])) == 10
        assert not set(row["shown"]) & met
        assert row["is_seen"] == (row["held_out"] in met)
        assert row["num_known"] == len(known.history(user))
        scores = ByLast().score([known.history(user)])[0]
        unseen = sorted((s for i, s in enumerate(scores) if names[i] not in met), reverse=True)
        assert [scores[names.index(item)] for item in row["shown"]] == unseen[:10]
    assert found.num_people == len(found.users)
    assert found.num_seen == found.users["is_seen"].sum()
    assert found.num_cold == found.users["is_cold"].sum()


def test_an_item_that_was_met_before_is_missed_when_what_was_met_is_left_out():
    holdout = leave_one_out(number(pl.DataFrame({"user": ["a"] * 4, "item": ["x", "y", "z", "x"]})))

    class LikesTheFirst:
        def score(self, histories):
            return np.array([[3, 2, 1]] * len(histories), np.float32)

    settings = RankingSettings(exclude_seen=True, k=1, metrics=("ndcg",))
    found = evaluate_recommendation(LikesTheFirst(), holdout, settings=settings)
    assert found.users["rank[full, unseen]"].to_list() == [3]
    assert found.num_seen == 1
    plain = evaluate_recommendation(LikesTheFirst(), holdout, settings=RankingSettings(k=1))
    assert plain.users["rank[full]"].to_list() == [1]


def test_who_says_nothing_finds_nothing():
    class Silent:
        def score(self, histories):
            return np.zeros((len(histories), NUM_ITEMS), np.float32)

    found = evaluate_recommendation(Silent(), random_holdout())
    assert found.figures["hit@10[full]"].value == 0
    assert found.figures["coverage@10[full]"].value == pytest.approx(10 / NUM_ITEMS)


def test_the_memory_is_stated_before_the_first_score():
    said = []

    class Listening(ByLast):
        def score(self, histories):
            assert said
            return super().score(histories)

    evaluate_recommendation(Listening(), random_holdout(), report=said.append)
    assert re.search(r"^\d+ people, 90 items: scored \d+ people at a time, in at most", said[0])
    assert "MB" in said[0]


def test_a_block_needs_no_more_memory_than_it_may():
    for num_items in (10, 8_600, 54_542, 1_000_000):
        size = block_size(num_items, memory_mb=100)
        bytes_a_user = num_items * BYTES_A_CELL + min(80, num_items) * BYTES_A_CANDIDATE
        assert size * bytes_a_user <= 100e6
        assert size * 4 * num_items <= NEAR_BYTES
        is_full = (size + 1) * bytes_a_user > 100e6 or (size + 1) * 4 * num_items > NEAR_BYTES
        assert size == 1024 or is_full


@pytest.mark.parametrize("k", [10, 2500])
@pytest.mark.parametrize("num_values", [1, 10**6])
def test_the_memory_that_is_stated_is_not_exceeded_even_where_all_is_equal(k, num_values):
    num_users, num_items = 40, 3000
    rows = [(f"u{user}", f"i{item}") for user in range(num_users) for item in (user, user + 1, 99)]
    rows += [("all", f"i{item}") for item in range(num_items)]
    whole = leave_one_out(number(pl.DataFrame(rows, schema=["user", "item"], orient="row")))
    # Of the last person, who met all, nothing is held out.
    holdout = dataclasses.replace(whole, test=whole.test.of(np.arange(num_users)))

    class Equal:
        def score(self, histories):
            found = np.random.default_rng(0).integers(0, num_values, (len(histories), num_items))
            tracemalloc.start()
            return found.astype(np.float32)

    settings = RankingSettings(
        protocols=("full", "20 uniform"), exclude_seen=True, k=k, metrics=("ndcg",)
    )
    rank_users(Equal(), holdout, part="test", settings=settings, report=(said := []).append)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    stated_mb = float(re.search(r"in at most ([\d.,]+) MB", said[0])[1].replace(",", ""))
    assert peak <= stated_mb * 1e6


def test_a_person_of_whom_nothing_is_known_chose_nothing():
    # The first has no history before the test; the neighbour's item is the popular one.
    rows = [("a", "z"), *(("b", item) for item in "xxxxxyz")]
    train = number(pl.DataFrame(rows, schema=["user", "item"], orient="row"))
    holdout = Holdout(
        train=train.first(np.array([0, 5])),
        validation=Targets(np.array([], np.int64), np.array([], np.int32)),
        test=Targets(np.array([0, 1]), np.array([0, 0], np.int32)),
        before_test=train.first(np.array([0, 5])),
    )

    class Any:
        def score(self, histories):
            return np.array([[3, 2, 1]] * len(histories), np.float32)

    found = evaluate_recommendation(Any(), holdout, settings=RankingSettings(k=2))
    # Shown are z and x, 5 / 2 on average; chosen were nothing by one and by the other the item met
    # five times.
    assert found.figures["popularity_bias@2[full]"].value == pytest.approx((5 / 2) / 2.5 - 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k": 0}, "k is 0"),
        ({"protocols": ()}, "at least one protocol"),
        ({"protocols": ("half",)}, "'full' and samples"),
        ({"metrics": ("auc",)}, "allowed are ndcg, hit"),
        ({"metrics": ()}, "allowed are ndcg, hit"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        RankingSettings(**settings)


@pytest.mark.parametrize("k", [NUM_ITEMS, NUM_ITEMS + 1])
def test_as_many_items_as_there_are_can_not_be_asked_for(k):
    with pytest.raises(SettingError, match=f"k is {k}; there are only {NUM_ITEMS} items"):
        evaluate_recommendation(ByLast(), random_holdout(), settings=RankingSettings(k=k))


def test_among_no_more_than_k_candidates_only_metrics_that_weigh_the_rank_are_measured():
    holdout = random_holdout()

    def measured(protocol, *metrics):
        settings = RankingSettings(protocols=(protocol,), metrics=metrics)
        return evaluate_recommendation(ByLast(), holdout, settings=settings).figures

    # Nine drawn ones and the one held out are ten.
    for metric in ("hit", "recall", "precision", "f1"):
        with pytest.raises(SettingError, match=f"the first 10 are all: {metric}@10 would be"):
            measured("9 uniform", "ndcg", metric)
        assert 0 < measured("10 uniform", metric)[f"{metric}@10[10 uniform]"].value < 1
    for metric in ("ndcg", "mrr", "map"):
        assert 0 < measured("9 uniform", metric)[f"{metric}@10[9 uniform]"].value < 1


def people_who_met(*numbers):
    """Return a holdout of people who met so many of 15 items before the one held out."""
    rows = [(f"u{user}", f"i{item}") for user, n in enumerate(numbers) for item in range(n + 1)]
    rows += [("all", f"i{item}") for item in range(15)]
    found = leave_one_out(number(pl.DataFrame(rows, schema=["user", "item"], orient="row")))
    return dataclasses.replace(found, test=found.test.of(np.arange(len(numbers))))


class Blind:
    """Scores the last items of the catalogue highest, whoever asks."""

    def score(self, histories):
        return np.tile(np.arange(15, dtype=np.float32), (len(histories), 1))


def test_people_who_have_met_so_much_that_nothing_can_be_missed_are_counted():
    settings = RankingSettings(exclude_seen=True, k=5)
    found = evaluate_recommendation(Blind(), people_who_met(2, 9, 10, 11), settings=settings)
    # 15 items less 10 met are the five that are shown; with 9 met one of six can be missed.
    assert found.num_certain == 2
    assert (found.users["rank[full, unseen]"] <= 5).to_list() == [False, False, True, True]
    with pytest.raises(SettingError, match="candidates of full, unseen the first 5 are all: hit@5"):
        evaluate_recommendation(Blind(), people_who_met(10, 11), settings=settings)
    plain = evaluate_recommendation(Blind(), people_who_met(10, 11), settings=RankingSettings(k=5))
    assert plain.num_certain == 0


# Several items of one moment, and groups of people.


def timed_holdout(unit, num_users=70):
    random = np.random.default_rng(2)
    rows = [
        (f"사람 {user}", f"물건 {item}", int(time))
        for user in range(num_users)
        for item, time in random.integers(0, [NUM_ITEMS, 6], (random.integers(1, 25), 2))
    ]
    # In time before all others, so that every item has a number.
    rows += [("모두", f"물건 {item}", item) for item in range(NUM_ITEMS)]
    frame = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    frame = frame.with_columns(pl.from_epoch("time", "s").cast(pl.Datetime("us")))
    found = leave_one_out(number(frame), unit)
    return dataclasses.replace(found, test=found.test.of(np.arange(num_users)))


@pytest.mark.parametrize("exclude_seen", [False, True])
def test_the_ranks_of_several_items_of_a_moment_are_those_counted_by_hand(
    exclude_seen, monkeypatch
):
    holdout = timed_holdout("moment")
    settings = RankingSettings(exclude_seen=exclude_seen, metrics=("ndcg", "hit", "recall", "mrr"))
    monkeypatch.setattr("madang.tasks.recommendation.ranking.block_size", lambda *_, **__: 7)
    found = evaluate_recommendation(ByLast(), holdout, settings=settings)
    name = "full, unseen, moment" if exclude_seen else "full, moment"
    expected = by_hand(ByLast(), holdout, "test", exclude_seen=exclude_seen)
    assert found.users[f"rank[{name}]"].to_list() == expected
    values = {metric: [] for metric in settings.metrics}
    for _, rows in found.users.group_by("user"):
        hits = sorted(rank for rank in rows[f"rank[{name}]"] if rank <= 10)
        ideal = sum(1 / math.log2(place + 2) for place in range(min(len(rows), 10)))
        values["ndcg"].append(sum(1 / math.log2(rank + 1) for rank in hits) / ideal)
        values["hit"].append(bool(hits))
        values["recall"].append(len(hits) / len(rows))
        values["mrr"].append(1 / hits[0] if hits else 0)
    assert found.num_people == len(values["hit"]) < len(found.users)
    for metric, value in values.items():
        measured = found.figures[f"{metric}@10[{name}]"]
        assert measured.value == pytest.approx(np.mean(value))


def test_the_items_of_a_moment_stand_among_each_other_and_those_drawn():
    holdout = timed_holdout("moment")
    settings = RankingSettings(protocols=("full", "60 uniform"), metrics=("ndcg",))
    few = evaluate_recommendation(ByLast(), holdout, settings=settings).users
    for _, rows in few.group_by("user"):
        ranks = rows["rank[60 uniform, moment]"]
        assert ranks.max() <= 60 + len(rows)
        assert (ranks <= rows["rank[full, moment]"]).all()
        assert sorted(zip(ranks, rows["rank[full, moment]"], strict=True)) == sorted(
            zip(sorted(ranks), sorted(rows["rank[full, moment]"]), strict=True)
        )


@pytest.mark.parametrize("unit", ["item", "moment"])
def test_the_figures_of_a_group_are_those_of_its_people_alone(unit):
    holdout = timed_holdout(unit)
    settings = RankingSettings(protocols=("full", "20 uniform"), groups=True)
    found = evaluate_recommendation(ByLast(), holdout, settings=settings)
    people = found.users.group_by("user").agg(
        pl.col("is_tied").any(), pl.col("is_cold").all(), pl.col("num_known").first()
    )
    known = pl.col("num_known")
    conditions = {
        "tied in time": pl.col("is_tied"),
        "not tied in time": ~pl.col("is_tied"),
        "cold": pl.col("is_cold"),
        "not cold": ~pl.col("is_cold"),
        "history of 1": known == 1,
        "history of 2": known == 2,
        "history of 3 to 4": known.is_between(3, 4),
        "history of 5 to 9": known.is_between(5, 9),
        "history of 10 to 19": known.is_between(10, 19),
        "history of 20 to 49": known.is_between(20, 49),
    }
    members = {name: people.filter(each)["user"].to_list() for name, each in conditions.items()}
    assert {name: len(each) for name, each in members.items() if each} == {
        name: each.num_people for name, each in found.groups.items()
    }
    assert {"tied in time", "not tied in time", "not cold", "history of 5 to 9"} <= set(members)
    user_ids = holdout.train.user_ids.to_list()
    for name, group in found.groups.items():
        numbers = np.array([user_ids.index(user) for user in members[name]])
        alone = dataclasses.replace(holdout, test=holdout.test.of(numbers))
        plain = evaluate_recommendation(ByLast(), alone, settings=settings)
        for figure, its in group.figures.items():
            assert its.value == pytest.approx(plain.figures[figure].value)
            assert (its.low, its.high) == pytest.approx(
                (plain.figures[figure].low, plain.figures[figure].high)
            )


def test_groups_are_measured_on_request_and_those_by_ties_only_where_there_are_times():
    assert evaluate_recommendation(ByLast(), random_holdout()).groups == {}
    settings = RankingSettings(groups=True)
    found = evaluate_recommendation(ByLast(), random_holdout(), settings=settings)
    assert "not cold" in found.groups
    assert not [name for name in found.groups if "tied" in name]
    for kind in ("cold", "history"):
        sizes = [each.num_people for name, each in found.groups.items() if kind in name]
        assert sum(sizes) == found.num_people


def test_a_recommender_for_another_catalogue_is_refused():
    class Smaller:
        def score(self, histories):
            return np.zeros((len(histories), NUM_ITEMS - 1), np.float32)

    with pytest.raises(DataError, match="another catalogue"):
        evaluate_recommendation(Smaller(), random_holdout())


def test_a_score_that_is_not_a_number_stops_the_evaluation():
    class Broken:
        def score(self, histories):
            return np.full((len(histories), NUM_ITEMS), np.nan, np.float32)

    with pytest.raises(DataError, match="not a number"):
        evaluate_recommendation(Broken(), random_holdout())


def test_a_score_that_is_not_a_number_stops_a_sampled_evaluation_too():
    class OnceBroken(ByLast):
        def score(self, histories):
            scores = super().score(histories)
            scores[0, -1] = np.nan
            return scores

    settings = RankingSettings(protocols=("1 uniform",), k=1)
    with pytest.raises(DataError, match="not a number"):
        evaluate_recommendation(OnceBroken(), random_holdout(), settings=settings)


def test_a_part_in_which_nothing_is_held_out_is_an_error():
    holdout = leave_one_out(number(pl.DataFrame({"user": ["a", "a"], "item": ["x", "y"]})))
    with pytest.raises(DataError, match="No item is held out for validation"):
        evaluate_recommendation(ByLast(), holdout, part="validation")
