"""Moderation's pages: the queue, decisions, appeals, and the check while writing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from madang.community.accounts.permission import PersonRequest, moderator_required
from madang.community.boards.forms import MAX_BODY, MAX_TITLE
from madang.community.boards.models import Post
from madang.community.moderation import actions, panel
from madang.community.moderation import queue as queues
from madang.community.moderation.forms import AppealForm, DecisionForm
from madang.community.moderation.models import Case, Decision
from madang.community.moderation.reason import describe_probability, find_reason

MAX_CHOSEN = 100


@require_safe
@moderator_required
def queue(request: PersonRequest) -> HttpResponse:
    """Show the cases that wait, or one tab of them."""
    tab = queues.find_tab(request.GET.get("tab", ""))
    page = queues.page_of(tab, request.GET.get("page"))
    rows = [
        {
            "case": case,
            "key": case.key,
            "reason": find_reason(case),
            "words": describe_probability(case.judgement) if case.judgement else "",
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


@require_POST
@moderator_required
def decide(request: PersonRequest) -> HttpResponse:
    """Decide on the chosen posts, except those that changed since the page was drawn."""
    tab = queues.find_tab(request.POST.get("tab", ""))
    back = redirect(f"{panel.queue_address()}?tab={tab.name}")
    if next_page := request.POST.get("post"):
        back = redirect("boards:post", next_page) if next_page.isdecimal() else back
    form = DecisionForm(request.POST)
    chosen = request.POST.getlist("posts")[:MAX_CHOSEN]
    if not form.is_valid() or not chosen:
        messages.warning(request, _("글을 하나 이상 고르고, 무엇을 할지 눌러 주세요."))
        return back
    num_decided = sum(_decide_one(request, key, form) for key in chosen)
    if num_decided:
        text = ngettext("%(number)d개를 처리했습니다.", "%(number)d개를 처리했습니다.", num_decided)
        messages.success(request, text % {"number": num_decided})
    if num_decided < len(chosen):
        messages.warning(
            request, _("그 사이에 고쳐지거나 지워진 글, 다른 운영자가 정한 글은 그대로 두었습니다.")
        )
    return back


def _decide_one(request: PersonRequest, key: str, form: DecisionForm) -> bool:
    post_id = key.partition(":")[0]
    if not post_id.isdecimal() or len(post_id) > 18:
        return False
    case = Case.objects.filter(pk=int(post_id)).first()
    if case is None or case.key != key:
        return False
    if case.is_pending and form.cleaned_data["action"] == Decision.Action.CONFIRM:
        return False
    return actions.decide(case, moderator=request.user, **form.cleaned_data) is not None


@require_POST
@login_required
def appeal(request: PersonRequest, post_id: int) -> HttpResponse:
    """Let the author appeal against the label of their post."""
    post = get_object_or_404(Post.objects.filter(removed_at=None), pk=post_id)
    if post.author_id != request.user.pk:
        raise PermissionDenied
    case = get_object_or_404(Case, post=post)
    form = AppealForm(request.POST)
    form.is_valid()
    if actions.appeal(case, author=request.user, **form.cleaned_data):
        messages.success(request, _("이의를 받았습니다. 운영자가 살펴보고 여기에 알려 드립니다."))
    else:
        messages.info(request, _("이 글에는 더 낼 이의가 없습니다."))
    return redirect(post)


@require_POST
@login_required
def check_disclosure(request: HttpRequest) -> HttpResponse:
    """Say what the disclosure rules make of a text that is being written."""
    title = request.POST.get("title", "")[: 2 * MAX_TITLE]
    body = request.POST.get("body", "")[: 2 * MAX_BODY]
    return HttpResponse(panel.render_findings(request, title, body))
