"""``madang recommend``: one history as JSON, a file of them as a table that survives a kill."""

import dataclasses
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from madang.commands.cli import main
from madang.datasets.interactions.partition import FilePartitions, find_partitions
from madang.datasets.interactions.reading import Reading
from madang.errors import DataError, SettingError
from madang.export.onnx import export_onnx
from madang.formats.item_list import ItemList, record_of, write_items
from madang.models.bert4rec import SasRec, SasRecConfig
from madang.models.bert4rec.huggingface import special_tokens_json
from madang.models.checkpoint import save_checkpoint
from madang.serving import Recommender
from madang.serving.bulk import BulkRun

ITEMS = (*(f"item {number}" for number in range(28)), "손글씨 액자", "은, 목걸이")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """An exported recommender with random weights."""
    torch.manual_seed(0)
    size = {"hidden_size": 16, "max_position_embeddings": 6, "initializer_range": 0.4}
    folder = tmp_path_factory.mktemp("checkpoint")
    items = ItemList(items=ITEMS, counts=tuple(range(len(ITEMS))))
    write_items(folder, items=items, arrays={}, texts={})
    save_checkpoint(
        folder,
        SasRec(SasRecConfig(**size).of_items(len(ITEMS))),
        tokenizer_json=special_tokens_json(len(ITEMS)),
        task="recommendation",
        max_length=6,
        record=record_of(items),
    )
    return export_onnx(folder, tmp_path_factory.mktemp("export"))


@pytest.fixture
def views(tmp_path):
    """A file of 60 people in no order, with ids in Korean and an item that no model knows."""
    random = np.random.default_rng(0)
    rows = [
        (f"사람 {person}", str(random.choice([*ITEMS, "새것"])), int(random.integers(1, 1_000)))
        for person in range(60)
        for _ in range(random.integers(1, 9))
    ]
    random.shuffle(rows)
    table = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    table.write_csv(tmp_path / "views.csv")
    return tmp_path / "views.csv"


def expected(exported, views, k):
    """Return who is recommended what, person by person."""
    recommender, table = Recommender.load(exported), pl.read_csv(views)
    found = {}
    for (person,), rows in table.group_by("user", maintain_order=True):
        history = rows.sort("time", maintain_order=True)["item"].to_list()
        found[person] = [each.item for each in recommender.recommend(history=history, k=k).items]
    return found


def answers(path):
    table = pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
    assert table.columns == ["user", "rank", "item", "score"]
    table = table.sort("user", "rank")
    return {person: rows["item"].to_list() for (person,), rows in table.group_by("user")}


def run(*words):
    return main(["recommend", *map(str, words)])


@pytest.mark.parametrize("name", ["top.csv", "top.parquet"])
def test_everybody_gets_what_they_would_get_alone(exported, views, tmp_path, name):
    output = tmp_path / name
    words = ["--model", exported, "--all", "--interactions", views, "--output", output, "--k", 4]
    assert run(*words) == 0
    assert answers(output) == expected(exported, views, 4)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_file_of_ones_own_is_read_as_its_notation_is_named(exported, views, tmp_path):
    table = pl.read_csv(views)
    lines = [
        f"{person}|{item}|2024. 3. 5. {'오전' if time < 720 else '오후'} "
        f"{(time // 60 + 11) % 12 + 1}:{time % 60:02}|{kind}"
        for person, item, time in table.rows()
        for kind in ("view", "buy")
    ]
    (tmp_path / "log.dat").write_text("\n".join(lines), encoding="cp949")
    words = ["--model", exported, "--all", "--interactions", tmp_path / "log.dat", "--k", 4]
    words += ["--output", tmp_path / "top.csv", "--encoding", "cp949", "--separator", "|"]
    words += ["--header", "who", "what", "when", "kind", "--user", "who", "--item", "what"]
    assert run(*words, "--time", "when", "--only", "kind=buy") == 0
    assert answers(tmp_path / "top.csv") == expected(exported, views, 4)


def test_parts_hold_every_person_once_and_whole(views):
    whole, parts = FilePartitions(views), FilePartitions(views, rows_at_once=40)
    assert whole.num_parts == 1
    assert parts.num_parts > 3
    found = [parts.read(part) for part in range(parts.num_parts)]
    histories = {
        person: [part.item_ids[number] for number in part.history(row).tolist()]
        for part in found
        if part is not None
        for row, person in enumerate(part.user_ids)
    }
    everybody = whole.read(0)
    assert sum(part.num_users for part in found if part is not None) == 60
    assert histories == {
        person: [everybody.item_ids[number] for number in everybody.history(row).tolist()]
        for row, person in enumerate(everybody.user_ids)
    }


def test_rows_are_read_dropped_and_counted_as_it_was_said(exported, views, tmp_path, capsys):
    table = pl.read_csv(views)
    spoilt = [("", "item 3", 5), ("사람 1", "", 5), ("사람 1", "item 3", -5_000)]
    rows = [(person, item, 1000 * time) for person, item, time in table.rows()] + spoilt
    pl.DataFrame(rows, schema=table.columns, orient="row").write_csv(tmp_path / "spoilt.csv")
    words = ["--model", exported, "--all", "--interactions", tmp_path / "spoilt.csv", "--k", 4]
    words += ["--output", tmp_path / "top.csv"]
    assert run(*words) == 2
    assert "lack a user, an item or a time" in capsys.readouterr().err
    words += ["--missing", "drop", "--strange_times", "drop"]
    assert run(*words, "--time_unit", "ms") == 0
    assert answers(tmp_path / "top.csv") == expected(exported, views, 4)
    printed = "".join(capsys.readouterr())
    assert "left out: 2 rows for missing values" in printed
    assert "left out: 1 rows for strange times" in printed


def test_a_part_of_which_nothing_is_left_is_no_error(tmp_path):
    rows = [("", f"item {number}", 5) for number in range(90)] + [("사람 1", "item 3", 5)]
    table = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    table.write_csv(tmp_path / "views.csv")
    partitions = FilePartitions(tmp_path / "views.csv", Reading(missing="drop"), rows_at_once=9)
    found = [partitions.read(part) for part in range(partitions.num_parts)]
    assert [part.user_ids.to_list() for part in found if part is not None] == [["사람 1"]]
    assert partitions.dropped == {"missing values": 90}


def test_another_way_to_read_is_another_run(views):
    options = [{}, {"time_unit": "ms"}, {"missing": "drop"}, {"strange_times": "keep"}]
    found = [
        json.dumps(find_partitions(str(views), Reading(**each)).fingerprint) for each in options
    ]
    named = [
        find_partitions("gifthub", Reading(**each)).fingerprint
        for each in ({}, {"missing": "drop"})
    ]
    assert len({*found, *map(json.dumps, named)}) == 6


@pytest.mark.skipif("MADANG_DATA" not in os.environ, reason="MADANG_DATA is not set")
def test_the_tour_recommends_to_everybody_in_a_data_set(tmp_path, monkeypatch):
    page = Path(__file__).parents[2] / "docs" / "recommendation.md"
    lines = page.read_text(encoding="utf-8").partition("```sh\n")[2].partition("```")[0]
    (line,) = [line for line in lines.splitlines() if "--all" in line]
    words = shlex.split(line, comments=True)
    assert words[0] == "madang"
    # The tour's own export takes a training; what ships was made by the same recipe.
    words[words.index("runs/gifts/export")] = "gifts"
    monkeypatch.chdir(tmp_path)
    assert main(words[1:]) == 0
    table = pl.read_csv(tmp_path / "top.csv")
    assert table["user"].n_unique() == 2_578
    assert table.columns == ["user", "rank", "item", "score"]


def test_the_columns_of_a_data_set_are_known():
    with pytest.raises(SettingError, match="The columns of gifthub are known"):
        find_partitions("gifthub", Reading(user="who"))
    with pytest.raises(SettingError, match="There is no data set 'views"):
        find_partitions("views", Reading())


class KilledError(Exception):
    """What stands for a kill in the middle of a part."""


def test_a_run_that_was_killed_goes_on_behind_its_last_whole_part(exported, views, tmp_path):
    output = tmp_path / "top.csv"
    recommender, partitions = Recommender.load(exported), FilePartitions(views, rows_at_once=40)
    seen = []

    def kill(num_people):
        seen.append(num_people)
        if len(seen) == 3:
            raise KilledError

    with pytest.raises(KilledError):
        BulkRun(recommender, output, k=3).go(partitions, report=kill)
    assert not output.exists()
    result = BulkRun(recommender, output, k=3).go(partitions)
    assert result.num_people == 60
    # Two parts were whole, and their people are not asked again.
    assert result.num_new == 60 - seen[1]
    assert answers(output) == expected(exported, views, 3)


@pytest.fixture
def odd_people(tmp_path):
    """A file of people who met some, all, all but one, or none of the items; and spoilt rows."""
    rows = [("some", "item 3", 1), ("some", "새것", 2), ("new", "새것", 1), ("newer", "다른 것", 1)]
    rows += [("all", item, time) for time, item in enumerate(ITEMS)]
    rows += [("nearly", item, time) for time, item in enumerate(ITEMS[1:])]
    rows += [("all again", item, time) for time, item in enumerate(reversed(ITEMS))]
    rows += [("some", "", 3)] * 7
    path = tmp_path / "odd.csv"
    pl.DataFrame(rows, schema=["user", "item", "time"], orient="row").write_csv(path)
    return path


@pytest.mark.parametrize("name", ["top.csv", "top.parquet"])
def test_whoever_has_met_everything_has_a_row_without_an_item_and_is_counted(
    exported, odd_people, tmp_path, name, capsys
):
    output = tmp_path / name
    words = ["--model", exported, "--all", "--interactions", odd_people, "--output", output]
    assert run(*words, "--k", 3, "--missing", "drop") == 0
    found = answers(output)
    popular = list(ITEMS[:-4:-1])
    assert found == {
        "all": [None],
        "all again": [None],
        "nearly": [ITEMS[0]],
        "new": popular,
        "newer": popular,
        "some": expected(exported, odd_people, 3)["some"],
    }
    table = pl.read_csv(output) if name.endswith("csv") else pl.read_parquet(output)
    without = table.filter(pl.col("user").str.starts_with("all"))
    assert without.select("rank", "item", "score").rows() == [(None, None, None)] * 2
    said = capsys.readouterr().err
    assert "6 people, 6 of them now" in said
    assert "nothing is left to recommend to 2 of them, who have met it all: a row without" in said
    assert "the model knows no item of 2 of them, who get what is popular" in said
    assert "left out: 7 rows for missing values" in said
    assert "3 interactions with items that the model does not know" in said
    assert run(*words, "--k", 3, "--missing", "drop", "--include_seen") == 0
    assert {len(items) for items in answers(output).values()} == {3}
    assert "nothing is left" not in capsys.readouterr().err


def test_a_run_that_goes_on_counts_what_the_killed_one_did(exported, odd_people, tmp_path):
    recommender, reading = Recommender.load(exported), Reading(missing="drop")

    def people():
        return FilePartitions(odd_people, reading, rows_at_once=20)

    whole = BulkRun(recommender, tmp_path / "whole.csv", k=3).go(people())
    counts = (whole.num_people, whole.num_without, whole.num_popular, whole.num_unknown)
    assert counts == (6, 2, 2, 3)
    assert whole.dropped == {"missing values": 7}
    for num_done in range(1, 6):
        seen = []

        def kill(num_people, seen=seen, num_done=num_done):
            seen.append(num_people)
            if len(seen) == num_done:
                raise KilledError

        output = tmp_path / f"killed {num_done}.csv"
        try:
            BulkRun(recommender, output, k=3).go(people(), report=kill)
        except KilledError:
            assert not output.exists()
        result = BulkRun(recommender, output, k=3).go(people())
        assert dataclasses.replace(result, num_new=6) == whole
        assert answers(output) == answers(tmp_path / "whole.csv")


def test_without_the_tables_it_is_said_what_to_install_and_one_history_is_answered(
    exported, views, tmp_path
):
    # The site's environment has no polars: stand where it is not found.
    hidden = "import sys; sys.modules['polars'] = None; from madang.commands.cli import main; "
    words = ["recommend", "--model", str(exported)]
    everybody = ["--all", "--interactions", str(views), "--output", str(tmp_path / "top.csv")]
    codes = []
    for rest in (["--history", "item 3"], everybody):
        done = subprocess.run(
            [sys.executable, "-c", f"{hidden}sys.exit(main({[*words, *rest]}))"],
            capture_output=True,
            text=True,
            timeout=120,
        )
        codes.append(done.returncode)
    assert codes == [0, 2], done.stderr
    assert "needs polars, which is not installed: pip install 'madang[evaluate]'" in done.stderr


def test_another_setting_or_file_begins_anew(exported, views, tmp_path):
    output = tmp_path / "top.csv"
    recommender, partitions = Recommender.load(exported), FilePartitions(views, rows_at_once=40)

    def kill(num_people):
        raise KilledError

    with pytest.raises(KilledError):
        BulkRun(recommender, output, k=3).go(partitions, report=kill)
    assert BulkRun(recommender, output, k=2).go(partitions).num_new == 60
    assert {len(items) for items in answers(output).values()} == {2}


def test_one_history_is_answered_as_json_with_reasons(exported, capsys):
    words = ["--model", exported, "--history", "item 3", "없음", "손글씨 액자", "--k", 2]
    assert run(*words, "--reasons") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["num_unknown"] == 1
    assert len(answer["items"]) == 2
    assert {row["because"] for row in answer["items"]} <= {"item 3", "손글씨 액자", None}
    assert answer["version"] == Recommender.load(exported).version


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--history", "a", "--all"],
        ["--all"],
        ["--all", "--interactions", "views.csv"],
        ["--history", "a", "--output", "top.csv"],
    ],
)
def test_half_a_request_is_refused(words, capsys):
    assert run(*words) == 2
    assert "Give either a history or a file of them" in capsys.readouterr().err


def test_wrong_files_are_refused(exported, views, tmp_path):
    recommender = Recommender.load(exported)
    with pytest.raises(SettingError, match=r"must end in \.csv or \.parquet"):
        BulkRun(recommender, tmp_path / "top.txt")
    run = BulkRun(recommender, tmp_path / "top.csv")
    with pytest.raises(DataError, match="no column 'who'"):
        run.go(FilePartitions(views, Reading(user="who")))
    with pytest.raises(DataError, match=r"There is no file .*nothing\.csv"):
        run.go(FilePartitions(tmp_path / "nothing.csv"))


# What the model does not know.


def test_unknown_items_are_named_with_the_nearest_and_the_answer_stays_json(exported, capsys):
    history = ["item 3", "itme 4", "손글씨 액차", "전혀 다른 것", "전혀 다른 것"]
    assert run("--model", exported, "--history", *history) == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert answer["num_unknown"] == 4
    (line,) = printed.err.splitlines()
    assert "does not know 4 of the 5 items" in line
    assert "'itme 4' (did you mean 'item " in line
    assert "'손글씨 액차' (did you mean '손글씨 액자'?)" in line
    assert line.count("'전혀 다른 것'") == 1
    assert "item 3'" not in line


def test_it_is_said_where_the_model_knows_nothing_of_a_history(exported, capsys):
    assert run("--model", exported, "--history", "가", "나") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["num_unknown"] == 2
    assert "knows none of the 2 items: '가', '나'" in printed.err
    assert "popular" in printed.err


def test_of_a_history_that_is_known_nothing_is_said(exported, capsys):
    assert run("--model", exported, "--history", "item 3", "은, 목걸이") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "item",
    ["", " ", "\n", "a\tb", "\x1b[31m빨강", "\udcff", "\u202e", "'", "😀", "가" * 100_000, "--k"],
)
def test_an_id_of_odd_characters_is_named_on_one_line_that_a_terminal_can_show(
    exported, capsys, item
):
    words = [f"--history={item}"] if item == "--k" else ["--history", "item 3", item]
    assert run("--model", exported, *words) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["num_unknown"] == 1
    (line,) = printed.err.removesuffix("\n").split("\n")
    assert len(line) < 400
    assert ("does not know 1 of the 2" in line) or ("knows none of the 1" in line)
    assert all(letter.isprintable() for letter in line)


def test_of_many_unknown_items_the_first_are_named(exported, capsys):
    assert (
        run("--model", exported, "--history", *(f"새것 {number:04}" for number in range(500))) == 0
    )
    printed = capsys.readouterr()
    assert json.loads(printed.out)["num_unknown"] == 500
    assert "'새것 0009' and 490 more" in printed.err
    assert "0010" not in printed.err
