"""The published data sets of interactions have the published counts, and known faults."""

import numpy as np
import pytest

from madang.commands import data as command
from madang.datasets import registry
from madang.datasets.card import Interaction, Item
from madang.datasets.interactions.holdout import leave_one_out
from madang.datasets.interactions.reading import Reading
from madang.datasets.sets import ml_1m
from madang.errors import DataError

COUNTS = {
    "beauty": (40_226, 54_542, 353_962),
    "gifthub": (2_578, 8_587, 16_798),
    "kmrd": (52_028, 600, 140_710),
    "ml-100k": (943, 1_682, 100_000),
    "ml-1m": (6_040, 3_416, 999_611),
    "s3rec_beauty": (22_363, 12_101, 198_502),
    "s3rec_sports": (35_598, 18_357, 296_337),
    "s3rec_toys": (19_412, 11_924, 167_597),
}


def test_every_set_of_interactions_is_counted_here() -> None:
    assert set(COUNTS) == {card.name for card in registry.CARDS.values() if card.table is not None}


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize("name", COUNTS)
def test_the_published_files_have_the_published_counts(name: str) -> None:
    found = Reading().read(name)
    assert (found.num_users, found.num_items, len(found)) == COUNTS[name]
    if found.times is not None:
        step = np.diff(found.times)
        is_within = np.diff(found.users) == 0
        assert (step[is_within] >= 0).all()


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize("name", ["ml-1m", "ml-100k", "s3rec_beauty", "kmrd"])
def test_every_item_that_was_met_is_described(name: str) -> None:
    items = registry.load_items(name)
    assert set(Reading().read(name).item_ids) <= set(items)
    assert any(item.attributes for item in items.values())


@pytest.mark.usefixtures("real_data")
def test_titles_are_found_through_the_mapping() -> None:
    films = registry.load_items("ml-1m")
    assert films["1"] == Item("Raiders of the Lost Ark (1981)", ("Action", "Adventure"))
    assert "Misérables, Les (1995)" in {film.title for film in films.values()}
    assert registry.load_items("kmrd")["10001"].title == "시네마 천국"


@pytest.mark.usefixtures("real_data")
def test_gifthub_is_as_its_description_warns() -> None:
    whole = Reading().read("gifthub")
    found = leave_one_out(whole)
    is_cold = found.known("test").counts()[found.test.item_R] == 0
    assert is_cold.sum() == 1_392
    is_met = [
        item in found.known("test").history(user)
        for user, item in zip(found.test.user_R, found.test.item_R, strict=True)
    ]
    assert sum(is_met) == 104
    assert found.test.is_tied_R is not None
    assert found.test.is_tied_R.sum() == 1_047
    assert whole.times is not None
    last = whole.offsets[1:] - 1
    assert (whole.times[last] == whole.times[last - 1]).sum() == 1_047
    assert Reading(duplicates="first").read("gifthub").dropped == {"duplicates": 499}


@pytest.mark.usefixtures("real_data")
def test_rows_can_be_had_one_by_one() -> None:
    first = next(registry.stream("ml-100k", "all"))
    assert first == Interaction(user="196", item="242", time=881250949)
    assert next(registry.stream("s3rec_toys", "all")) == Interaction("1", "1")


def test_a_line_of_films_is_a_number_a_title_and_genres() -> None:
    lines = ["73::Misérables, Les (1995)::Drama|Musical"]
    film = Item("Misérables, Les (1995)", ("Drama", "Musical"))
    assert dict(ml_1m.films_of(lines)) == {"73": film}


def test_items_of_a_set_that_describes_none_are_an_error() -> None:
    with pytest.raises(DataError, match=r"gifthub has neither titles nor .*ml-1m"):
        registry.load_items("gifthub")


def test_show_says_where_titles_are(capsys: pytest.CaptureFixture[str]) -> None:
    command.show("ml-1m")
    assert "load_items('ml-1m')" in capsys.readouterr().out
