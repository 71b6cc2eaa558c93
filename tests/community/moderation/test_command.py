"""The moderators' decisions as a data set."""

import csv
import json
from pathlib import Path

import pytest

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension import actions as contributions
from madang.community.moderation import actions
from madang.community.moderation.command import COLUMNS, export_decisions
from madang.community.moderation.models import Case, Decision
from madang.datasets.own.labelled import LABELLED
from madang.datasets.rows import ALL, Source
from madang.errors import SettingError

pytestmark = pytest.mark.usefixtures("at_once")


def decide(post: Post, moderator: User, *choices: str) -> None:
    for choice in choices:
        actions.decide(Case.objects.of(post).get(), moderator=moderator, action=choice)


@pytest.fixture
def decided(board: Board, author: User, moderator: User) -> list[Post]:
    bodies = ['쉼표, "따옴표"\n줄', "할인", "세일", "그냥"]
    posts = [
        boards.write_post(board=board, author=author, title=f"공구 {number}", body=body)
        for number, body in enumerate(bodies)
    ]
    decide(posts[0], moderator, "ordinary")
    decide(posts[1], moderator, "ordinary", "confirm", "ad")
    decide(posts[2], moderator, "dismiss")
    decide(posts[3], moderator, "ad", "remove")
    return posts


def test_every_text_stands_once_with_its_latest_label(
    decided: list[Post], author: User, tmp_path: Path
) -> None:
    export_decisions(tmp_path / "decisions.csv")
    with (tmp_path / "decisions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    found = {row["text"]: row["label"] for row in rows}
    assert found == {
        '공구 0\n쉼표, "따옴표"\n줄': "0",
        "공구 1\n할인": "1",
        "공구 3\n그냥": "1",
    }
    assert {row["group"] for row in rows} == {f"author-{author.pk}"}
    assert {row["model_version"] for row in rows} == {"words-1"}


def test_decisions_on_speech_are_a_data_set_of_their_own(
    board: Board, author: User, moderator: User, tmp_path: Path
) -> None:
    post = boards.write_post(board=board, author=author, title="글", body="본문")
    for text, label in (("가", "hate"), ("나", "none"), ("가", "offensive"), ("다", "")):
        Decision.objects.create(
            kind="speech",
            contribution=post,
            moderator=moderator,
            action="confirm",
            label=label,
            text=text,
            text_sha256=text,
            model_label="hate",
            model_probability=0.95,
        )
    export_decisions(tmp_path / "speech.jsonl", about="speech")
    lines = (tmp_path / "speech.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(row["text"], row["label"]) for row in rows] == [("나", 0), ("가", 1)]
    assert [row["labels"] for row in rows] == ["", "insult"]


def test_json_lines_hold_the_same(decided: list[Post], tmp_path: Path) -> None:
    export_decisions(tmp_path / "decisions.csv")
    export_decisions(tmp_path / "decisions.jsonl")
    lines = (tmp_path / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    with (tmp_path / "decisions.csv").open(newline="", encoding="utf-8") as file:
        as_csv = list(csv.DictReader(file))
    as_json = [json.loads(line) for line in lines]
    assert [{**row, "label": str(row["label"])} for row in as_json] == as_csv


@pytest.mark.parametrize("name", ["decisions.csv", "decisions.jsonl"])
def test_training_reads_what_was_exported(decided: list[Post], tmp_path: Path, name: str) -> None:
    export_decisions(tmp_path / name)
    rows = Source(names=(str(tmp_path / name),), form=LABELLED).rows(ALL)
    assert {(row.text.split("\n")[0], row.label) for row in rows} == {
        ("공구 0", 0),
        ("공구 1", 1),
        ("공구 3", 1),
    }


def test_a_deleted_post_still_teaches(decided: list[Post], tmp_path: Path) -> None:
    contributions.delete(Post.objects.get(pk=decided[0].pk))
    export_decisions(tmp_path / "decisions.jsonl")
    assert "쉼표" in (tmp_path / "decisions.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["decisions.txt", "decisions"])
def test_another_kind_of_file_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"\.csv and \.jsonl"):
        export_decisions(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_of_label_is_refused_with_the_known_ones(
    board: Board, tmp_path: Path
) -> None:
    with pytest.raises(SettingError, match=r"ads, spam, speech\. Did you mean 'speech'"):
        export_decisions(tmp_path / "decisions.csv", about="spech")
    assert not list(tmp_path.iterdir())
