"""Advertising: every post bears a label, of its author, a moderator or the model."""

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madang.community.boards.highlight import mark_spans
from madang.community.boards.models import Post
from madang.community.extension.contribution import Contribution
from madang.community.inference import prediction
from madang.community.moderation.disclosure import disclosed_spans, is_disclosed
from madang.community.moderation.kind import Kind, Priority, Source, Tab, Verdict, write

if TYPE_CHECKING:
    from madang.community.inference.models import Answer
    from madang.community.moderation.models import Case

#: From here on a label is spoken of as nearly certain, as probable.
NEARLY_CERTAIN, PROBABLE = 0.9, 0.7
#: So near the threshold the model's word is worth a look.
UNCERTAIN = 0.2

_ASKED = Q(priority__in=(Priority.APPEALED, Priority.EDITED))
_JUDGED = Q(priority=Priority.JUDGED, source=Source.MODEL)
_LOOK = ("confirm", "ordinary", "ad", "dismiss", "remove")


class Label(models.TextChoices):
    """What a post is."""

    ORDINARY = "ordinary", gettext_lazy("일반")
    AD = "ad", gettext_lazy("광고")


class Action(models.TextChoices):
    """What a moderator can do with a post."""

    CONFIRM = "confirm", gettext_lazy("라벨 맞음")
    ORDINARY = "ordinary", gettext_lazy("일반 글로")
    AD = "ad", gettext_lazy("광고로")
    DISMISS = "dismiss", gettext_lazy("넘기기")
    REMOVE = "remove", gettext_lazy("글 내리기")
    RESTORE = "restore", gettext_lazy("글 되돌리기")


class Advertising(Kind):
    """Whether a post advertises."""

    NAME, TITLE = "ads", gettext_lazy("광고")
    READ_BY, ABOUT = prediction.ADS, (Post,)
    LABELS, ACTIONS = Label, Action
    ACCUSING = frozenset({Label.AD.value})
    GIVES = {Action.AD.value: Label.AD.value, Action.ORDINARY.value: Label.ORDINARY.value}
    HAS_ALL, IS_HEARD_WHEN_DOWN = True, False
    ADDRESS, APPEAL, QUEUE = "", "posts/<int:number>/appeal/", "moderation/queue.html"
    TABS = (
        Tab(
            name="todo",
            title=gettext_lazy("할 일"),
            condition=_ASKED | (_JUDGED & Q(certainty__lt=UNCERTAIN)),
            actions=_LOOK,
        ),
        Tab(
            name="appeals",
            title=gettext_lazy("이의"),
            condition=Q(priority=Priority.APPEALED),
            order=("appeal",),
            actions=_LOOK,
        ),
        Tab(
            name="edited",
            title=gettext_lazy("처리 뒤 고침"),
            condition=Q(priority=Priority.EDITED),
            actions=_LOOK,
        ),
        Tab(
            name="ads",
            title=gettext_lazy("모델이 본 광고"),
            condition=_JUDGED & Q(label=Label.AD),
            actions=_LOOK,
        ),
        Tab(
            name="pending",
            title=gettext_lazy("판단 중"),
            condition=Q(source=Source.PENDING),
            order=("-object_id",),
            actions=("ordinary", "ad", "remove"),
        ),
        Tab(
            name="settled",
            title=gettext_lazy("처리함"),
            condition=Q(decision__isnull=False),
            order=("-decision",),
            actions=("ordinary", "ad", "remove", "restore"),
            has_removed=True,
        ),
    )
    COUNTED = {
        "appeals": Q(priority=Priority.APPEALED),
        "edited": Q(priority=Priority.EDITED),
        "pending": Q(source=Source.PENDING),
    }

    def read(self, answer: "Answer") -> Verdict:
        """Return the model's label, and how far its probability is from the threshold."""
        probability = answer.value["probabilities"][Label.AD]
        return Verdict(
            label=answer.value["label"],
            probability=probability,
            certainty=abs(probability - answer.value["threshold"]),
        )

    def show(self, contribution: Contribution, label: str, *, waits: bool = False) -> None:
        """Write the label where the boards read it."""
        none = Post.Label.PENDING if waits else Post.Label.NONE
        write(contribution, label=label or none)

    def disclosed(self, contribution: Contribution) -> str:
        """Take an author at their word who says that somebody paid for it."""
        assert isinstance(contribution, Post)
        found = is_disclosed(contribution.title, contribution.body)
        return Label.AD.value if found else ""

    def named(self, number: int) -> dict[str, Any]:
        """Return the case of the post of that number."""
        return {"content_type": ContentType.objects.get_for_model(Post), "object_id": number}

    def describe(self, case: "Case") -> dict[str, Any]:
        """Return the title and the text with their marks, and how sure the model is, in words."""
        return {
            **_reason(case),
            "words": _describe_probability(case.answer) if case.answer else "",
            "is_ad": case.label == Label.AD,
        }

    def actions_for(self, case: "Case") -> list[models.TextChoices]:
        """Offer the labels that a post does not bear."""
        if case.contribution.removed_at:
            return self.choose("restore")
        others = [each for each in ("ordinary", "ad") if each != case.label]
        return self.choose(*(["confirm"] if case.label else []), *others, "remove")


def _describe_probability(answer: "Answer") -> str:
    if not answer.value["probabilities"]:
        return _("판단할 만한 말이 없는 글")
    label = answer.value["label"]
    is_ad, probability = label == Label.AD, answer.value["probabilities"][label]
    if probability >= NEARLY_CERTAIN:
        return _("거의 확실히 광고") if is_ad else _("거의 확실히 일반 글")
    if probability >= PROBABLE:
        return _("아마도 광고") if is_ad else _("아마도 일반 글")
    return _("광고인지 애매한 글")


def _reason(case: "Case") -> dict[str, Any]:
    """Mark the author's own words where they disclosed, else those that moved the model."""
    post = case.contribution
    title, body = post.title, post.body
    title_spans: list[tuple[int, int]] = []
    body_spans: list[tuple[int, int]] = []
    if case.source == Source.AUTHOR:
        for span in disclosed_spans(title, body):
            spans = title_spans if span.field == "title" else body_spans
            spans.append((span.start, span.end))
    else:
        # The title is one line, so the first line end is where the two were put together.
        title, _newline, body = post.judged_text.partition("\n")
        for start, end in case.spans:
            title_spans.append((start, min(end, len(title))))
            body_spans.append((start - len(title) - 1, end - len(title) - 1))
    return {
        "title": mark_spans(title, title_spans, whole=True),
        "body": mark_spans(body, body_spans),
        "has_spans": bool(title_spans or body_spans),
    }
