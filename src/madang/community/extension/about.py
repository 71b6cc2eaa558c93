"""What apps keep about contributions of any kind: a reference, and how to ask by it."""

from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db import models

from madang.community.extension import contribution as contributions
from madang.community.extension.contribution import Contribution

Row = TypeVar("Row", bound="About")


class AboutQuerySet(models.QuerySet[Row]):
    """Questions asked of what is kept about contributions."""

    def of(self, contribution: Contribution) -> Self:
        """Keep what is about one contribution."""
        return self.filter(**key_of(contribution))

    def of_kind(self, kind: type[Contribution]) -> Self:
        """Keep what is about contributions of one kind."""
        return self.filter(content_type=ContentType.objects.get_for_model(kind))

    def of_all(self, beside: Iterable[Contribution]) -> dict[int, Row]:
        """Return what is about contributions of one kind, each by the other's number."""
        by_number = {each.pk: each for each in beside}
        if not by_number:
            return {}
        kind = type(next(iter(by_number.values())))
        found = {row.object_id: row for row in self.of_kind(kind).filter(object_id__in=by_number)}
        for number, row in found.items():
            row.contribution = by_number[number]
        return found

    def that_are_up(self) -> Self:
        """Keep what is about contributions that are up."""
        return self._that(lambda kind: kind.IS_UP)

    def that_nobody_removed(self) -> Self:
        """Keep what is about contributions that are up, or wait for a moderator."""
        return self._that(lambda kind: kind.IS_UP | models.Q(is_withheld=True))

    def _that(self, condition: Callable[[type[Contribution]], models.Q]) -> Self:
        found = models.Q()
        for kind in contributions.kinds():
            same = kind._default_manager.filter(condition(kind), pk=models.OuterRef("object_id"))
            is_kind = models.Q(content_type=ContentType.objects.get_for_model(kind))
            found |= is_kind & models.Q(models.Exists(same))
        return self.filter(found)

    def with_contributions(self) -> Self:
        """Fetch the contributions along, with what shows them."""
        shown = [
            kind._default_manager.select_related(*kind.SHOWN_WITH) for kind in contributions.kinds()
        ]
        return self.prefetch_related(GenericPrefetch("contribution", shown))


class About(models.Model):
    """Something about one contribution."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    # None where it is no more
    contribution: Any = GenericForeignKey()

    objects = AboutQuerySet.as_manager()

    class Meta:
        abstract = True


def key_of(contribution: Contribution) -> dict[str, Any]:
    """Return the columns that name a contribution."""
    kind = ContentType.objects.get_for_model(type(contribution))
    return {"content_type": kind, "object_id": contribution.pk}
