"""Spam: what the model takes for it is withheld at once, until a moderator has looked."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.community.boards.highlight import mark_spans
from madang.community.boards.models import Comment, Post
from madang.community.extension import actions as contributions
from madang.community.extension.contribution import Contribution
from madang.community.inference import prediction
from madang.community.moderation.kind import Kind, Priority, Tab, Verdict

if TYPE_CHECKING:
    from madang.community.inference.models import Answer
    from madang.community.moderation.models import Case

_IS_OPEN = Q(priority__in=(Priority.APPEALED, Priority.JUDGED), label="spam")
_LOOK = ("confirm", "clear", "remove")


class Label(models.TextChoices):
    """Whether a text is sent out to lead strangers into harm."""

    ORDINARY = "ordinary", _("스팸 아님")
    SPAM = "spam", _("스팸")


class Action(models.TextChoices):
    """What a moderator can do with a text that is withheld, or that the model missed."""

    CONFIRM = "confirm", _("스팸 맞음: 내리기")
    CLEAR = "clear", _("스팸 아님: 올리기")
    SPAM = "spam", _("스팸으로 내리기")
    REMOVE = "remove", _("다른 까닭으로 내리기")
    RESTORE = "restore", _("스팸 아님: 되돌리기")


class Spam(Kind):
    """Whether a text is gambling, loans, adult matters or phishing."""

    NAME, TITLE = "spam", _("스팸")
    READ_BY, ABOUT = prediction.SPAM, (Post, Comment)
    LABELS, ACTIONS = Label, Action
    ACCUSING = frozenset({Label.SPAM.value})
    GIVES = {
        Action.CLEAR.value: Label.ORDINARY.value,
        Action.SPAM.value: Label.SPAM.value,
        Action.REMOVE.value: Label.ORDINARY.value,
        Action.RESTORE.value: Label.ORDINARY.value,
    }
    REMOVES = frozenset({Action.CONFIRM.value, Action.SPAM.value, Action.REMOVE.value})
    WITHHOLDS = True
    ADDRESS, QUEUE = "spam/", "moderation/spam/queue.html"
    TABS = (
        Tab(
            name="open",
            title=_("기다리는 것"),
            condition=_IS_OPEN,
            order=("priority", "certainty", "-object_id"),
            actions=_LOOK,
        ),
        Tab(
            name="settled",
            title=_("처리한 것"),
            condition=Q(decision__isnull=False),
            order=("-decision",),
            actions=("spam", "remove", "restore"),
            has_removed=True,
        ),
    )
    COUNTED = {"spam": _IS_OPEN}

    def read(self, answer: "Answer") -> Verdict:
        """Return the label that the operator's threshold allows, else the model's own."""
        probability = answer.value["probabilities"][Label.SPAM]
        threshold = settings.MADANG_SPAM_THRESHOLD
        if threshold is None:
            threshold = answer.value["threshold"]
        label = Label.SPAM if probability >= threshold else Label.ORDINARY
        return Verdict(
            label=label.value, probability=probability, certainty=abs(probability - threshold)
        )

    def show(self, contribution: Contribution, label: str, *, waits: bool = False) -> None:
        """Withhold what is called spam, release what is not; while it waits it stays as it was."""
        if self.accuses(label):
            contributions.withhold(contribution)
        elif not waits:
            contributions.release(contribution)

    def may_be_appealed(self, case: "Case") -> bool:
        """Say whether also no moderator has done anything about the text."""
        return super().may_be_appealed(case) and case.decision_id is None

    def describe(self, case: "Case") -> dict[str, Any]:
        """Return the text with the words marked that carried the label."""
        return {"reason": mark_spans(case.contribution.judged_text, case.spans)}

    def actions_for(self, case: "Case") -> list[models.TextChoices]:
        """Offer what fits how the text stands: withheld, down, or up although it may be spam."""
        if case.contribution.is_withheld:
            return self.choose(*_LOOK)
        return self.choose("restore" if case.contribution.removed_at else "spam")
