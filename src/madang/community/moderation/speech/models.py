"""How a contribution stands that the model called hateful or insulting."""

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.community.extension.about import About
from madang.community.moderation.verdict import Standing, Verdict


class SpeechLabel(models.TextChoices):
    """What a text does to people."""

    NONE = "none", _("문제없음")
    OFFENSIVE = "offensive", _("모욕")
    HATE = "hate", _("혐오")


class Speech(About, Standing):
    """One folded text, or one that a moderator cleared: whose word holds, and who waits."""

    label = models.CharField(max_length=10, choices=SpeechLabel.choices)
    # of what the model said
    model_label = models.CharField(max_length=10, choices=SpeechLabel.choices)
    probability = models.FloatField()
    reasons = models.JSONField(default=list)
    is_truncated = models.BooleanField(default=False)
    model_name = models.CharField(max_length=200)
    model_version = models.CharField(max_length=64)
    is_appealed = models.BooleanField(default=False)
    appeal_sentence = models.CharField(max_length=300, blank=True)
    decision = models.ForeignKey("SpeechDecision", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id"], name="speech_once")
        ]
        indexes = [
            models.Index(
                fields=["-is_appealed", "probability"],
                condition=Q(decision=None),
                name="speech_queue",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.probability:.2f}"

    @property
    def may_be_appealed(self) -> bool:
        """Say whether only the model has spoken and nobody objected yet."""
        return self.decision_id is None and not self.is_appealed


class SpeechDecision(About, Verdict):
    """What a moderator decided about one folded text."""

    class Action(models.TextChoices):
        """What a moderator can do with a folded text."""

        CONFIRM = "confirm", _("계속 가리기")
        CLEAR = "clear", _("문제없음: 펼치기")
        REMOVE = "remove", _("내리기")
        RESTORE = "restore", _("되돌리기")

    # It outlives what it was about.
    content_type = models.ForeignKey(  # type: ignore[assignment]
        ContentType, models.SET_NULL, null=True, related_name="+"
    )
    object_id = models.PositiveBigIntegerField(null=True)  # type: ignore[assignment]
    action = models.CharField(max_length=10, choices=Action.choices)
    # "" where the action says nothing about the text; such a decision trains nothing
    label = models.CharField(max_length=10, choices=SpeechLabel.choices, blank=True)
    text = models.TextField()
    model_label = models.CharField(max_length=10)
    model_probability = models.FloatField()
    model_name = models.CharField(max_length=200)
    model_version = models.CharField(max_length=64)

    class Meta(Verdict.Meta):
        indexes = [models.Index(fields=["text_sha256", "-id"], name="speech_decision_text")]
