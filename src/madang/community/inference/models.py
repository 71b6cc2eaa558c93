"""What a model said of a text, and which contribution waits for which model."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.community.extension.about import About

HASH_LENGTH = 64


class Answer(models.Model):
    """A model's answer to one text: computed once for a text and a model version."""

    kind = models.CharField(max_length=12)
    text_sha256 = models.CharField(max_length=HASH_LENGTH)
    model_version = models.CharField(max_length=64)
    model_name = models.CharField(max_length=200)
    value = models.JSONField(default=dict)
    # a vector of length 1 in float16, little-endian
    vector = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "text_sha256", "model_version"], name="answer_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.text_sha256[:8]} ({self.model_version})"


class Reading(About):
    """That a contribution is read by one kind of model: its answer, or why there is none.

    An answer of an earlier model stays until the new one has answered; one to an earlier text
    goes at once.
    """

    kind = models.CharField(max_length=12)
    text_sha256 = models.CharField(max_length=HASH_LENGTH)
    answer = models.ForeignKey(Answer, models.SET_NULL, null=True, related_name="readings")
    is_waiting = models.BooleanField(default=True)
    # None on a reading that waits: the model failed on it too often, an operator looks
    retry_at = models.DateTimeField(_("다음에 읽을 때"), null=True)
    num_failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "content_type", "object_id"], name="reading_once"
            ),
        ]
        indexes = [
            models.Index(fields=["retry_at"], condition=Q(is_waiting=True), name="reading_waits"),
            models.Index(fields=["kind", "updated_at"], name="reading_news"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.content_type_id}/{self.object_id}"
