"""How each text stands under each kind of label, who appealed, and what people decided."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models

from madang.community.boards.page import read_number
from madang.community.extension.about import About
from madang.community.extension.content import text_hash
from madang.community.extension.contribution import Contribution, find_kind
from madang.community.inference.models import HASH_LENGTH, Answer
from madang.community.moderation.kind import Kind, Priority, Source, split_label
from madang.community.moderation.registry import KINDS

#: Room for all labels of a text, should it have each of them.
LABEL_LENGTH = 60


class OfKind(About):
    """Something about one text under one kind of label (``registry.py``)."""

    kind = models.CharField(max_length=12)
    text_sha256 = models.CharField(max_length=HASH_LENGTH)

    class Meta:
        abstract = True

    @property
    def of(self) -> Kind:
        """Return the kind of label."""
        return KINDS[self.kind]


class Appeal(OfKind):
    """An author's word against a label, once for each text."""

    answer = models.ForeignKey(Answer, models.SET_NULL, null=True, related_name="+")
    sentence = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "content_type", "object_id", "text_sha256"], name="appeal_once"
            )
        ]

    def __str__(self) -> str:
        return self.sentence or f"{self.kind} {self.object_id}"


class Decision(OfKind):
    """What a moderator decided about one text: kept for good, and learnt from."""

    # It outlives what it was about.
    content_type = models.ForeignKey(  # type: ignore[assignment]
        ContentType, models.SET_NULL, null=True, related_name="+"
    )
    object_id = models.PositiveBigIntegerField(null=True)  # type: ignore[assignment]
    text = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=10)
    # "" where the action says nothing about the text; such a decision trains nothing
    label = models.CharField(max_length=LABEL_LENGTH, blank=True)
    note = models.CharField(max_length=300, blank=True)
    appeal = models.ForeignKey(Appeal, models.SET_NULL, null=True, related_name="+")
    appeal_sentence = models.CharField(max_length=300, blank=True)
    model_label = models.CharField(max_length=LABEL_LENGTH, blank=True)
    model_probability = models.FloatField(null=True)
    model_name = models.CharField(max_length=200, blank=True)
    model_version = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "text_sha256", "-id"], name="decision_on_text")]

    def __str__(self) -> str:
        return f"{self.action} {self.label}".strip()

    @property
    def label_name(self) -> str:
        """Return what the label is called."""
        return self.of.call(self.label)


class Case(OfKind):
    """How one text stands now: whose word its label is, and whether a moderator should look."""

    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PENDING)
    label = models.CharField(max_length=LABEL_LENGTH, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.JUDGED)
    # of the model, whoever's word the label is
    answer = models.ForeignKey(Answer, models.SET_NULL, null=True, related_name="+")
    model_label = models.CharField(max_length=LABEL_LENGTH, blank=True)
    probability = models.FloatField(null=True)
    certainty = models.FloatField(default=1.0)
    appeal = models.ForeignKey(Appeal, models.SET_NULL, null=True, related_name="+")
    decision = models.ForeignKey(Decision, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "content_type", "object_id"], name="case_once")
        ]
        indexes = [
            models.Index(fields=["kind", "priority", "certainty"], name="case_by_priority"),
            models.Index(fields=["kind", "source", "label", "certainty"], name="case_by_label"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}: {self.label or self.source}"

    @property
    def key(self) -> str:
        """Name the text as it stands: another text or a further decision gives another key."""
        name = str(self.pk) if self.pk else f"{self.content_type.model}-{self.object_id}"
        return f"{name}:{self.text_sha256[:16]}:{self.decision_id or 0}"

    @classmethod
    def find(cls, kind: Kind, key: str) -> "Case | None":
        """Return what stands as *key* says, None where it is no more or changed since."""
        name, _, place = key.partition(":")[0].rpartition("-")
        number = read_number(place)
        if number is None:
            return None
        found = cls.objects.filter(kind=kind.NAME, pk=number).first()
        if name:
            of = find_kind(name)
            written = of._default_manager.filter(pk=number).first() if of else None
            found = cls.about(kind, written) if written else None
        return found if found is not None and found.key == key else None

    @classmethod
    def about(cls, kind: Kind, contribution: Contribution) -> "Case":
        """Return how a contribution stands: where nothing is kept of it, a case yet to be kept."""
        found = cls.objects.of(contribution).filter(kind=kind.NAME).first()
        if found is None:
            digest = text_hash(contribution.judged_text)
            found = cls(kind=kind.NAME, contribution=contribution, text_sha256=digest)
        found.contribution = contribution
        return found

    @property
    def is_pending(self) -> bool:
        """Say whether the text still waits for its label."""
        return self.source == Source.PENDING

    @property
    def is_appealed(self) -> bool:
        """Say whether an appeal waits for its answer."""
        return self.priority == Priority.APPEALED

    @property
    def may_be_appealed(self) -> bool:
        """Say whether its author may appeal."""
        return self.of.may_be_appealed(self)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Return the characters that spoke for the model's label, strongest first."""
        reasons = self.answer.value["reasons"] if self.answer else []
        return [(start, end) for start, end, _weight in reasons]

    @property
    def label_name(self) -> str:
        """Return what the label is called."""
        return self.of.call(self.label)

    @property
    def look(self) -> str:
        """Return the label after which it is coloured: of several, one that accuses."""
        labels = split_label(self.label)
        accusing = [label for label in labels if label in self.of.ACCUSING]
        return (accusing or labels or [""])[0]

    @property
    def model_label_name(self) -> str:
        """Return what the model's label is called."""
        return self.of.call(self.model_label)
