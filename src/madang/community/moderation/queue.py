"""The moderators' queue: appeals first, then edited posts, then what the model is least sure of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from madang.community.boards.models import Post
from madang.community.extension.about import AboutQuerySet
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.moderation.models import Case, Label, Speech

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

PAGE_SIZE = 20
#: So near the threshold the model's word is worth a look.
UNCERTAIN = 0.2

_P, _S = Case.Priority, Case.Source
_ASKED = Q(priority__in=(_P.APPEALED, _P.EDITED))
_UNCERTAIN = Q(priority=_P.JUDGED, source=_S.MODEL, uncertainty__lt=UNCERTAIN)


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A part of the queue."""

    name: str
    title: "StrOrPromise"
    condition: Q
    order: tuple[str, ...] = ("priority", "uncertainty", "-post")


TABS: tuple[Tab, ...] = (
    Tab(name="todo", title=_("할 일"), condition=_ASKED | _UNCERTAIN),
    Tab(name="appeals", title=_("이의"), condition=Q(priority=_P.APPEALED), order=("appeal",)),
    Tab(name="edited", title=_("처리 뒤 고침"), condition=Q(priority=_P.EDITED)),
    Tab(
        name="ads",
        title=_("모델이 본 광고"),
        condition=Q(priority=_P.JUDGED, source=_S.MODEL, label=Label.AD),
    ),
    Tab(name="pending", title=_("판단 중"), condition=Q(source=_S.PENDING), order=("-post",)),
    Tab(
        name="settled", title=_("처리함"), condition=Q(decision__isnull=False), order=("-decision",)
    ),
)


def find_tab(name: str) -> Tab:
    """Return the tab of that name, the first where there is none."""
    return next((tab for tab in TABS if tab.name == name), TABS[0])


def cases_of(tab: Tab) -> QuerySet[Case]:
    """Return a tab's cases in the order in which to look at them."""
    failed = Reading.objects.of_kind(Post).filter(
        kind=prediction.ADS, object_id=OuterRef("pk"), is_waiting=True, num_failures__gt=0
    )
    cases = Case.objects.filter(tab.condition).annotate(has_failed=Exists(failed))
    if tab.name != "settled":
        cases = cases.filter(post__removed_at=None)
    return cases.select_related(
        "post__author", "post__board", "answer", "appeal", "decision__moderator"
    ).order_by(*tab.order)


def page_of(tab: Tab, number: str | None) -> Page[Case]:
    """Return one page of a tab; the nearest where there is no such page."""
    return Paginator(cases_of(tab), PAGE_SIZE).get_page(number)


class CountedTabs(list[tuple[Tab, int | None]]):
    """The tabs with how many wait in each, and how many folded texts wait beside."""

    num_speech: int


def counted_tabs(counts: dict[str, int]) -> CountedTabs:
    """Return the tabs, each with the number that is worth showing."""
    tabs = CountedTabs((each, counts.get(each.name)) for each in TABS)
    tabs.num_speech = counts["speech"]
    return tabs


def count_waiting() -> dict[str, int]:
    """Return how many cases wait in each tab whose number is worth showing."""
    up = Q(post__removed_at=None)
    counted = Case.objects.filter(_ASKED | Q(source=_S.PENDING)).aggregate(
        appeals=Count("pk", filter=up & Q(priority=_P.APPEALED)),
        edited=Count("pk", filter=up & Q(priority=_P.EDITED)),
        pending=Count("pk", filter=up & Q(source=_S.PENDING)),
    )
    return {**counted, "speech": open_speeches().count()}


def open_speeches() -> AboutQuerySet[Speech]:
    """Return the folded texts that no moderator has looked at, and that are up."""
    return Speech.objects.filter(decision=None).that_are_up()
