"""Moderation's pages: the queues, decisions, appeals, and the check while writing."""

from collections.abc import Iterator

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from madang.community.accounts.permission import PersonRequest, moderator_required
from madang.community.boards.page import read_place
from madang.community.boards.views.reading import find
from madang.community.extension.contribution import find_kind
from madang.community.moderation import actions, panel
from madang.community.moderation import queue as queues
from madang.community.moderation.forms import AppealForm, DecisionForm, HintForm
from madang.community.moderation.kind import Kind, Tab
from madang.community.moderation.models import Case
from madang.community.moderation.registry import KINDS
from madang.community.site.body_limit import takes
from madang.community.throttling.limit import limited

MAX_CHOSEN = 100


@require_safe
@moderator_required
def queue(request: PersonRequest, kind: Kind) -> HttpResponse:
    """Show the cases that wait, or one tab of them."""
    tab = queues.find_tab(kind, request.GET.get("tab", ""))
    page = queues.page_of(kind, tab, request.GET.get("page"))
    context = {
        "kind": kind,
        "tab": tab,
        "tabs": list(_tabs(kind, tab, panel.count_once(request))),
        "page": page,
        "rows": [
            {"case": case, **kind.describe(case)}
            for case in page.object_list
            if case.contribution is not None  # deleted since it was found
        ],
        "actions": kind.choose(*tab.actions),
        "choices": panel.choices_of(kind),
    }
    return render(request, kind.QUEUE, context)


@require_safe
@moderator_required
def look(request: PersonRequest, name: str, number: int) -> HttpResponse:
    """Show a text with every label that it has or may be given: also where no model said any."""
    of = find_kind(name)
    if of is None:
        raise Http404
    contribution = find(request, of, number)
    cases = panel.draw_cases(request, contribution)
    return render(request, "moderation/look.html", {"one": contribution, "cases": cases})


def _tabs(kind: Kind, tab: Tab, counts: dict[str, int]) -> Iterator[dict[str, object]]:
    """Yield the tabs of all queues: those of the first kind, and one of each other kind."""
    first, *others = KINDS.values()
    for each in first.TABS:
        yield {
            "title": each.title,
            "address": f"{panel.queue_address(first)}?tab={each.name}",
            "number": counts.get(each.name),
            "is_current": each is tab,
        }
        if each.name == first.NAME:
            for other in others:
                yield {
                    "title": other.TITLE,
                    "address": panel.queue_address(other),
                    "number": counts[other.NAME],
                    "is_current": other is kind,
                }


@takes(DecisionForm)
@require_POST
@limited("changes")
@moderator_required
def decide(request: PersonRequest, kind: Kind) -> HttpResponse:
    """Decide on the chosen texts."""
    _decide_on_chosen(request, kind)
    if back := request.POST.get("back"):  # an address of this site (``sanitizing.py``)
        return HttpResponseRedirect(back)
    if (number := read_place(request.POST, "post")) is not None:
        return redirect("boards:post", number)
    tab = queues.find_tab(kind, request.POST.get("tab", ""))
    query = f"?tab={tab.name}" if kind.HAS_ALL else ""
    return redirect(panel.queue_address(kind) + query)


def _decide_on_chosen(request: PersonRequest, kind: Kind) -> None:
    """Decide on the chosen texts, except those that changed since the page was drawn; say so."""
    form = DecisionForm(request.POST, kind=kind)
    chosen = request.POST.getlist("chosen")[:MAX_CHOSEN]
    if not form.is_valid() and form.has_error(NON_FIELD_ERRORS):
        messages.warning(request, " ".join(map(str, form.non_field_errors())))
        return
    if not form.is_valid() or not chosen:
        messages.warning(request, _("글을 하나 이상 고르고, 무엇을 할지 눌러 주세요."))
        return
    found = filter(None, (Case.find(kind, key) for key in chosen))
    decided = (actions.decide(each, moderator=request.user, **form.cleaned_data) for each in found)
    if num_decided := sum(map(bool, decided)):
        text = ngettext("%(number)d개를 처리했습니다.", "%(number)d개를 처리했습니다.", num_decided)
        messages.success(request, text % {"number": num_decided})
    if num_decided < len(chosen):
        messages.warning(
            request, _("그 사이에 고쳐지거나 지워진 글, 다른 운영자가 정한 글은 그대로 두었습니다.")
        )


@takes(AppealForm)
@require_POST
@limited("appeals")
@login_required
def appeal(request: PersonRequest, kind: Kind, number: int) -> HttpResponse:
    """Let the author appeal against a label."""
    case = get_object_or_404(Case, kind=kind.NAME, **kind.named(number))
    contribution = case.contribution
    if contribution is None:  # deleted a moment ago
        raise Http404
    if contribution.removed_at and not kind.IS_HEARD_WHEN_DOWN:
        raise Http404
    if contribution.author_id != request.user.pk:
        raise PermissionDenied
    form = AppealForm(request.POST)
    form.is_valid()
    if actions.appeal(case, **form.cleaned_data):
        messages.success(request, _("이의를 받았습니다. 운영자가 살펴보고 여기에 알려 드립니다."))
    else:
        messages.info(request, _("이 글에는 더 낼 이의가 없습니다."))
    return redirect(contribution)


@takes(HintForm)
@require_POST
@limited("hints")
@login_required
def check_disclosure(request: HttpRequest) -> HttpResponse:
    """Say what the disclosure rules make of a text that is being written."""
    return HttpResponse(panel.render_findings(request, **HintForm(request.POST).texts))
