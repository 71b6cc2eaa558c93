"""How a post or a comment stands that the model called hateful or insulting."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.community.boards.models import Comment, Post
from madang.community.moderation.verdict import Standing, Verdict


class SpeechLabel(models.TextChoices):
    """What a text does to people."""

    NONE = "none", _("문제없음")
    OFFENSIVE = "offensive", _("모욕")
    HATE = "hate", _("혐오")


class Speech(Standing):
    """One folded text, or one that a moderator cleared: whose word holds, and who waits."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="speeches")
    comment = models.OneToOneField(Comment, models.CASCADE, null=True, related_name="speech")
    label = models.CharField(max_length=10, choices=SpeechLabel.choices)
    # of what the model said
    model_label = models.CharField(max_length=10, choices=SpeechLabel.choices)
    probability = models.FloatField()
    reasons = models.JSONField(default=list)
    model_name = models.CharField(max_length=200)
    model_version = models.CharField(max_length=64)
    is_appealed = models.BooleanField(default=False)
    appeal_sentence = models.CharField(max_length=300, blank=True)
    decision = models.ForeignKey("SpeechDecision", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post"], condition=Q(comment=None), name="speech_once_a_post"
            )
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
    def item(self) -> Post | Comment:
        """Return what was written."""
        return self.comment or self.post

    @property
    def may_be_appealed(self) -> bool:
        """Say whether only the model has spoken and nobody objected yet."""
        return self.decision_id is None and not self.is_appealed


class SpeechDecision(Verdict):
    """What a moderator decided about one folded text."""

    class Action(models.TextChoices):
        """What a moderator can do with a folded text."""

        CONFIRM = "confirm", _("계속 가리기")
        CLEAR = "clear", _("문제없음: 펼치기")
        REMOVE = "remove", _("내리기")
        RESTORE = "restore", _("되돌리기")

    post = models.ForeignKey(Post, models.SET_NULL, null=True, related_name="+")
    comment = models.ForeignKey(Comment, models.SET_NULL, null=True, related_name="+")
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
