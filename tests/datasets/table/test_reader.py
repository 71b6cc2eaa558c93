"""A table is read the same in whatever notation it is written, or refused with what to do."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.datasets.table.frame import collect, scan_table
from madang.datasets.table.layout import SEPARATORS, Layout
from madang.datasets.table.reader import as_text, is_missing, is_path, open_table, read_records
from madang.errors import DataError, SettingError

ROWS = [
    ("text", "label"),
    ("지금 주문하시면 반값! 문의 주세요", "광고"),
    ("어제 본 영화가 참 좋았다", "일반"),
    ("따옴표“가” 있다", "일반"),
]
Cells = list[tuple[str, ...]]


def read(path: Path, layout: Layout | None = None) -> Cells:
    """Return the columns and the rows of a table, as texts."""
    with open_table(path, layout or Layout()) as table:
        return [table.columns, *(tuple(map(as_text, row.cells)) for row in table.rows)]


def read_frame(path: Path, layout: Layout | None = None) -> Cells:
    """Return the same by way of polars; what is empty there is missing."""
    frame = collect(scan_table(path, layout or Layout()), path)
    return [tuple(frame.columns), *(tuple(map(as_text, row)) for row in frame.iter_rows())]


def lines(rows: Cells, separator: str = ",", end: str = "\n") -> str:
    return "".join(f"{separator.join(row)}{end}" for row in rows)


def write(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("name", "content", "layout"),
    [
        ("utf8.csv", lines(ROWS).encode(), Layout()),
        ("mark.csv", lines(ROWS).encode("utf-8-sig"), Layout()),
        ("utf16.csv", lines(ROWS).encode("utf-16"), Layout()),
        ("utf16be.csv", b"\xfe\xff" + lines(ROWS).encode("utf-16-be"), Layout()),
        ("utf32.csv", lines(ROWS).encode("utf-32"), Layout()),
        ("utf16_tabs.txt", lines(ROWS, "\t", "\r\n").encode("utf-16"), Layout()),
        ("unmarked.csv", lines(ROWS).encode("utf-16-le"), Layout(encoding="utf-16-le")),
        ("cp949.csv", lines(ROWS).encode("cp949"), Layout(encoding="cp949")),
        ("euckr.csv", lines(ROWS).encode("cp949"), Layout(encoding="ms949")),
        ("semicolon.csv", lines(ROWS, ";").encode(), Layout()),
        ("bar.csv", lines(ROWS, "|").encode(), Layout()),
        ("colons.dat", lines(ROWS, "::").encode(), Layout()),
        ("tab.tsv", lines(ROWS, "\t").encode(), Layout()),
        ("tab_said.csv", lines(ROWS, "\t").encode(), Layout(separator="tab")),
        ("caret.csv", lines(ROWS, "^").encode(), Layout(separator="^")),
        ("windows.csv", lines(ROWS, end="\r\n").encode(), Layout()),
        ("macintosh.csv", lines(ROWS, end="\r").encode(), Layout()),
        ("no_last_end.csv", lines(ROWS).encode()[:-1], Layout()),
        ("blank_lines.csv", ("\n" + lines(ROWS, end="\n\n")).encode(), Layout()),
        ("spaces.csv", lines(ROWS).replace("text,label", " text , label ").encode(), Layout()),
        ("excel.csv", ("sep=;\r\n" + lines(ROWS, ";", "\r\n")).encode("utf-8-sig"), Layout()),
        ("no_header.csv", lines(ROWS[1:]).encode(), Layout(header=("text", "label"))),
        ("no_header.dat", lines(ROWS[1:], "::").encode(), Layout(header=("text", "label"))),
        ("packed.csv.gz", gzip.compress(lines(ROWS).encode("utf-8-sig"), mtime=0), Layout()),
        ("no_name", lines(ROWS, ";").encode(), Layout()),
        ("quotes.csv", lines(ROWS, '","').replace("\n", '"\n"')[:-1].encode(), Layout()),
        (
            "lines.jsonl",
            "".join(
                json.dumps(dict(zip(ROWS[0], row, strict=True))) + "\r\n" for row in ROWS[1:]
            ).encode("utf-8-sig"),
            Layout(),
        ),
        (
            "list.json",
            json.dumps([dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]).encode("cp949"),
            Layout(),
        ),
    ],
)
def test_a_table_says_the_same_in_every_notation(
    tmp_path: Path, name: str, content: bytes, layout: Layout
) -> None:
    if name == "quotes.csv":
        content = b'"' + content
    path = write(tmp_path / name, content)
    assert read(path, layout) == ROWS
    # A line without anything is a row without anything in a frame; whoever reads it counts it.
    assert [row for row in read_frame(path, layout) if any(row)] == ROWS


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": [7.0, 8.0, None], "text": ["가", None, "다"]})
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_csv(tmp_path / "a.csv")
    assert read(tmp_path / "a.parquet") == read(tmp_path / "a.csv")
    assert read(tmp_path / "a.csv")[1:] == [("7.0", "가"), ("8.0", ""), ("", "다")]


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\x1f\ufeff", exclude_categories=("Cs",)),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(cells, cells, cells), max_size=6),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_a_spreadsheet_quotes_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Cells,
    separator: str,
    encoding: str,
    end: str,
) -> None:
    header = ("하나", "text", "x y")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    path = write(tmp_path_factory.mktemp("table") / "a.csv", text.getvalue(), encoding)
    both_ways = separator == "\t" and any("\t" in c and "\n" in c for row in rows for c in row)
    if both_ways:
        with pytest.raises(DataError, match="--quotes no"):
            read(path)
        return
    assert read(path) == [header, *rows]
    assert read_frame(path) == [header, *rows]


def test_a_quote_within_a_cell_joins_no_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'text,label\n화면 27"가 크다,1\n키 6"다,0\n좋다,1\n')
    found = [("text", "label"), ('화면 27"가 크다', "1"), ('키 6"다', "0"), ("좋다", "1")]
    assert read(path) == found
    assert read_frame(path) == found


def test_quotes_that_belong_to_the_texts_are_kept_when_that_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", 'text\tlabel\n"최고의 영화\t1\n최악"의 영화\t0\n"둘"\t1\n')
    with pytest.raises(DataError, match="--quotes no"):
        read(path)
    found = [("text", "label"), ('"최고의 영화', "1"), ('최악"의 영화', "0"), ('"둘"', "1")]
    assert read(path, Layout(quotes="no")) == found
    assert read_frame(path, Layout(quotes="no")) == found


def test_an_open_quote_in_a_file_of_tabs_swallows_no_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", 'text\tlabel\n"가\t1\n나"\t0\n')
    with pytest.raises(DataError, match="line 3: a cell in quotes holds tabs and lines"):
        read(path)


def test_a_cell_may_be_longer_than_the_limit_of_the_library(tmp_path: Path) -> None:
    text = "가" * 200_000
    path = write(tmp_path / "a.csv", f"text,label\n{text},1\n")
    assert read(path) == [("text", "label"), (text, "1")]
    assert read_frame(path) == [("text", "label"), (text, "1")]
    assert csv.field_size_limit() == 131072


@pytest.mark.parametrize("separator", SEPARATORS)
def test_the_separator_is_found_without_a_header(tmp_path: Path, separator: str) -> None:
    path = write(tmp_path / "ratings.dat", lines([("1", "1193", "5", "978300760")], separator))
    layout = Layout(header=("user", "item", "rating", "time"))
    assert read(path, layout)[1] == ("1", "1193", "5", "978300760")


def test_wanted_columns_settle_which_separator_is_meant(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "text;note, or not\n가;나\n")
    with pytest.raises(DataError, match="--separator"):
        read(path)
    with open_table(path, wanted=["text"]) as table:
        assert table.columns == ("text", "note, or not")
    assert read(path, Layout(separator=";"))[1] == ("가", "나")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "is empty"),
        ("a.csv", "text\n산책\n".encode("cp949"), r"byte 5 \(line 2\) is 0xBB.*--encoding cp949"),
        ("a.csv", b"text\ncaf\xe9 au lait\n", "--encoding cp1252"),
        ("a.csv", "text\n산책\n".encode("utf-16-le"), "--encoding utf-16-le"),
        ("a.csv", b"text,n\na,1\nb,2,3\n", "line 3: 3 cells, but there are 2 columns"),
        ("a.csv", b'text,n\n"a,1\n', "line 2: unexpected end of data"),
        ("a.xlsx", b"PK\x03\x04rest", "CSV UTF-8"),
        ("a.csv", b"SQLite format 3\0", "Export the table"),
        ("dump.sql", b"INSERT INTO `posts` VALUES (1)", "mysql --batch"),
        ("a.csv.gz", gzip.compress(b"text\n" + b"a\n" * 1000, mtime=0)[:30], "can not be unpacked"),
        ("a.csv.gz", b"text\n", "can not be unpacked"),
        ("a.jsonl", b'{"text": "a"}\n{"text": \n', "line 2 is not JSON"),
        ("a.jsonl", b"[1, 2]\n", "line 1 is no JSON object"),
        ("a.json", b'[{"text": "a"}, 3]', "record 2 is no JSON object"),
        ("a.parquet", b"text\na\n", "can not be read as Parquet"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(write(tmp_path / name, content))


def test_a_zip_archive_is_no_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("a.csv", "text\n")
    with pytest.raises(DataError, match="unpack it"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("content", "layout", "message"),
    [
        (b"1,2\n", {"header": ("a", "b", "c")}, "header names 3 columns, but the first row .* 2"),
        (b"a,b\n1,2\n", {"header": ("a", "b")}, "Leave header out"),
        (b"\xff\xfea\0", {"encoding": "cp949"}, "Leave the encoding out"),
        ("text\n산책\n".encode("cp949"), {"encoding": "shift_jis"}, "is not SHIFT_JIS"),
    ],
)
def test_a_layout_that_does_not_fit_the_file_is_refused(
    tmp_path: Path, content: bytes, layout: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(write(tmp_path / "a.csv", content), Layout(**layout))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ({"encoding": "cp94"}, "Did you mean 'cp949'"),
        ({"encoding": "base64"}, "Usual are utf-8"),
        ({"separator": ", "}, "it is one sign"),
        ({"separator": '"'}, "it is one sign"),
        ({"header": ("a", "a")}, "twice"),
        ({"quotes": "maybe"}, "quotes"),
    ],
)
def test_an_impossible_layout_is_refused(layout: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Layout(**layout)  # type: ignore[arg-type]


def test_a_column_that_is_lacking_or_there_twice_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Text,n,n\n가,1,2\n")
    with open_table(path) as table:
        with pytest.raises(DataError, match=r"no column 'text'.*Did you mean 'Text'"):
            table.position("text")
        with pytest.raises(DataError, match="2 columns named 'n'"):
            table.position("n")
        with pytest.raises(DataError, match="--header"):
            table.position("document")


def test_records_name_their_cells_by_role(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,document,stars\n1,가,5\n\n2,나,4\n")
    columns = {"text": "document", "label": "stars", "group": "group"}
    found = list(read_records(path, Layout(), columns, optional=["group"]))
    assert found == [(2, {"text": "가", "label": "5"}), (4, {"text": "나", "label": "4"})]


def test_keys_that_come_up_late_in_json_are_columns_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "a\u2028b"}\n\n{"label": [1], "text": null}\n')
    with open_table(path) as table:
        assert table.columns == ("text", "label")
        assert [(row.line, row.cells) for row in table.rows] == [
            (1, ["a\u2028b", None]),
            (3, [None, [1]]),
        ]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no file .*none\.csv"):
        read(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        read(tmp_path)


def test_names_of_files_are_told_from_names_of_data_sets(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert not is_path("nsmc")
    (tmp_path / "nsmc").mkdir()
    assert not is_path("nsmc")
    (tmp_path / "posts").write_text("text\n")
    assert is_path("posts")
    assert all(map(is_path, ["a.CSV", "x/y", "b.jsonl.gz", "ratings.dat", "u.data"]))


def test_words_for_nothing_are_known_and_names_are_not() -> None:
    assert all(map(is_missing, ["", " \t", "NaN", "null", "None", "N/A", "<NA>", "\\N"]))
    assert not any(map(is_missing, ["Nana", "0", "없음", "-", "nonesuch"]))


def test_a_file_that_has_changed_is_read_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dat", "a::b\n1::2\n")
    assert read_frame(path)[1:] == [("1", "2")]
    write(path, "a::b\n1::2\n3::4\n")
    assert read_frame(path)[1:] == [("1", "2"), ("3", "4")]


def test_a_row_with_too_many_cells_is_named_in_a_frame_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a,b\n1,2\n3,4,5\n")
    with pytest.raises(DataError, match="line 3: 3 cells, but there are 2 columns"):
        read_frame(path)
