"""How a review judges, as a model sees it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.community.extension.about import About


class Opinion(About):
    """The model's word on one review; its author may hide it."""

    class Label(models.TextChoices):
        """What is shown: where the model is not sure, it says so."""

        NONE = "", _("아직 읽지 않음")
        POSITIVE = "positive", _("긍정")
        NEGATIVE = "negative", _("부정")
        UNCLEAR = "unclear", _("뚜렷하지 않음")

    label = models.CharField(max_length=10, choices=Label.choices, blank=True)
    # of a positive review
    probability = models.FloatField(default=0.5)
    reasons = models.JSONField(default=list)
    is_truncated = models.BooleanField(default=False)
    model_name = models.CharField(max_length=200, blank=True)
    model_version = models.CharField(max_length=64, blank=True)
    is_hidden = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id"], name="opinion_once")
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.probability:.2f}"

    @property
    def certainty(self) -> float:
        """Return the probability of the side that the model leans to."""
        return max(self.probability, 1 - self.probability)
