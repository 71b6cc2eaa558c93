"""Interactions from any file: numbered, in order, cleaned as was asked, never silently."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from madang.datasets.interactions.history import Interactions, drop_duplicates, k_core, number
from madang.datasets.interactions.reading import Reading
from madang.errors import DataError, SettingError


def write(folder: Path, content: str, name: str = "views.csv") -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def histories(interactions: Interactions) -> dict[str, list[str]]:
    """Return each user's items by their own ids."""
    names = interactions.item_ids.to_list()
    return {
        user: [names[item] for item in interactions.history(place)]
        for place, user in enumerate(interactions.user_ids)
    }


def test_ids_are_texts_with_spaces_and_korean_letters_and_stay_as_they_are(tmp_path: Path) -> None:
    path = write(
        tmp_path, 'user,item,time\n007,빨간 가방,2\n 김 철수 ,"책, 한 권",1\n7,빨간 가방,3\n'
    )
    assert histories(Reading().read(path)) == {
        "007": ["빨간 가방"],
        " 김 철수 ": ["책, 한 권"],
        "7": ["빨간 가방"],
    }


def test_an_unsorted_file_is_put_in_order_and_equal_times_keep_the_order_of_the_file(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "user,item,time\na,late,9\nb,x,5\na,tie 2,3\na,tie 1,3\na,early,1\n")
    found = Reading().read(path)
    assert histories(found) == {"a": ["early", "tie 2", "tie 1", "late"], "b": ["x"]}
    assert found.times is not None
    assert found.times.tolist() == [1, 3, 3, 9, 5]
    assert (found.num_users, found.num_items, len(found)) == (2, 5, 5)


def test_the_order_is_that_of_a_plain_sort_of_each_user_by_itself() -> None:
    random = np.random.default_rng(0)
    rows = [
        (str(user), str(item), int(time))
        for user, item, time in random.integers(0, [40, 60, 25], (3000, 3))
    ]
    frame = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    found = number(frame.with_columns(pl.from_epoch("time", "s").cast(pl.Datetime("us"))))
    by_hand: dict[str, list[tuple[int, str]]] = {}
    for user, item, time in rows:
        by_hand.setdefault(user, []).append((time, item))
    expected = {
        user: [item for _, item in sorted(events, key=lambda event: event[0])]
        for user, events in by_hand.items()
    }
    assert histories(found) == expected
    assert list(histories(found)) == list(by_hand), "users are numbered as they first appear"


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        (["1430092800", "1430092801"], "s"),
        (["1430092800.25", "1430092801.5"], "s"),
        (["1430092800250", "1430092801000"], "ms"),
        (["1430092800000000001", "1430092801000000000"], "ns"),
        (["2015-04-27", "2015-04-27"], "s"),
        (["2015-04-27 00:00:00", "2015-04-27 00:00:01"], "s"),
        (["2015-04-27T09:00:00+09:00", "2015-04-27T09:00:01+09:00"], "s"),
    ],
)
def test_times_are_seconds_however_they_are_written(
    tmp_path: Path, written: list[str], unit: str
) -> None:
    path = write(tmp_path, "user,item,time\n" + "".join(f"a,{x},{x}\n" for x in written))
    found = Reading(time_unit=unit).read(path)  # type: ignore[arg-type]
    assert found.times is not None
    assert found.times[0] == datetime(2015, 4, 27, tzinfo=UTC).timestamp()


def test_parts_of_a_second_count_for_the_order(tmp_path: Path) -> None:
    path = write(tmp_path, "user,item,time\na,second,5.7\na,first,5.2\n")
    assert histories(Reading().read(path)) == {"a": ["first", "second"]}


def test_parquet_and_other_columns_say_the_same_as_csv(tmp_path: Path) -> None:
    csv = Reading().read(write(tmp_path, "user,item,time\n1,5,20\n2,5,10\n1,6,10\n"))
    moments = [datetime(1970, 1, 1) + timedelta(seconds=seconds) for seconds in (20, 10, 10)]
    frame = pl.DataFrame({"who": [1, 2, 1], "what": [5, 5, 6], "when": moments, "else": "x"})
    for name, when in (("naive.parquet", frame), ("aware.parquet", None)):
        table = (
            when
            if when is not None
            else frame.with_columns(
                pl.col("when").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Seoul")
            )
        )
        table.write_parquet(tmp_path / name)
        found = Reading(user="who", item="what", time="when").read(str(tmp_path / name))
        assert histories(found) == histories(csv) == {"1": ["6", "5"], "2": ["5"]}
        assert found.times is not None
        assert found.times.tolist() == [10, 20, 10]


def test_dates_without_hyphens_are_not_taken_for_seconds(tmp_path: Path) -> None:
    path = write(tmp_path, "user,item,time\na,x,20260131\na,y,20251201\n")
    pl.read_csv(path).write_parquet(tmp_path / "views.parquet")
    for source in (path, str(tmp_path / "views.parquet")):
        found = Reading().read(source)
        assert found.times is not None
        assert found.times.tolist() == [
            datetime(*day, tzinfo=UTC).timestamp() for day in ((2025, 12, 1), (2026, 1, 31))
        ]
        with pytest.raises(DataError, match=r"20260131 in 'time': dates.*Leave time_unit out"):
            Reading(time_unit="ms").read(source)
    # There is no month 99: seconds.
    path = write(tmp_path, "user,item,time\na,x,20260131\na,y,20259901\n")
    assert histories(Reading().read(path)) == {"a": ["y", "x"]}


def test_without_times_the_rows_are_the_order(tmp_path: Path) -> None:
    path = write(tmp_path, "user\titem\na\tx\nb\ty\na\tw\n", "views.tsv")
    found = Reading(time="").read(path)
    assert found.times is None
    assert histories(found) == {"a": ["x", "w"], "b": ["y"]}


@pytest.mark.parametrize("row", [",x,1", "a,,1", "a,x,"])
def test_missing_values_are_an_error_until_they_are_dropped(tmp_path: Path, row: str) -> None:
    path = write(tmp_path, f"user,item,time\na,x,1\n{row}\nb,y,2\n")
    with pytest.raises(DataError, match=r"1 of the 3 rows .* the first is row 2: .*--missing drop"):
        Reading().read(path)
    found = Reading(missing="drop").read(path)
    assert histories(found) == {"a": ["x"], "b": ["y"]}
    assert found.dropped == {"missing values": 1}


def test_negative_and_future_times_are_an_error_dropped_or_kept(tmp_path: Path) -> None:
    future = int((datetime.now(UTC) + timedelta(days=400)).timestamp())
    path = write(tmp_path, f"user,item,time\na,x,{future}\na,y,5\na,z,-5\n")
    with pytest.raises(DataError, match=r"2 of the 3 rows .* before 1970 or after now"):
        Reading().read(path)
    dropped = Reading(strange_times="drop").read(path)
    assert histories(dropped) == {"a": ["y"]}
    assert dropped.dropped == {"strange times": 2}
    kept = Reading(strange_times="keep").read(path)
    assert histories(kept) == {"a": ["z", "y", "x"]}
    assert kept.times is not None
    assert kept.times.tolist() == [-5, 5, future]


def test_times_in_another_unit_than_was_said_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "user,item,time\na,x,1430092800000\n")
    with pytest.raises(DataError, match="time_unit"):
        Reading().read(path)
    path = write(tmp_path, "user,item,time\na,x,1430092800000000000\n")
    with pytest.raises(DataError, match="time_unit"):
        Reading().read(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.csv",
            "who,item,time\na,x,1\n",
            "no column .user.. Its columns: .who.*--user NAME",
        ),
        ("a.csv", "user,item,time\n", "holds no interactions"),
        ("a.csv", "", "is empty"),
        ("a.csv", "user,item,time\na,x,gestern\n", "has 'gestern' in 'time'"),
        ("a.csv", "user,item,time\na,x,2015-04-27\nb,x,gestern\n", "has 'gestern' in 'time'"),
        ("a.parquet", "no parquet", "can not be read as Parquet"),
    ],
)
def test_a_file_that_holds_no_interactions_says_why(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Reading().read(write(tmp_path, content, name))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing"):
        Reading().read(str(tmp_path / "nothing.csv"))


def test_lists_are_no_ids(tmp_path: Path) -> None:
    path = tmp_path / "views.parquet"
    pl.DataFrame({"user": ["a"], "item": [["x"]]}).write_parquet(path)
    with pytest.raises(DataError, match="give one id a row"):
        Reading(time="").read(str(path))


def test_unknown_names_and_settings_are_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Did you mean 'gifthub'"):
        Reading().read("gifthubs")
    with pytest.raises(DataError, match=r"no interactions\. Choose one of .*ml-1m"):
        Reading().read("nsmc")
    with pytest.raises(SettingError, match="Leave them out"):
        Reading(item="product").read("gifthub")
    path = write(tmp_path, "user,item,time\na,x,1\n")
    for setting in ("duplicates", "missing", "strange_times", "time_unit"):
        with pytest.raises(SettingError, match=f"{setting} is 'no'; it must be one of"):
            Reading(**{setting: "no"}).read(path)  # type: ignore[arg-type]


def test_of_duplicates_all_the_first_or_the_last_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "user,item,time\na,x,1\na,y,2\na,x,3\nb,x,4\na,y,9\n")
    assert histories(Reading().read(path))["a"] == ["x", "y", "x", "y"]
    first = Reading(duplicates="first").read(path)
    assert histories(first) == {"a": ["x", "y"], "b": ["x"]}
    assert first.times is not None
    assert first.times.tolist() == [1, 2, 4]
    last = Reading(duplicates="last").read(path)
    assert last.times is not None
    assert last.times.tolist() == [3, 9, 4]
    assert last.dropped == {"duplicates": 2}


def test_without_duplicates_nothing_is_dropped() -> None:
    found = number(pl.DataFrame({"user": ["a", "a", "b"], "item": ["x", "y", "x"]}))
    assert histories(drop_duplicates(found, kept="first")) == histories(found)


def test_a_core_is_what_is_left_when_one_row_at_a_time_is_taken_out() -> None:
    random = np.random.default_rng(1)
    pairs = [(f"u{user}", f"i{item}") for user, item in random.integers(0, [30, 40], (150, 2))]
    found = k_core(number(pl.DataFrame(pairs, schema=["user", "item"], orient="row")), k=3)
    left = list(pairs)
    while weak := [
        pair
        for pair in left
        if min(sum(pair[side] == other[side] for other in left) for side in (0, 1)) < 3
    ]:
        left.remove(weak[0])
    assert 0 < len(left) < len(pairs)
    assert sorted(histories(found)) == sorted({user for user, _ in left})
    assert sorted(found.item_ids) == sorted({item for _, item in left})
    for user, items in histories(found).items():
        assert items == [item for other, item in left if other == user]
    assert found.dropped == {"core": len(pairs) - len(left)}


def test_a_core_that_is_empty_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "user,item,time\na,x,1\nb,y,1\n")
    with pytest.raises(DataError, match="the setting core drops"):
        Reading(core=2).read(path)


def test_nobody_who_reads_histories_can_change_them() -> None:
    found = number(pl.DataFrame({"user": ["a", "a"], "item": ["x", "y"]}))
    for array in (found.items, found.offsets, found.history(0)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
