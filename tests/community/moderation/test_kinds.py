"""A further kind of label is one description: cases, appeals, decisions and export are there."""

from typing import Any

import pytest
from django.db import models
from django.db.models import Q
from django.test import RequestFactory

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension.contribution import Contribution
from madang.community.inference.models import Answer
from madang.community.moderation import actions, queue
from madang.community.moderation.command import decided_rows
from madang.community.moderation.kind import Kind, Priority, Source, Tab, Verdict
from madang.community.moderation.models import Appeal, Case, Decision
from madang.community.moderation.panel import count_once
from madang.community.moderation.registry import KINDS

pytestmark = pytest.mark.usefixtures("at_once")


class Label(models.TextChoices):
    HONEST = "honest", "정직"
    SCAM = "scam", "사기"


class Action(models.TextChoices):
    CONFIRM = "confirm", "사기 맞음"
    CLEAR = "clear", "사기 아님"
    REMOVE = "remove", "내리기"


class Scam(Kind):
    """Whether a post looks like a scam: here, whatever the model of advertising calls one."""

    NAME, TITLE = "scam", "사기"
    READ_BY, ABOUT = "ads", (Post,)
    LABELS, ACTIONS, GIVES = Label, Action, {"clear": "honest"}
    ACCUSING = frozenset({"scam"})
    TABS = (Tab(name="open", title="", condition=Q(decision=None), actions=("confirm", "clear")),)
    COUNTED = {"scam": Q(decision=None)}
    shown: dict[int, str]

    def __init__(self) -> None:
        self.shown = {}

    def read(self, answer: Answer) -> Verdict:
        probability = answer.value["probabilities"]["ad"]
        label = "scam" if probability > 0.5 else "honest"
        return Verdict(label=label, probability=probability, certainty=probability)

    def show(self, contribution: Contribution, label: str, *, waits: bool = False) -> None:
        self.shown[contribution.pk] = label


@pytest.fixture
def scam(monkeypatch: pytest.MonkeyPatch) -> Scam:
    """A third kind of label."""
    kind = Scam()
    monkeypatch.setitem(KINDS, "scam", kind)
    return kind


def test_a_third_kind_is_labelled_appealed_decided_counted_and_exported(
    database: str, scam: Scam
) -> None:
    author, moderator = (User.objects.create_user(name) for name in ("은하", "지기"))
    board = Board.objects.create(slug="free", name="자유")
    plain, accused = (
        boards.write_post(board=board, author=author, title=title, body="본문")
        for title in ("점심", "공구")
    )
    assert scam.shown == {plain.pk: "", accused.pk: "scam"}
    case = Case.objects.get(kind="scam")
    assert (case.contribution, case.source, case.label_name) == (accused, Source.MODEL, "사기")
    assert list(queue.cases_of(scam, scam.TABS[0])) == [case]
    assert count_once(RequestFactory().get("/"))["scam"] == 1
    assert actions.appeal(case, sentence="아니에요") is not None
    assert Case.objects.get(kind="scam").priority == Priority.APPEALED
    assert actions.decide(case, moderator=moderator, action="clear") is not None
    assert scam.shown[accused.pk] == "honest"
    (row,) = decided_rows("scam")
    assert (row["text"], row["label"]) == ("공구\n본문", 0)
    boards.edit_post(accused, board=board, title="할인", body="본문")
    assert scam.shown[accused.pk] == "scam"
    boards.edit_post(accused, board=board, title="공구", body="본문")
    assert scam.shown[accused.pk] == "honest"
    # Advertising has its own case of each post, which all this left alone.
    kept = Case.objects.filter(kind="ads").values_list("source", "decision", "appeal")
    assert set(kept) == {("model", None, None)}
    Post.objects.get(pk=accused.pk).delete()
    assert (Appeal.objects.count(), Decision.objects.count()) == (0, 1)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_kind_is_described_whole(kind: Any) -> None:
    labels, actions_of = set(kind.LABELS.values), set(kind.ACTIONS.values)
    assert labels > kind.ACCUSING
    assert {"confirm", "remove", "restore"} <= actions_of
    assert kind.GIVES.keys() <= actions_of
    assert set(kind.GIVES.values()) <= labels
    assert all(set(tab.actions) <= actions_of for tab in kind.TABS)
    assert max(map(len, labels | actions_of)) <= Decision._meta.get_field("label").max_length
    assert KINDS[kind.NAME] is kind
