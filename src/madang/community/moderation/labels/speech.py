"""What a text does to people: attacks that the model is sure of are folded, not removed.

A model gives a text any number of ``insult``, ``discrimination``, ``sexual``, ``threat`` and
``profanity``, or, as in earlier releases, one of ``none``, ``offensive`` and ``hate``. Which it
does, its manifest says; its answers bear ``labels`` where it gives several.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.community.boards.highlight import mark_spans
from madang.community.boards.models import Comment, Post
from madang.community.extension.contribution import Contribution
from madang.community.inference import prediction
from madang.community.moderation.kind import Kind, Priority, Tab, Verdict, split_label, write

if TYPE_CHECKING:
    from madang.community.inference.models import Answer
    from madang.community.moderation.models import Case

_IS_OPEN = Q(priority__in=(Priority.APPEALED, Priority.JUDGED))
_LOOK = ("confirm", "label", "clear", "remove")


class Label(models.TextChoices):
    """What a text does to people; the gravest of the first three stands last."""

    NONE = "none", _("문제없음")
    # of models that give one of three labels
    OFFENSIVE = "offensive", _("모욕")
    HATE = "hate", _("혐오")
    # of models that give any number of these
    INSULT = "insult", _("모욕")
    DISCRIMINATION = "discrimination", _("차별")
    SEXUAL = "sexual", _("성적 괴롭힘")
    THREAT = "threat", _("위협")
    PROFANITY = "profanity", _("욕설")


#: The labels that accuse somebody, each with the setting from which on it does, and the probability
#: without that setting; None: the model's own threshold. Swearing at a bus hurts nobody.
ACCUSING: Mapping[str, tuple[str, float | None]] = {
    Label.OFFENSIVE.value: ("MADANG_OFFENSIVE_THRESHOLD", 0.97),
    Label.HATE.value: ("MADANG_HATE_THRESHOLD", 0.9),
    Label.INSULT.value: ("MADANG_OFFENSIVE_THRESHOLD", None),
    Label.DISCRIMINATION.value: ("MADANG_HATE_THRESHOLD", None),
    Label.SEXUAL.value: ("MADANG_HATE_THRESHOLD", None),
    Label.THREAT.value: ("MADANG_HATE_THRESHOLD", None),
}
#: What the labels of one vocabulary are in the other.
FROM_THREE = {
    Label.OFFENSIVE.value: Label.INSULT.value,
    Label.HATE.value: Label.DISCRIMINATION.value,
}
_THREE = (Label.NONE.value, Label.OFFENSIVE.value, Label.HATE.value)
#: The probability from which on a model of one label a text is believed that has no threshold.
SURE = 0.9


class Action(models.TextChoices):
    """What a moderator can do with a text, folded or not."""

    CONFIRM = "confirm", _("계속 가리기")
    LABEL = "label", _("고른 종류로 정하기")
    CLEAR = "clear", _("문제없음: 펼치기")
    REMOVE = "remove", _("내리기")
    RESTORE = "restore", _("되돌리기")


class Speech(Kind):
    """Whether a text hurts people."""

    NAME, TITLE = "speech", _("공격하는 말")
    READ_BY, ABOUT = prediction.HATE, (Post, Comment)
    LABELS, ACTIONS = Label, Action
    ACCUSING = frozenset(ACCUSING)
    GIVES = {Action.CLEAR.value: Label.NONE.value}
    GIVES_CHOSEN = Action.LABEL.value
    # An advertisement of a casino insults nobody.
    YIELDS_TO = (prediction.SPAM,)
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
        """Return the labels that the thresholds allow, and the probability of the surest.

        Of a model of one label a text, the gravest of them: nobody is accused of hate on an
        insult's evidence, and who is accused of hate is not accused of an insult besides.
        """
        said = _said(answer)
        given = [label for label in said if said[label] >= _threshold(label, answer)]
        accusing = split_label(self.join(label for label in given if label in ACCUSING))
        if not accusing:
            loudest = max((said[label] for label in said if label in ACCUSING), default=0.0)
            sure = said.get(Label.NONE, 1 - loudest)
            return Verdict(label=Label.NONE.value, probability=sure, certainty=sure)
        if not _has_many(answer):
            given = accusing = accusing[-1:]
        probability = max(said[label] for label in accusing)
        return Verdict(label=self.join(given), probability=probability, certainty=probability)

    def show(self, contribution: Contribution, label: str, *, waits: bool = False) -> None:
        """Write where its app reads it whether a text is shown only to who unfolds it."""
        write(contribution, is_folded=self.accuses(label))

    def choices(self) -> list[models.TextChoices]:
        """Return the labels of the model in use that say something, else those of today's."""
        labels = [each for each in prediction.labels_of(self.READ_BY) if each != Label.NONE]
        if not labels:
            labels = [label for label in Label.values if label not in _THREE]
        return [Label(label) for label in split_label(self.join(labels))]

    def may_choose_several(self) -> bool:
        """Say whether the model in use gives several, as today's does."""
        is_loaded = bool(prediction.labels_of(self.READ_BY))
        return prediction.has_many_labels(self.READ_BY) or not is_loaded

    def row(self, label: str) -> dict[str, Any]:
        """Return the number among the three labels, and the names among today's five."""
        return {"label": _THREE.index(three_label(label)), "labels": "|".join(many_labels(label))}

    def actions_for(self, case: "Case") -> list[models.TextChoices]:
        """Offer to confirm and to clear only what has a label."""
        if case.contribution.removed_at:
            return super().actions_for(case)
        return self.choose(*_LOOK) if case.label else self.choose("label", "clear", "remove")

    def may_be_appealed(self, case: "Case") -> bool:
        """Say whether also no moderator has done anything about the text."""
        return super().may_be_appealed(case) and case.decision_id is None

    def describe(self, case: "Case") -> dict[str, Any]:
        """Return the text with the words marked that carried the label, and how sure of each."""
        return {
            "reason": mark_spans(case.contribution.judged_text, case.spans),
            "said": _shares(self, case),
        }


def three_label(label: str) -> str:
    """Return the one of none, offensive and hate that a label comes to, or the worst of several.

    >>> three_label("insult|threat"), three_label("insult"), three_label("profanity")
    ('hate', 'offensive', 'none')
    """
    ranks = [_rank(each) for each in split_label(label)]
    return _THREE[max(ranks)] if ranks else ""


def many_labels(label: str) -> list[str]:
    """Return those of today's labels that a label comes to, or each of several.

    >>> many_labels("hate"), many_labels("none"), many_labels("insult|profanity")
    (['discrimination'], [], ['insult', 'profanity'])
    """
    found = (FROM_THREE.get(each, each) for each in split_label(label))
    return [each for each in found if each != Label.NONE]


def _rank(label: str) -> int:
    if label in (Label.NONE, Label.PROFANITY):
        return 0
    return 1 if label in (Label.OFFENSIVE, Label.INSULT) else 2


def _has_many(answer: "Answer") -> bool:
    return "labels" in answer.value


def _said(answer: "Answer") -> dict[str, float]:
    """Return the probability of each label; of three, hate is an insult at least."""
    said: dict[str, float] = dict(answer.value["probabilities"])
    if not _has_many(answer) and Label.OFFENSIVE in said:
        said[Label.OFFENSIVE.value] += said.get(Label.HATE, 0.0)
    return said


def _threshold(label: str, answer: "Answer") -> float:
    """Return from where on a label is given: by the operator's word, else by what is usual."""
    name, usual = ACCUSING.get(label, ("", None))
    set_by_operator: float | None = getattr(settings, name) if name else None
    if set_by_operator is not None:
        return set_by_operator
    if usual is not None:
        return usual
    threshold: float = answer.value.get("threshold", SURE)
    return threshold


def _shares(kind: Kind, case: "Case") -> list[tuple[str, float]]:
    """Return what the model's labels are called and their probabilities, the surest first."""
    labels = split_label(case.model_label)
    if case.probability is None or case.answer is None or len(labels) < 2:
        return [] if case.probability is None else [(case.model_label_name, case.probability)]
    said = case.answer.value["probabilities"]
    return sorted(((kind.call(each), said[each]) for each in labels), key=lambda pair: -pair[1])
