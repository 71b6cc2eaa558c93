"""Moderation's pages: the queue, decisions, appeals, and the check while writing."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from madang.community.accounts.permission import PersonRequest, moderator_required
from madang.community.boards.models import Post
from madang.community.boards.page import read_place
from madang.community.moderation import actions, panel
from madang.community.moderation import queue as queues
from madang.community.moderation.forms import AppealForm, DecisionForm, HintForm
from madang.community.moderation.hearing import decide_on_chosen, hear_appeal
from madang.community.moderation.models import Case, Decision
from madang.community.moderation.reason import describe_probability, find_reason
from madang.community.site.body_limit import takes
from madang.community.throttling.limit import limited


@require_safe
@moderator_required
def queue(request: PersonRequest) -> HttpResponse:
    """Show the cases that wait, or one tab of them."""
    tab = queues.find_tab(request.GET.get("tab", ""))
    page = queues.page_of(tab, request.GET.get("page"))
    rows = [
        {
            "case": case,
            "reason": find_reason(case),
            "words": describe_probability(case.answer) if case.answer else "",
        }
        for case in page.object_list
    ]
    context = {
        "tabs": queues.counted_tabs(panel.count_once(request)),
        "tab": tab,
        "page": page,
        "rows": rows,
        "actions": _actions_of(tab),
    }
    return render(request, "moderation/queue.html", context)


def _actions_of(tab: queues.Tab) -> list[Decision.Action]:
    action = Decision.Action
    if tab.name == "settled":
        return [action.ORDINARY, action.AD, action.REMOVE, action.RESTORE]
    if tab.name == "pending":
        return [action.ORDINARY, action.AD, action.REMOVE]
    return [action.CONFIRM, action.ORDINARY, action.AD, action.DISMISS, action.REMOVE]


@takes(DecisionForm)
@require_POST
@limited("changes")
@moderator_required
def decide(request: PersonRequest) -> HttpResponse:
    """Decide on the chosen posts."""
    decide_on_chosen(request, Case, Decision.Action, actions.decide)
    if (number := read_place(request.POST, "post")) is not None:
        return redirect("boards:post", number)
    tab = queues.find_tab(request.POST.get("tab", ""))
    return redirect(f"{panel.queue_address()}?tab={tab.name}")


@takes(AppealForm)
@require_POST
@limited("appeals")
@login_required
def appeal(request: PersonRequest, post_id: int) -> HttpResponse:
    """Let the author appeal against the label of their post."""
    post = get_object_or_404(Post.objects.filter(removed_at=None), pk=post_id)
    if post.author_id != request.user.pk:
        raise PermissionDenied
    case = get_object_or_404(Case, post=post)
    hear_appeal(request, partial(actions.appeal, case, author=request.user))
    return redirect(post)


@takes(HintForm)
@require_POST
@limited("hints")
@login_required
def check_disclosure(request: HttpRequest) -> HttpResponse:
    """Say what the disclosure rules make of a text that is being written."""
    return HttpResponse(panel.render_findings(request, **HintForm(request.POST).texts))
