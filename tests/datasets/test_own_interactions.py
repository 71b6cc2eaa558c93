"""People's own files of interactions: every notation says the same, and nothing goes in silence."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from madang.datasets.interactions.notice import sentences
from madang.datasets.interactions.partition import FilePartitions
from madang.datasets.interactions.reading import Reading, RowReading
from madang.datasets.interactions.record import DataRecord, check_alike, read_as, reading_record
from madang.errors import DataError, MadangError, SettingError

ROWS = [
    ("홍길동", "007", 1_600_000_001),
    ("홍길동", "떡볶이", 1_600_000_000),
    ("김 철수", "7", 1_600_000_002),
]
COLUMNS = ("user", "item", "time")
EXPECTED = {"홍길동": ["떡볶이", "007"], "김 철수": ["7"]}


def delimited(separator: str = ",", *, header: bool = True, end: str = "\n") -> str:
    lines = [COLUMNS, *ROWS] if header else ROWS
    return "".join(separator.join(map(str, line)) + end for line in lines)


def histories(found: Any) -> dict[str, list[str]]:
    """Return each person's items by their own ids."""
    return {
        user: found.item_ids[found.history(place).tolist()].to_list()
        for place, user in enumerate(found.user_ids)
    }


def write(folder: Path, content: str | bytes, name: str = "views.csv") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def read(folder: Path, content: str | bytes, **options: Any) -> dict[str, list[str]]:
    return histories(Reading(**options).read(write(folder, content)))


NO_HEADER: dict[str, Any] = {"header": COLUMNS}
WRITTEN: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "UTF-8": ("views.csv", delimited().encode(), {}),
    "a BOM": ("views.csv", delimited().encode("utf-8-sig"), {}),
    "UTF-16": ("views.csv", delimited().encode("utf-16"), {}),
    "UTF-16 without a mark": (
        "views.csv",
        delimited().encode("utf-16-le"),
        {"encoding": "utf-16-le"},
    ),
    "CP949": ("views.csv", delimited().encode("cp949"), {"encoding": "cp949"}),
    "semicolons": ("views.csv", delimited(";").encode(), {}),
    "bars": ("views.txt", delimited("|").encode(), {}),
    "tabs": ("u.data", delimited("\t", header=False).encode(), NO_HEADER),
    "two colons": ("ratings.dat", delimited("::", header=False).encode(), NO_HEADER),
    "no ending": ("ratings", delimited().encode(), {}),
    "a line for Excel": ("views.csv", b"sep=;\r\n" + delimited(";", end="\r\n").encode(), {}),
    "carriage returns": ("views.csv", delimited(end="\r").encode(), {}),
    "blank lines": ("views.csv", delimited(end="\n\n").encode(), {}),
    "quotes": ("views.csv", delimited().replace("떡볶이", '"떡볶이"').encode(), {}),
    "packed": ("views.csv.gz", gzip.compress(delimited().encode(), mtime=0), {}),
    "JSON lines": (
        "views.jsonl",
        "\n".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in ROWS).encode(),
        {},
    ),
}


@pytest.mark.parametrize("notation", WRITTEN)
def test_a_table_in_any_notation_holds_the_same_histories(tmp_path: Path, notation: str) -> None:
    name, content, options = WRITTEN[notation]
    found = Reading(**options).read(write(tmp_path, content, name))
    assert histories(found) == EXPECTED
    assert found.times is not None
    assert found.times.tolist() == [1_600_000_000, 1_600_000_001, 1_600_000_002]
    parts = FilePartitions(tmp_path / name, RowReading(**options), rows_at_once=1)
    by_part = [parts.read(part) for part in range(parts.num_parts)]
    joined: dict[str, list[str]] = {}
    for part in by_part:
        joined |= histories(part) if part is not None else {}
    assert joined == EXPECTED


def test_a_parquet_file_holds_the_same_as_the_csv_of_its_table(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {
            "user": [7.0, 1.5, float("nan"), 1e18],
            "item": [True, False, True, True],
            "time": [1, 2, 3, 4],
        }
    )
    table.write_parquet(tmp_path / "views.parquet")
    found = Reading(missing="drop").read(str(tmp_path / "views.parquet"))
    # What pandas writes, which most of such files come from.
    text = "user,item,time\n7.0,True,1\n1.5,False,2\n,True,3\n1e+18,True,4\n"
    expected = Reading(missing="drop").read(write(tmp_path, text))
    assert histories(found) == histories(expected)
    assert list(histories(found)) == ["7.0", "1.5", "1e+18"]
    assert found.dropped == expected.dropped == {"missing values": 1}
    assert found.noticed == expected.noticed == {"shortened ids": 1}


def test_ids_are_what_stands_in_the_file_to_the_sign(tmp_path: Path) -> None:
    ids = ["007", "7", " 7", "7.0", "-abc", "a,b", "1.0", "1"]
    rows = "".join(f'"{each}",x,{place}\n' for place, each in enumerate(ids))
    found = Reading().read(write(tmp_path, f"user,item,time\n{rows}"))
    assert found.user_ids.to_list() == ids
    assert found.noticed == {"ids in blanks": 1}


@pytest.mark.parametrize("word", ["", " ", "NaN", "nan", "None", "null", "NULL", "N/A", "\\N"])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_word_for_nothing_is_no_id_and_no_time(tmp_path: Path, column: str, word: str) -> None:
    cells = dict(zip(COLUMNS, ("a", "x", "2"), strict=True)) | {column: word}
    content = f"user,item,time\nb,y,1\n{','.join(cells.values())}\nb,z,3\n"
    with pytest.raises(DataError, match=r"1 of the 3 rows .*the first is row 2: .*--missing drop"):
        read(tmp_path, content)
    found = Reading(missing="drop").read(str(tmp_path / "views.csv"))
    assert histories(found) == {"b": ["y", "z"]}
    assert found.dropped == {"missing values": 1}


def test_names_that_only_begin_like_a_word_for_nothing_are_ids(tmp_path: Path) -> None:
    assert list(read(tmp_path, "user,item,time\nNana,x,1\nnulls,x,2\nNone of us,x,3\n")) == [
        "Nana",
        "nulls",
        "None of us",
    ]


def test_rows_without_a_value_are_no_rows_and_are_counted(tmp_path: Path) -> None:
    found = Reading().read(write(tmp_path, "user,item,time\na,x,1\n,,\n , ,\n\na,y,2\n"))
    assert histories(found) == {"a": ["x", "y"]}
    assert found.dropped == {"having no values": 3}


def test_repeated_rows_are_kept_counted_and_said(tmp_path: Path) -> None:
    content = "user,item,time\na,x,1\na,y,1\na,x,1\na,x,2\nb,x,1\na,x,1\n"
    found = Reading().read(write(tmp_path, content))
    assert histories(found)["a"] == ["x", "y", "x", "x", "x"]
    assert found.noticed == {"repeated rows": 2}
    (line,) = sentences(found.dropped, found.noticed)
    assert line.startswith("kept: 2 rows say the same as another row")
    assert "duplicates = first" in line
    first = Reading(duplicates="first").read(str(tmp_path / "views.csv"))
    assert first.dropped == {"duplicates": 3}
    assert first.noticed == {}
    without = Reading(time="").read(str(tmp_path / "views.csv"))
    assert without.noticed == {"repeated rows": 3}


def test_of_a_person_with_one_item_and_of_one_moment_everything_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "user,item,time\na,x,1\n") == {"a": ["x"]}
    assert read(tmp_path, "user,item,time\na,x,1\na,y,1\na,z,1\n") == {"a": ["x", "y", "z"]}


# Files that are no such table.


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"user,item,time\n", "holds no interactions"),
        (b"user,user,item,time\na,b,x,1\n", "2 columns named 'user'"),
        (delimited().encode("cp949"), "--encoding cp949"),
        (delimited(header=False).encode(), "name its columns in order: --header"),
        (b"usr,item,time\na,x,1\n", "Did you mean 'usr'.*--user NAME"),
        (b"user,item,time\na,x,1,\n", "4 cells, but there are 3 columns"),
        (gzip.compress(delimited().encode(), mtime=0)[:-12], "views.csv"),
        (b"PK\x03\x04 a sheet", "a spreadsheet or an archive"),
    ],
)
def test_a_file_that_can_not_be_read_says_what_to_do(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Reading().read(write(tmp_path, content))


def test_a_packed_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(delimited().encode(), mtime=0)[:-12], "views.csv.gz")
    with pytest.raises(DataError, match=r"can not be unpacked.*Copy it again"):
        Reading().read(path)


def test_a_path_that_exists_is_no_unknown_data_set(tmp_path: Path, monkeypatch: Any) -> None:
    write(tmp_path, delimited(), "gifthubs")
    monkeypatch.chdir(tmp_path)
    assert histories(Reading().read("gifthubs")) == EXPECTED


def test_how_a_file_is_written_is_not_said_of_a_data_set() -> None:
    for option in ({"separator": ";"}, {"only": ("a=b",)}, {"time_format": "%d.%m.%Y"}):
        with pytest.raises(SettingError, match=f"known; {next(iter(option))} is said"):
            Reading(**option).read("gifthub")  # type: ignore[arg-type]


# Which rows are read.

SHOP = (
    "user,item,time,event,rating,store\n"
    "a,v,1,view,,1\na,b,2,purchase,5.0,01\nb,c,3,cart,3.5,1\nb,d,4,purchase,4,2\n"
)


@pytest.mark.parametrize(
    ("only", "fits"),
    [
        (("event=purchase",), lambda row: row["event"] == "purchase"),
        (("event = purchase", "event=cart"), lambda row: row["event"] in ("purchase", "cart")),
        (("event!=view",), lambda row: row["event"] != "view"),
        (("rating>=4",), lambda row: row["rating"] != "" and float(row["rating"]) >= 4),
        (("rating<4",), lambda row: row["rating"] != "" and float(row["rating"]) < 4),
        (("rating>3.5", "rating<=4"), lambda row: row["rating"] == "4"),
        (("event=purchase", "store=01"), lambda row: row["store"] == "01"),
        (("rating=",), lambda row: row["rating"] == ""),
        (("rating!=",), lambda row: row["rating"] != ""),
    ],
)
def test_only_rows_that_fit_are_read_and_the_others_counted(
    tmp_path: Path, only: tuple[str, ...], fits: Callable[[dict[str, str]], bool]
) -> None:
    names, *lines = [line.split(",") for line in SHOP.splitlines()]
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    expected: dict[str, list[str]] = {}
    for row in filter(fits, rows):
        expected.setdefault(row["user"], []).append(row["item"])
    found = Reading(only=only).read(write(tmp_path, SHOP))
    assert histories(found) == expected
    assert found.dropped == {"not fitting only": len(rows) - len(found)}
    parts = FilePartitions(tmp_path / "views.csv", RowReading(only=only), rows_at_once=1)
    read = [parts.read(part) for part in range(parts.num_parts)]
    assert sum(len(part) for part in read if part is not None) == len(found)
    assert parts.dropped == found.dropped


def test_conditions_say_the_same_of_typed_columns(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {**{each: [1, 2] for each in COLUMNS}, "good": [True, None], "size": [4, 5]}
    )
    table.write_parquet(tmp_path / "views.parquet")
    for only in (("good=True",), ("size<5",), ("size=4",), ("good!=",)):
        assert histories(Reading(only=only).read(str(tmp_path / "views.parquet"))) == {"1": ["1"]}


def test_decimal_commas_are_numbers_and_what_may_be_thousands_is_refused(tmp_path: Path) -> None:
    content = "user;item;time;rating\na;x;1;4,5\na;y;2;3,0\na;z;3;4\n"
    assert read(tmp_path, content, only=("rating>=4",)) == {"a": ["x", "z"]}
    with pytest.raises(DataError, match="'4,500' in 'rating', which is no number"):
        read(tmp_path, content.replace("4,5", "4,500"), only=("rating>=4",))


@pytest.mark.parametrize(
    ("only", "error", "message"),
    [
        ("event=purchas", DataError, r"never 'purchas'; it is 'purchase' \(2\).*Did you mean"),
        ("evnt=purchase", DataError, r"no column 'evnt'.*Did you mean 'event'"),
        ("rating>=5.5", DataError, "None of the 4 rows"),
        ("event>=4", DataError, "has 'view' in 'event', which is no number"),
        ("event", SettingError, "event=purchase"),
        ("event==purchase", SettingError, "event=purchase"),
        ("rating>=good", SettingError, "compares numbers"),
    ],
)
def test_a_condition_that_can_not_be_meant_is_refused(
    tmp_path: Path, only: str, error: type[MadangError], message: str
) -> None:
    with pytest.raises(error, match=message):
        read(tmp_path, SHOP, only=(only,))


def test_the_row_that_an_error_names_is_that_of_the_file(tmp_path: Path) -> None:
    content = SHOP.replace("b,d,4", "b,,4")
    with pytest.raises(DataError, match=r"1 of the 2 rows .* the first is row 4: .*item missing"):
        read(tmp_path, content, only=("event=purchase",))


# What a model's record says of it.


def test_a_model_is_measured_on_rows_that_were_chosen_alike() -> None:
    record = json.loads(json.dumps(reading_record(Reading(only=("rating>=4",)), ())))
    assert read_as(record) == DataRecord(Reading(only=("rating>=4",)))
    check_alike(record, DataRecord(Reading(only=("rating>=4",))), model="m")
    with pytest.raises(SettingError, match=r"only was \('rating>=4',\), and is \(\)"):
        check_alike(record, DataRecord(Reading()), model="m")


def test_the_record_of_an_older_model_still_says_how_its_data_was_read() -> None:
    old = {"user": "who", "item": "what", "time": "when", "time_unit": "ms", "missing": "drop"}
    reading, *_ = read_as({"reading": {**old, "strange_times": "keep", "duplicates": "last"}})
    assert reading == Reading(**old, strange_times="keep", duplicates="last")  # type: ignore[arg-type]
