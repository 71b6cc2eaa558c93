"""What a kind of label is made of; one file of ``labels/`` describes each.

Spam, advertising and hurtful speech are three. What all do with a text (a case, an appeal, a
decision) is written once, in ``actions.py``; a kind says what its labels are called, which of them
accuse, how a model's answer becomes one, what is written to the contribution, and what a moderator
can do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.community.extension.contribution import Contribution

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

    from madang.community.inference.models import Answer
    from madang.community.moderation.models import Case


#: Stands between the names of several labels of one text, kept in one column.
SEPARATOR = "|"


def split_label(label: str) -> list[str]:
    """Return the labels that one column holds.

    >>> split_label("insult|threat"), split_label("none"), split_label("")
    (['insult', 'threat'], ['none'], [])
    """
    return label.split(SEPARATOR) if label else []


class Source(models.TextChoices):
    """Whose word a label is."""

    PENDING = "pending", _("판단 중")
    MODEL = "model", _("모델")
    AUTHOR = "author", _("글쓴이")
    MODERATOR = "moderator", _("운영자")


class Priority(models.IntegerChoices):
    """The order of the queue."""

    APPEALED = 0, _("이의")
    EDITED = 1, _("처리 뒤 고침")
    JUDGED = 2, _("모델이 판단")
    SETTLED = 3, _("처리함")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a model's answer comes to."""

    #: "" where there is nothing to judge in the text; of several, all.
    label: str
    #: As it is shown beside the text.
    probability: float | None
    #: The smaller, the sooner a moderator looks.
    certainty: float


#: There is nothing to judge: nobody needs to look.
UNJUDGED = Verdict(label="", probability=None, certainty=1.0)


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A part of the queue, and what a moderator can do there."""

    name: str
    title: "StrOrPromise"
    condition: Q
    actions: tuple[str, ...]
    order: tuple[str, ...] = ("priority", "certainty", "-object_id")
    #: Whether also what was taken down stands here.
    has_removed: bool = False


class Kind:
    """A kind of label."""

    NAME: ClassVar[str]
    TITLE: ClassVar["StrOrPromise"]
    #: The kind of model that is asked, and what it reads for this; other apps may add to that.
    READ_BY: ClassVar[str]
    ABOUT: ClassVar[tuple[type[Contribution], ...]]
    #: In the order of the classes that are learnt; those that accuse can be appealed.
    LABELS: ClassVar[type[models.TextChoices]]
    ACCUSING: ClassVar[frozenset[str]]
    #: What a moderator can do. "confirm", "remove" and "restore" mean the same for every kind.
    ACTIONS: ClassVar[type[models.TextChoices]]
    #: The label that an action gives, by its name.
    GIVES: ClassVar[Mapping[str, str]]
    #: The action that gives the labels which a moderator chose, of which a text may have several.
    GIVES_CHOSEN: ClassVar[str] = ""
    #: The actions that take a text down.
    REMOVES: ClassVar[frozenset[str]] = frozenset({"remove"})
    #: Whether each text has a case from when it is written, or only one that is accused.
    HAS_ALL: ClassVar[bool] = False
    #: Whether the author is heard also while the text is taken down.
    IS_HEARD_WHEN_DOWN: ClassVar[bool] = True
    #: Whether a text that it accuses is withheld: its queue holds what is.
    WITHHOLDS: ClassVar[bool] = False
    #: The kinds that are right before this one: where one accuses a text, this one says nothing.
    YIELDS_TO: ClassVar[tuple[str, ...]] = ()
    TABS: ClassVar[tuple[Tab, ...]]
    #: The numbers that are worth showing: how many of its cases wait.
    COUNTED: ClassVar[Mapping[str, Q]]
    #: What stands before the addresses of its pages, and the address of an appeal.
    ADDRESS: ClassVar[str]
    APPEAL: ClassVar[str] = "<int:number>/appeal/"
    QUEUE: ClassVar[str]

    def read(self, answer: "Answer") -> Verdict:
        """Return what a model's answer comes to."""
        raise NotImplementedError

    def show(self, contribution: Contribution, label: str, *, waits: bool = False) -> None:
        """Write a label where its app reads it; "" where there is none, or it ``waits`` for one."""
        raise NotImplementedError

    def disclosed(self, contribution: Contribution) -> str:
        """Return the label that the author's own words give, "" where they give none."""
        return ""

    def accuses(self, label: str) -> bool:
        """Say whether a label, or one of several, accuses."""
        return not self.ACCUSING.isdisjoint(split_label(label))

    def join(self, labels: Iterable[str]) -> str:
        """Put several labels into one column, in their own order."""
        chosen = set(labels)
        return SEPARATOR.join(label for label in self.LABELS.values if label in chosen)

    def call(self, label: str) -> str:
        """Return what a label is called; of several, those that accuse where any does."""
        labels = split_label(label)
        accusing = [each for each in labels if each in self.ACCUSING]
        return " · ".join(str(self.LABELS(each).label) for each in accusing or labels)

    def row(self, label: str) -> dict[str, Any]:
        """Return the columns that say the label where a decision is training data."""
        return {"label": self.LABELS.values.index(label)}

    def choices(self) -> list[models.TextChoices]:
        """Return the labels among which a moderator chooses, none where each has its action."""
        return []

    def may_choose_several(self) -> bool:
        """Say whether a moderator can choose several of them for one text."""
        return False

    def may_be_appealed(self, case: "Case") -> bool:
        """Say whether the label accuses on the model's word alone, and nobody appealed it yet."""
        is_accused = case.source == Source.MODEL and self.accuses(case.label)
        return is_accused and case.appeal_id is None

    def named(self, number: int) -> dict[str, Any]:
        """Return the columns of the case that the address of an appeal means."""
        return {"pk": number}

    def describe(self, case: "Case") -> dict[str, Any]:
        """Return what its templates show of a case beside what it holds."""
        raise NotImplementedError

    def actions_for(self, case: "Case") -> list[models.TextChoices]:
        """Return what a moderator can do with one text as it stands."""
        return self.choose("restore") if case.contribution.removed_at else self.choose()

    def choose(self, *names: str) -> list[models.TextChoices]:
        """Return actions by their names; without names, all but the restoring of what is up."""
        chosen = names or [each.value for each in self.ACTIONS if each.value != "restore"]
        return [self.ACTIONS(name) for name in chosen]


def write(contribution: Contribution, **fields: Any) -> None:
    """Write fields of a contribution that is locked, where they differ."""
    for name, value in fields.items():
        setattr(contribution, name, value)
    same = type(contribution)._default_manager.filter(pk=contribution.pk)
    same.exclude(**fields).update(**fields)
