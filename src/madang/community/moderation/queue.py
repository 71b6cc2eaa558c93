"""The moderators' queue: appeals first, then edited posts, then what the model is least sure of."""

from functools import reduce
from operator import or_
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef

from madang.community.extension.about import AboutQuerySet
from madang.community.inference.models import Reading
from madang.community.moderation.kind import Kind, Tab
from madang.community.moderation.models import Case
from madang.community.moderation.registry import KINDS

PAGE_SIZE = 20


def find_tab(kind: Kind, name: str) -> Tab:
    """Return the tab of that name, the first where there is none."""
    return next((tab for tab in kind.TABS if tab.name == name), kind.TABS[0])


def page_of(kind: Kind, tab: Tab, number: str | None) -> Page[Case]:
    """Return one page of a tab; the nearest where there is no such page."""
    return Paginator(cases_of(kind, tab), PAGE_SIZE).get_page(number)


def cases_of(kind: Kind, tab: Tab) -> AboutQuerySet[Any]:
    """Return a tab's cases in the order in which to look at them."""
    failed = Reading.objects.filter(
        kind=kind.READ_BY,
        content_type=OuterRef("content_type"),
        object_id=OuterRef("object_id"),
        is_waiting=True,
        num_failures__gt=0,
    )
    cases = Case.objects.filter(tab.condition, kind=kind.NAME)
    if not tab.has_removed:
        cases = _that_wait(kind, cases)
    shown = cases.select_related("answer", "appeal", "decision__moderator").with_contributions()
    return shown.annotate(has_failed=Exists(failed)).order_by(*tab.order)


def count_waiting() -> dict[str, int]:
    """Return how many cases wait in each part of the queues whose number is worth showing."""
    counts: dict[str, int] = {}
    for kind in KINDS.values():
        counted = {name: Count("pk", filter=condition) for name, condition in kind.COUNTED.items()}
        waits = reduce(or_, kind.COUNTED.values())
        counts |= _that_wait(kind, Case.objects.filter(waits, kind=kind.NAME)).aggregate(**counted)
    return counts


def _that_wait(kind: Kind, cases: AboutQuerySet[Any]) -> AboutQuerySet[Any]:
    """Keep the cases of what a moderator did not take down; what is withheld waits for one kind."""
    return cases.that_nobody_removed() if kind.WITHHOLDS else cases.that_are_up()
