"""A CSV file comes back whole, in order, with two columns more, or not at all."""

import csv
import os
from pathlib import Path

import polars as pl
import pytest

from madang.commands.classify import label_columns
from madang.datasets.table.layout import Layout
from madang.errors import DataError, SettingError
from madang.serving import Classification
from madang.serving.table import extend_table


class Stub:
    """Says 'ad' where a text holds '광고', and remembers what it read."""

    is_multi_label = False

    def __init__(self):
        self.read = []

    def stream(self, texts, *, batch_size):
        for text in texts:
            self.read.append(text)
            label = "ad" if "광고" in text else "ordinary"
            yield Classification(label, 0.75, {label: 0.75}, ())


def label(content: bytes, tmp_path: Path, **options):
    source, output = tmp_path / "posts.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    stub = Stub()
    result = extend_table(label_columns(stub), source, output, **options)
    return result, output.read_bytes(), stub


def test_a_row_gets_its_label_and_probability(tmp_path):
    result, written, _ = label("id,text\n1,광고 문의\n2,산책\n".encode(), tmp_path)
    assert written.decode() == (
        "id,text,label,probability,is_truncated\n"
        "1,광고 문의,ad,0.750000,false\n2,산책,ordinary,0.750000,false\n"
    )
    assert (result.num_rows, result.renamed) == (2, {})


def test_thousands_of_rows_keep_their_order(tmp_path):
    rows = "".join(f"{i},{'광고' if i % 3 else '산책'} {i}\n" for i in range(3000))
    _, written, _ = label(f"id,text\n{rows}".encode(), tmp_path)
    found = list(csv.DictReader(written.decode().splitlines()))
    assert [row["id"] for row in found] == [str(i) for i in range(3000)]
    assert all((row["label"] == "ad") == bool(int(row["id"]) % 3) for row in found)


def test_commas_quotes_and_line_breaks_inside_a_field_survive(tmp_path):
    text = '그가 "네",\r\n라고\n했다'
    quoted = '"' + text.replace('"', '""') + '"'
    _, _, stub = label(f"text,n\n{quoted},1\n".encode(), tmp_path)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == [text, "1", "ordinary", "0.750000", "false"]
    assert stub.read == [text]


def test_a_lone_carriage_return_in_a_field_does_not_part_its_row(tmp_path):
    _, _, stub = label('text,n\n"하나\r둘",1\n'.encode(), tmp_path)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [["하나\r둘", "1", "ordinary", "0.750000", "false"]]
    assert stub.read == ["하나\r둘"]


def test_byte_order_mark_and_windows_line_ends_are_kept(tmp_path):
    _, written, stub = label("\ufefftext,n\r\n산책,1\r\n".encode(), tmp_path)
    header, row = "text,n,label,probability,is_truncated", "산책,1,ordinary,0.750000,false"
    assert written == f"\ufeff{header}\r\n{row}\r\n".encode()
    assert stub.read == ["산책"]


def test_a_column_that_is_already_there_is_kept_under_another_name(tmp_path):
    content = "text,label,label_original,probability\n산책,a,b,c\n".encode()
    result, written, _ = label(content, tmp_path)
    assert result.renamed == {"label": "label_original_2", "probability": "probability_original"}
    row = next(csv.DictReader(written.decode().splitlines()))
    assert row["label_original_2"] == "a"
    assert row["label_original"] == "b"
    assert row["probability_original"] == "c"
    assert row["label"] == "ordinary"


def test_labelling_an_output_again_reads_the_same_text(tmp_path):
    _, once, _ = label("text\n광고\n".encode(), tmp_path)
    result, twice, _ = label(once, tmp_path)
    names = ("label", "probability", "is_truncated")
    assert result.renamed == {name: f"{name}_original" for name in names}
    assert twice.decode().splitlines()[1] == "광고,ad,0.750000,false,ad,0.750000,false"


def test_a_field_of_a_megabyte_is_read(tmp_path):
    text = "가" * 400_000
    _, _, stub = label(f"text\n{text}\n".encode(), tmp_path)
    assert stub.read == [text]
    assert csv.field_size_limit() == 131072


def test_an_empty_line_is_an_empty_text_in_a_table_of_one_column(tmp_path):
    _, _, stub = label(b"text\n\na\n", tmp_path)
    assert stub.read == ["", "a"]


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8-sig"])
def test_a_table_is_written_in_the_notation_in_which_it_was_read(tmp_path, encoding):
    content = 'sep=;\r\ntext;n\r\n산책;1\r\n"광고;";2\r\n'
    layout = Layout(encoding=encoding if encoding == "cp949" else "")
    _, written, stub = label(content.encode(encoding), tmp_path, layout=layout)
    assert written.decode(encoding) == (
        "sep=;\r\ntext;n;label;probability;is_truncated\r\n산책;1;ordinary;0.750000;false\r\n"
        '"광고;";2;ad;0.750000;false\r\n'
    )
    assert stub.read == ["산책", "광고;"]


def test_quotes_that_belong_to_the_text_are_written_as_they_stood(tmp_path):
    source, output = tmp_path / "posts.tsv", tmp_path / "out.tsv"
    source.write_text('id\ttext\n1\t"광고\n2\t산"책\n', encoding="utf-8")
    extend_table(label_columns(Stub()), source, output, layout=Layout(quotes="no"))
    assert output.read_text(encoding="utf-8") == (
        "id\ttext\tlabel\tprobability\tis_truncated\n"
        '1\t"광고\tad\t0.750000\tfalse\n2\t산"책\tordinary\t0.750000\tfalse\n'
    )


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("source_ending", [".csv", ".jsonl", ".parquet"])
def test_every_kind_of_table_becomes_every_other(tmp_path, source_ending, ending):
    rows = [{"id": 7.5, "text": '광고, "둘"\n'}, {"id": None, "text": "산책"}]
    frame = pl.DataFrame(rows)
    source, output = tmp_path / f"in{source_ending}", tmp_path / f"out{ending}"
    {".csv": frame.write_csv, ".jsonl": frame.write_ndjson, ".parquet": frame.write_parquet}[
        source_ending
    ](source)
    extend_table(label_columns(Stub()), source, output)
    read = {
        ".csv": pl.read_csv,
        ".tsv": lambda path: pl.read_csv(path, separator="\t"),
        ".jsonl": pl.read_ndjson,
        ".parquet": pl.read_parquet,
    }[ending]
    found = read(output).with_columns(pl.col("id").cast(pl.Float64, strict=False))
    assert found["id"].to_list() == [7.5, None]
    assert found["text"].to_list() == ['광고, "둘"\n', "산책"]
    assert found["label"].to_list() == ["ad", "ordinary"]
    assert found["probability"].cast(pl.Float64).to_list() == [0.75, 0.75]


def test_an_output_that_can_not_be_written_is_refused_before_anything_is_read(tmp_path):
    source = tmp_path / "posts.csv"
    source.write_text("text\n광고\n", encoding="utf-8")
    stub = Stub()
    for name in ("out.xlsx", "out.csv.gz"):
        with pytest.raises(SettingError, match="may end in"):
            extend_table(label_columns(stub), source, tmp_path / name)
    assert stub.read == []


def test_a_header_alone_gives_a_header(tmp_path):
    result, written, _ = label(b"id,text\n", tmp_path)
    assert (result.num_rows, written) == (0, b"id,text,label,probability,is_truncated\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        ("본문,글쓴이\n산책,나\n".encode(), "'본문', '글쓴이'"),
        (b"text,text\na,b\n", "2 columns named 'text'"),
        (b"text,n\na,1\nb,2,3\n", "line 3: 3 cells"),
        (b"text,n\na\n", "line 2: 1 cells"),
        (b'text,n\n"a,1\n', "line 2: unexpected end of data"),
        (b"text\n\xb1\xa4\xb0\xed\n", r"byte 5 \(line 2\) is 0xB1"),
        ("text\n산책\n".encode("utf-16-le"), "--encoding utf-16-le"),
        (b"text\n" + b"a\n" * 20_000 + b"\xff\n", r"byte 40,005 \(line 20,002\) is 0xFF"),
    ],
)
def test_a_malformed_table_is_refused_with_its_place_and_the_old_output_stays(
    content, message, tmp_path
):
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(DataError, match=message):
        label(content, tmp_path)
    assert (tmp_path / "out.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "posts.csv"]


def test_a_file_is_never_labelled_over_itself(tmp_path):
    source = tmp_path / "posts.csv"
    source.write_text("text\na\n")
    (tmp_path / "link.csv").symlink_to(source)
    for output in (source, tmp_path / "link.csv"):
        with pytest.raises(SettingError, match="another name"):
            extend_table(label_columns(Stub()), source, output)
    assert source.read_text() == "text\na\n"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no file .*none\.csv"):
        extend_table(label_columns(Stub()), tmp_path / "none.csv", tmp_path / "out.csv")


def test_a_full_disk_keeps_the_old_output(tmp_path, monkeypatch):
    (tmp_path / "out.csv").write_text("old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device"):
        label(b"text\na\n", tmp_path)
    assert (tmp_path / "out.csv").read_text() == "old"
