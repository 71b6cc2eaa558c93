"""Hate and insults: what the model is sure of is folded, not removed."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.community.boards.highlight import mark_spans
from madang.community.boards.models import Comment, Post
from madang.community.extension.contribution import Contribution
from madang.community.inference import prediction
from madang.community.moderation.kind import Kind, Priority, Tab, Verdict, write

if TYPE_CHECKING:
    from madang.community.inference.models import Answer
    from madang.community.moderation.models import Case

_IS_OPEN = Q(priority__in=(Priority.APPEALED, Priority.JUDGED))
_LOOK = ("confirm", "clear", "remove")


class Label(models.TextChoices):
    """What a text does to people."""

    NONE = "none", _("문제없음")
    OFFENSIVE = "offensive", _("모욕")
    HATE = "hate", _("혐오")


class Action(models.TextChoices):
    """What a moderator can do with a folded text."""

    CONFIRM = "confirm", _("계속 가리기")
    CLEAR = "clear", _("문제없음: 펼치기")
    REMOVE = "remove", _("내리기")
    RESTORE = "restore", _("되돌리기")


class Speech(Kind):
    """Whether a text hurts people."""

    NAME, TITLE = "speech", _("혐오·모욕")
    READ_BY, ABOUT = prediction.HATE, (Post, Comment)
    LABELS, ACTIONS = Label, Action
    ACCUSING = frozenset({Label.OFFENSIVE.value, Label.HATE.value})
    GIVES = {Action.CLEAR.value: Label.NONE.value}
    ADDRESS, QUEUE = "speech/", "moderation/speech/queue.html"
    TABS = (
        Tab(
            name="open",
            title=_("기다리는 것"),
            condition=_IS_OPEN,
            order=("priority", "certainty"),
            actions=_LOOK,
        ),
        Tab(
            name="settled",
            title=_("처리한 것"),
            condition=Q(decision__isnull=False),
            order=("-decision",),
            actions=(*_LOOK, "restore"),
            has_removed=True,
        ),
    )
    COUNTED = {"speech": _IS_OPEN}

    def read(self, answer: "Answer") -> Verdict:
        """Return the label that the operator's thresholds allow, and its probability.

        Nobody is accused of hate on an insult's evidence: hate has a threshold of its own.
        """
        probabilities = answer.value["probabilities"]
        hate, offensive = probabilities["hate"], probabilities["offensive"]
        label, probability = Label.NONE, probabilities["none"]
        if hate >= settings.MADANG_HATE_THRESHOLD:
            label, probability = Label.HATE, hate
        elif hate + offensive >= settings.MADANG_OFFENSIVE_THRESHOLD:
            label, probability = Label.OFFENSIVE, hate + offensive
        return Verdict(label=label.value, probability=probability, certainty=probability)

    def show(self, contribution: Contribution, label: str, *, waits: bool = False) -> None:
        """Write where its app reads it whether a text is shown only to who unfolds it."""
        write(contribution, is_folded=label in self.ACCUSING)

    def may_be_appealed(self, case: "Case") -> bool:
        """Say whether also no moderator has done anything about the text."""
        return super().may_be_appealed(case) and case.decision_id is None

    def describe(self, case: "Case") -> dict[str, Any]:
        """Return the text with the words marked that carried the label."""
        return {"reason": mark_spans(case.contribution.judged_text, case.spans)}
