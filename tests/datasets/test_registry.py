"""Data sets by name, and their commands."""

import re
from pathlib import Path

import pytest

from madang.commands import data as command
from madang.datasets.registry import CARDS, find_card, load
from madang.errors import ChecksumError, DataError, SettingError


def test_every_card_is_complete() -> None:
    for name, card in CARDS.items():
        assert card.name == name
        assert card.title
        assert card.licence
        is_named = re.search("/.+ @ [0-9a-f]{40}", card.repository)
        assert card.address.startswith("https://") or is_named
        assert card.has_licence == ("none stated" not in card.licence)
        assert len(set(card.labels)) == len(card.labels) != 1
        assert card.splits
        for file in card.files:
            assert re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert file.address is None or file.address.isascii()


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(SettingError, match="Did you mean 'nsmc'"):
        find_card("nscm")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("posts.txt", "posts.txt is a file"),
        ("nscm", "nscm is a file"),  # a file wins over a name that is spelt alike
        ("folder", "folder is a folder"),
        ("folder/posts", "There is no file folder/posts. Check the path"),
        (f"folder/{'가' * 5000}", "There is no file folder/가"),
        ("missing.tsv", "There is no file missing.tsv. Check the path"),
    ],
)
def test_a_path_is_never_answered_as_a_name(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("posts.txt").touch()
    Path("nscm").touch()
    Path("folder").mkdir()
    with pytest.raises(SettingError) as caught:
        find_card(name)
    said = str(caught.value)
    assert said.startswith(message)
    assert "There is no data set" not in said
    assert all(suffix in said for suffix in (".jsonl", ".parquet", "madang data list"))


@pytest.mark.parametrize("name", ["", "가" * 5000, "a\0b", "\ud800", "1.0 or 2"])
def test_any_other_name_is_answered_as_one(name: str) -> None:
    with pytest.raises(SettingError, match="There is no data set"):
        find_card(name)


def test_an_unknown_split_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match="allowed are train, validation, test"):
        load("nsmc", "dev")


def test_a_data_set_that_is_not_there_is_an_error(data_root: Path) -> None:
    with pytest.raises(DataError, match="madang data fetch nsmc"):
        load("nsmc", "train")


def test_list_says_what_is_here(data_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data_root / "nsmc").mkdir()
    (data_root / "nsmc" / "ratings_test.txt.gz").touch()
    command.list()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CARDS)
    state = dict(line.split()[:2] for line in lines)
    assert state.pop("nsmc") == "partly"
    assert set(state.values()) == {"missing"}


def test_show_prints_the_licence_and_every_file(
    data_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for card in CARDS.values():
        command.show(card.name)
        printed = capsys.readouterr().out
        assert card.licence in printed
        assert all(file.sha256 in printed for file in card.files)
        assert all(split in printed for split in card.splits)


def test_fetch_refuses_a_wrong_file_that_is_already_there(data_root: Path) -> None:
    (data_root / "nsmc").mkdir()
    (data_root / "nsmc" / "ratings_train.txt").write_text("something else")
    with pytest.raises(ChecksumError, match="Remove it"):
        command.fetch("nsmc")
