"""What a transformer has to beat, and models with a catalogue of their own."""

import dataclasses
import itertools
import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from madang.baselines import recommendation as recommendation_baseline
from madang.baselines.recommendation import ItemNeighbours, Markov, MatrixFactors, Popularity
from madang.commands import evaluate_recommender as recommender_command
from madang.datasets.interactions.history import number
from madang.datasets.interactions.holdout import ValidationUsers, leave_one_out
from madang.datasets.interactions.reading import Reading
from madang.datasets.interactions.record import reading_record
from madang.errors import CheckpointError, DataError, SettingError
from madang.evaluation.run import default_splits, licence
from madang.formats.manifest import Manifest
from madang.tasks.recommendation.evaluation import (
    best_of,
    fit_baseline,
    fit_baselines,
    in_numbers_of,
    load,
    measure,
)
from madang.tasks.recommendation.ranking import RankingSettings, evaluate_recommendation
from madang.tasks.recommendation.task import RECOMMENDATION

MANIFEST = Manifest(family="bert4rec", task="recommendation", tokenizer_sha256="")


def interactions(num_users=60, num_items=20, seed=0):
    """Return histories in two tastes: whoever begins among the first items stays there."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(num_users):
        start = (user % 2) * num_items // 2
        items = random.permutation(num_items // 2)[: random.integers(3, 8)] + start
        rows += [(f"u{user}", f"i{item}") for item in items]
    return number(pl.DataFrame(rows, schema=["user", "item"], orient="row"))


def met(train):
    """Return who met what as a plain matrix, (U, I)."""
    found = np.zeros((train.num_users, train.num_items))
    found[train.users, train.items] = 1
    return found


def test_popularity_is_the_same_count_for_everybody():
    train = interactions()
    scores = Popularity(train).score([train.history(0), train.history(1)[:0]])
    assert scores.tolist() == [np.bincount(train.items).tolist()] * 2


@pytest.mark.parametrize("model", [Markov, ItemNeighbours, MatrixFactors])
def test_learning_leaves_the_histories_as_they_are(model):
    rows = [(f"u{user}", f"i{item}") for user in range(9) for item in (7, user, 3, 7, 1, user)]
    train = number(pl.DataFrame(rows, schema=["user", "item"], orient="row"))
    items, offsets = train.items.tolist(), train.offsets.tolist()
    model(train)
    assert train.items.tolist() == items
    assert train.offsets.tolist() == offsets


@pytest.mark.parametrize("prior", [0.01, 3.0])
def test_what_followed_the_last_item_is_counted_and_of_nothing_it_is_what_is_popular(prior):
    train = interactions().first(np.arange(60) % 6)
    followed = Counter(
        pair for user in range(60) for pair in itertools.pairwise(train.history(user).tolist())
    )
    met_by = Counter(train.items.tolist())
    histories = [train.history(user) for user in range(12)]
    assert {len(history) for history in histories} == set(range(6))
    for history, scores in zip(histories, Markov(train, prior=prior).score(histories), strict=True):
        last = history[-1] if len(history) else None
        expected = [followed[last, item] + prior * met_by[item] / len(train) for item in range(20)]
        assert scores == pytest.approx(expected)


@pytest.mark.parametrize("recency", [1.0, 0.5])
def test_neighbours_are_those_of_the_plain_cosine(recency):
    train = interactions()
    matrix = met(train)
    cosine = matrix.T @ matrix / np.outer(*[np.linalg.norm(matrix, axis=0)] * 2)
    np.fill_diagonal(cosine, 0)
    near = np.where(np.argsort(np.argsort(-cosine, axis=1), axis=1) < 20, cosine, 0)
    model = ItemNeighbours(train, num_neighbours=20, recency=recency)
    histories = [train.history(user) for user in range(5)] + [train.history(0)[:0]]
    for history, scores in zip(histories, model.score(histories), strict=True):
        expected = sum(
            near[item] * recency**place for place, item in enumerate(reversed(history.tolist()))
        )
        assert scores == pytest.approx(expected + np.zeros(20), abs=1e-5)


def test_only_the_nearest_neighbours_count():
    train = interactions()
    near = ItemNeighbours(train, num_neighbours=3).score(
        [np.array([item], np.int32) for item in range(20)]
    )
    every = ItemNeighbours(train, num_neighbours=20).score(
        [np.array([item], np.int32) for item in range(20)]
    )
    for few, all_scores in zip(near, every, strict=True):
        kept = few > 0
        assert kept.sum() == 3
        assert few[kept] == pytest.approx(all_scores[kept])
        assert all_scores[~kept].max() <= few[kept].min()


def test_a_history_is_explained_as_by_solving_the_equations():
    train = interactions()
    model = MatrixFactors(train, width=6, weight=3.0, penalty=2.0)
    items = model._item_ID.astype(np.float64)
    histories = [train.history(0), train.history(1)]
    for history, scores in zip(histories, model.score(histories), strict=True):
        weight = np.ones(20)
        weight[history] += 3.0
        wanted = np.zeros(20)
        wanted[history] = 1
        system = items.T @ (weight[:, None] * items) + 2.0 * np.eye(6)
        vector = np.linalg.solve(system, items.T @ (weight * wanted))
        assert scores == pytest.approx(items @ vector, abs=1e-4)


def test_every_round_of_the_factors_lowers_their_loss():
    train = interactions()
    matrix = met(train)

    def loss(num_rounds):
        model = MatrixFactors(train, width=4, weight=3.0, penalty=1.0, num_rounds=num_rounds)
        items = model._item_ID.astype(np.float64)
        total = 1.0 * (items**2).sum()
        for row in matrix:
            weight = 1 + 3.0 * row
            system = items.T @ (weight[:, None] * items) + np.eye(4)
            vector = np.linalg.solve(system, items.T @ (weight * row))
            total += (weight * (row - items @ vector) ** 2).sum() + (vector**2).sum()
        return total

    losses = [loss(num_rounds) for num_rounds in (1, 2, 4, 8)]
    assert losses == sorted(losses, reverse=True)


def test_a_big_table_is_cut_into_blocks_that_say_the_same(monkeypatch):
    train = interactions()
    whole = [MatrixFactors(train), ItemNeighbours(train)]
    cut = recommendation_baseline._row_blocks
    monkeypatch.setattr(
        recommendation_baseline, "_row_blocks", lambda start, most=0: cut(start, most=3)
    )
    for before, after in zip(whole, [MatrixFactors(train), ItemNeighbours(train)], strict=True):
        histories = [train.history(user) for user in range(9)]
        assert before.score(histories) == pytest.approx(after.score(histories), abs=1e-4)  # type: ignore[attr-defined]


def test_tastes_are_found_by_all_but_popularity():
    holdout = leave_one_out(interactions(num_users=200))
    settings = RankingSettings(exclude_seen=True, k=5)
    told = []
    fitted = fit_baselines(holdout, settings=settings, report=told.append)
    hit = {
        name: evaluate_recommendation(scorer, holdout, settings=settings)
        .figures["hit@5[full, unseen]"]
        .value
        for name, scorer in fitted.items()
    }
    assert hit["item-knn"] > 2 * hit["popularity"]
    assert hit["matrix-factors"] > 2 * hit["popularity"]
    assert [line.partition(":")[0] for line in told] == list(fitted)


def test_settings_are_chosen_on_the_validation_items():
    holdout = leave_one_out(interactions())

    class Knowing:
        def __init__(self, answer_U):
            self.answer_of = {
                tuple(holdout.train.history(user)): item for user, item in enumerate(answer_U)
            }

        def score(self, histories):
            scores = np.zeros((len(histories), 20), np.float32)
            for row, history in zip(scores, histories, strict=True):
                row[self.answer_of.get(tuple(history), 0)] = 1
            return scores

    right, wrong = Knowing(holdout.validation.item_R), Knowing(holdout.test.item_R)
    settings = RankingSettings(k=1)
    builders = [lambda train: wrong, lambda train: right]
    assert best_of(builders, holdout, settings) is right
    nothing = holdout.validation.of(np.array([], np.int64))
    empty = dataclasses.replace(holdout, validation=nothing)
    assert best_of(builders, empty, settings) is wrong


class OwnNumbers:
    """Knows some of the items, under numbers of its own."""

    items = ("other", "i3", "i7", "i1")

    def __init__(self, manifest=MANIFEST):
        self.manifest = manifest

    def score(self, histories):
        self.asked = [history.tolist() for history in histories]
        return np.array([[9, 1, 2, 3]] * len(histories), np.float32)


def put_in_place(monkeypatch, manifest):
    """Let the command find such a model under any name."""
    monkeypatch.setattr(recommender_command, "open_model", lambda name: OwnNumbers(manifest))
    monkeypatch.setattr(recommender_command, "find_model", Path)
    monkeypatch.setattr(recommender_command, "weights_sha256", lambda folder: "…")


def test_a_model_is_asked_and_answers_in_its_own_numbers():
    ids = pl.Series([f"i{number}" for number in range(8)])
    model = OwnNumbers()
    scores = in_numbers_of(ids, model).score([np.array([1, 0, 7], np.int32)])
    assert model.asked == [[3, 2]], "what it does not know is left out of the history"
    minus = -np.inf
    assert scores.tolist() == [[minus, 3, minus, 1, minus, minus, minus, 2]]


def test_a_model_that_knows_none_of_the_items_is_refused():
    with pytest.raises(DataError, match="knows 4 items, such as 'other', and none"):
        in_numbers_of(pl.Series(["x", "y"]), OwnNumbers())


@pytest.fixture
def views(tmp_path):
    """A file of interactions with names of its own."""
    whole = interactions()
    frame = pl.DataFrame(
        {
            "who": whole.user_ids.gather(whole.users),
            "what": whole.item_ids.gather(whole.items),
            "when": np.arange(len(whole)) - np.repeat(whole.offsets[:-1], whole.lengths),
        }
    )
    frame.write_csv(tmp_path / "views.csv")
    return tmp_path / "views.csv"


NAMES = {"user": "who", "item": "what", "time": "when"}
READING = Reading(**NAMES)


def test_the_command_prints_the_baselines_and_writes_what_it_found(views, tmp_path, capsys):
    recommender_command.evaluate_recommender(
        str(views),
        reading=READING,
        settings=RankingSettings(protocols=("full", "5 uniform"), exclude_seen=True, k=3),
        users=tmp_path / "users",
        output=tmp_path / "new" / "figures.json",
    )
    printed = capsys.readouterr().out
    assert "licence of" in printed
    assert "60 people, 20 items: scored 60 people at a time" in printed
    assert "ndcg@3[full, unseen]" in printed
    figures = json.loads((tmp_path / "new" / "figures.json").read_text())
    assert list(figures) == ["popularity", "markov", "item-knn", "matrix-factors"]
    users = pl.read_parquet(tmp_path / "users" / "item-knn.parquet")
    hit = (users["rank[5 uniform]"] <= 3).mean()
    assert figures["item-knn"]["hit@3[5 uniform]"]["value"] == pytest.approx(hit)
    assert set(users["user"]) == {f"u{user}" for user in range(60)}


def test_the_command_refuses_a_model_that_recommends_nothing(views):
    with pytest.raises(CheckpointError, match=r"sentiment .*a recommender needs the task"):
        recommender_command.evaluate_recommender(str(views), reading=READING, model=("sentiment",))


def test_the_command_measures_a_model_beside_them_when_asked(views, monkeypatch, capsys):
    put_in_place(monkeypatch, MANIFEST)
    options = {
        "reading": READING,
        "model": ("runs/gifts/model",),
        "settings": RankingSettings(metrics=("hit",)),
    }
    recommender_command.evaluate_recommender(str(views), **options)
    alone = capsys.readouterr().out
    assert "runs/gifts/model" in alone
    assert "item-knn" not in alone
    recommender_command.evaluate_recommender(str(views), **options, baseline=True)
    assert "item-knn" in capsys.readouterr().out


def test_the_command_holds_out_by_time_when_two_moments_are_given(views, capsys):
    with pytest.raises(SettingError, match="split_at has 1 moments"):
        recommender_command.evaluate_recommender(str(views), reading=READING, split_at=(5,))
    recommender_command.evaluate_recommender(str(views), reading=READING, split_at=(2, 4))
    # The times are 0, 1, 2, … for each person.
    num_long = (interactions().lengths > 4).sum()
    assert f"{num_long} people, 20 items" in capsys.readouterr().out


def trained_on(**settings):
    """Return the manifest of a model that was trained on data read and split so."""
    split_at, validation_users = (
        settings.pop("split_at", ()),
        settings.pop("validation_users", None),
    )
    record = reading_record(Reading(**NAMES, **settings), split_at, validation_users)
    return dataclasses.replace(MANIFEST, record=record)


def test_a_model_that_has_seen_the_future_is_not_measured_by_time(views, monkeypatch):
    options = {"reading": READING, "model": ("mine",), "split_at": (2, 4)}
    for manifest in (MANIFEST, trained_on(), trained_on(split_at=(2, 5))):
        put_in_place(monkeypatch, manifest)
        with pytest.raises(SettingError, match="what came from 2 and from 4 on held out"):
            recommender_command.evaluate_recommender(str(views), **options)
    honest = trained_on(split_at=(2, 4))
    put_in_place(monkeypatch, honest)
    recommender_command.evaluate_recommender(str(views), **options)


def test_a_model_whose_data_was_read_otherwise_is_not_measured(views, monkeypatch):
    manifest = trained_on(duplicates="last", core=2)
    put_in_place(monkeypatch, manifest)
    with pytest.raises(SettingError, match="duplicates was 'last', and is 'keep'; core was 2"):
        recommender_command.evaluate_recommender(str(views), reading=READING, model=("mine",))
    rows = load(str(views), "test", trained_on())
    with pytest.raises(SettingError, match="One of the models was trained on data that was read"):
        measure(OwnNumbers(), rows, manifest)


def test_baselines_learn_from_as_much_as_any_of_the_models(views):
    whole = interactions()
    for validation_users, num_learned in (
        ([], len(whole) - 120),
        ([None], len(whole) - 120),
        ([None, ValidationUsers(20, 0), ValidationUsers(9, 0)], len(whole) - 69),
    ):
        manifests = [trained_on(validation_users=each) for each in validation_users]
        found = recommender_command.held_out_for(manifests, whole, (), part="test")
        assert len(found.train) == num_learned


def test_models_whose_epochs_were_chosen_by_others_are_not_compared_on_the_validation(views):
    some, others = (trained_on(validation_users=ValidationUsers(20, seed)) for seed in (0, 1))
    for manifests in ([some, others], [some, trained_on()]):
        with pytest.raises(SettingError, match="Measure them on the test, or one by one"):
            recommender_command.held_out_for(manifests, interactions(), (), part="validation")
        with pytest.raises(SettingError, match="Measure them on the test, or one by one"):
            measure(OwnNumbers(), load(str(views), "validation", manifests[0]), manifests[1])
    assert len(load(str(views), "validation", some)) == 20


def test_a_record_that_names_other_judges_than_there_can_be_is_refused(views):
    manifest = dataclasses.replace(MANIFEST, record={"judges": {"people": 20}})
    with pytest.raises(CheckpointError, match=r"unexpected keyword argument 'people'.*copy the"):
        load(str(views), "test", manifest)


def test_a_model_is_measured_on_data_read_as_it_was_for_its_training(views):
    manifest = trained_on(duplicates="last", split_at=(2, 4))
    rows = load(str(views), "test", manifest)
    assert len(rows) == (interactions().lengths > 4).sum()
    assert rows.holdout.train.lengths.max() == 2
    fitted = fit_baseline(str(views), manifest)
    assert fitted["popularity"].score([[]]).sum() == len(rows.holdout.train)


@pytest.mark.parametrize("name", ["views.csv", "views.tsv", "views.csv.gz", "views.parquet"])
def test_a_file_of_interactions_is_a_file_whatever_its_kind_and_judged_by_its_last_items(name):
    assert default_splits(RECOMMENDATION, name, MANIFEST) == ("test",)
    assert licence(name) == "your own file"


def test_figures_on_what_was_chosen_by_say_so(views, capsys):
    recommender_command.evaluate_recommender(str(views), reading=READING, split="validation")
    assert "such figures flatter" in capsys.readouterr().out


def test_rows_that_are_left_out_are_counted_aloud(tmp_path, capsys):
    path = tmp_path / "views.csv"
    path.write_text("user,item,time\n" + "a,x,1\na,y,2\nb,x,1\nb,y,2\nb,,3\n" * 3)
    recommender_command.evaluate_recommender(
        str(path),
        reading=Reading(missing="drop", duplicates="first"),
        settings=RankingSettings(k=1),
    )
    printed = capsys.readouterr().out
    assert "left out: 3 rows for missing values" in printed
    assert "left out: 8 rows for duplicates" in printed


def test_a_split_of_interactions_is_validation_or_test():
    with pytest.raises(SettingError, match="validation or test"):
        load("gifthub", "train", MANIFEST)


@pytest.mark.skipif("MADANG_DATA" not in os.environ, reason="MADANG_DATA is not set")
def test_half_of_the_gifts_held_out_are_new_and_neighbours_find_many_of_the_others():
    rows = load("gifthub", "test", MANIFEST)
    assert len(rows) == 2_578
    found = measure(ItemNeighbours(rows.holdout.train, num_neighbours=50), rows, MANIFEST)
    popular = measure(Popularity(rows.holdout.train), rows, MANIFEST)
    assert found["ndcg@10[full]"].low > popular["ndcg@10[full]"].high


def test_a_data_set_by_its_name_is_measured_with_the_baselines_beside(monkeypatch):
    monkeypatch.setattr(Reading, "read", lambda self, name: interactions())
    rows = load("gifts", "validation", MANIFEST)
    fitted = fit_baseline("gifts", MANIFEST)
    assert list(fitted) == ["popularity", "markov", "item-knn", "matrix-factors"]
    figures = {name: measure(scorer, rows, MANIFEST) for name, scorer in fitted.items()}
    assert all(next(iter(found)) == "ndcg@10[full]" for found in figures.values())
