"""How each post stands, who appealed, and what people decided."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.community.boards.models import Post
from madang.community.inference.models import Answer
from madang.community.moderation.speech.models import Speech, SpeechDecision
from madang.community.moderation.verdict import HASH_LENGTH, Standing, Verdict

__all__ = ["Appeal", "Case", "Decision", "Label", "Speech", "SpeechDecision"]


class Label(models.TextChoices):
    """The labels that a model or a moderator gives."""

    ORDINARY = "ordinary", _("일반")
    AD = "ad", _("광고")


class Case(Standing):
    """How one post stands now: whose word its label is, and whether a moderator should look."""

    class Source(models.TextChoices):
        """Whose word the label is."""

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

    post = models.OneToOneField(
        Post, models.CASCADE, primary_key=True, related_name="moderation_case"
    )
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PENDING)
    label = models.CharField(max_length=10, choices=Label.choices, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.JUDGED)
    uncertainty = models.FloatField(default=1.0)
    # of the model, whoever's word the label is
    answer = models.ForeignKey(Answer, models.SET_NULL, null=True, related_name="+")
    appeal = models.ForeignKey("Appeal", models.SET_NULL, null=True, related_name="+")
    decision = models.ForeignKey("Decision", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["priority", "uncertainty", "-post"], name="case_queue"),
            models.Index(fields=["source", "label", "uncertainty"], name="case_source"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.label or self.source}"

    @property
    def is_pending(self) -> bool:
        """Say whether the post still waits for its label."""
        return self.source == self.Source.PENDING

    @property
    def is_appealed(self) -> bool:
        """Say whether an appeal waits for its answer."""
        return self.priority == self.Priority.APPEALED

    @property
    def may_be_appealed(self) -> bool:
        """Say whether the label is the model's 광고 and nobody appealed it yet."""
        return (
            self.source == self.Source.MODEL and self.label == Label.AD and self.appeal_id is None
        )


class Appeal(models.Model):
    """An author's word against a label, once for each text."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="appeals")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="appeals")
    text_sha256 = models.CharField(max_length=HASH_LENGTH)
    answer = models.ForeignKey(Answer, models.SET_NULL, null=True, related_name="+")
    sentence = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "text_sha256"], name="appeal_once_per_text")
        ]

    def __str__(self) -> str:
        return self.sentence or f"{self.post_id}"


class Decision(Verdict):
    """What a moderator decided about one post's label."""

    class Action(models.TextChoices):
        """What a moderator can do with a post of the queue."""

        CONFIRM = "confirm", _("라벨 맞음")
        ORDINARY = "ordinary", _("일반 글로")
        AD = "ad", _("광고로")
        DISMISS = "dismiss", _("넘기기")
        REMOVE = "remove", _("글 내리기")
        RESTORE = "restore", _("글 되돌리기")

    # A post may be deleted by its author; what was decided about its text stays.
    post = models.ForeignKey(Post, models.SET_NULL, null=True, related_name="decisions")
    action = models.CharField(max_length=10, choices=Action.choices)
    # "" where the action says nothing about advertising; such a decision trains nothing
    label = models.CharField(max_length=10, choices=Label.choices, blank=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    appeal = models.ForeignKey(Appeal, models.SET_NULL, null=True, related_name="+")
    model_label = models.CharField(max_length=10, blank=True)
    model_ad_probability = models.FloatField(null=True)
    model_name = models.CharField(max_length=200, blank=True)
    model_version = models.CharField(max_length=64, blank=True)

    class Meta(Verdict.Meta):
        indexes = [models.Index(fields=["text_sha256", "-id"], name="decision_text")]
