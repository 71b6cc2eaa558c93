"""What many read of late: for somebody who agreed and whose history says nothing yet.

It is no recommendation for a person, and is never called one. Only what people who agree opened
counts, each person once; and what fewer than a few opened is not shown, for it would tell what
one of them reads.
"""

from collections.abc import Collection
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import ngettext

from madang.community.accounts.models import User
from madang.community.boards.shelf import KIND as POST
from madang.community.recommendations.history import find_eligible
from madang.community.recommendations.models import Consent, Interaction
from madang.community.recommendations.recommendation import Recommendation

LATELY = timedelta(days=7)
FEWEST_PEOPLE = 3
#: So many of the newest interactions are counted, so many items kept, and so long.
NUM_COUNTED, NUM_KEPT = 20_000, 400
SECONDS_KEPT = 300
POSTS = f"{POST}:"


def most_read(
    person: User, *, number: int, kind: str = POSTS, without: Collection[str] = ()
) -> list[Recommendation]:
    """Return what most people opened of late, most first, each with how many did."""
    counts = {
        name: people
        for name, people in _people_by_item()
        if name.startswith(kind) and name not in without
    }
    found = find_eligible(list(counts), person, number=number)
    shown = [name for name in counts if name in found][:number]
    return [Recommendation(item=found[name], reason=_tell(counts[name])) for name in shown]


def _people_by_item() -> list[tuple[str, int]]:
    """Return the items that many opened, and how many people did, most first."""
    key = "recommendations.most_read"
    kept: list[tuple[str, int]] | None = cache.get(key)
    if kept is None:
        now = timezone.now()
        newest = Interaction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        rows = Interaction.objects.filter(
            pk__gt=newest - NUM_COUNTED,
            at__range=(now - LATELY, now),
            person__consent__choice=Consent.Choice.AGREED,
        )
        counted = (
            rows.order_by()
            .values("item")
            .annotate(people=Count("person", distinct=True), last=Max("at"))
            .filter(people__gte=FEWEST_PEOPLE)
            .order_by("-people", "-last")
        )
        kept = list(counted.values_list("item", "people")[:NUM_KEPT])
        cache.set(key, kept, SECONDS_KEPT)
    return kept


def _tell(people: int) -> str:
    text = ngettext(
        "지난 7일 동안 %(number)d명이 보았습니다",
        "지난 7일 동안 %(number)d명이 보았습니다",
        people,
    )
    return text % {"number": people}
