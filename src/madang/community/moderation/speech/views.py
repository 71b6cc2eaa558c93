"""The queue of folded texts, decisions on them, and appeals."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from madang.community.accounts.permission import PersonRequest, moderator_required
from madang.community.moderation import queue as queues
from madang.community.moderation.forms import AppealForm, DecisionForm
from madang.community.moderation.hearing import decide_on_chosen, hear_appeal
from madang.community.moderation.panel import count_once
from madang.community.moderation.speech import actions
from madang.community.moderation.speech.models import Speech, SpeechDecision
from madang.community.moderation.speech.panel import reason_of
from madang.community.site.body_limit import takes
from madang.community.throttling.limit import limited

PAGE_SIZE = 20


@require_safe
@moderator_required
def queue(request: HttpRequest) -> HttpResponse:
    """Show the folded texts that wait for a moderator, appeals first; or what was decided."""
    is_settled = request.GET.get("tab") == "settled"
    if is_settled:
        speeches = Speech.objects.filter(decision__isnull=False).order_by("-decision")
    else:
        speeches = queues.open_speeches().order_by("-is_appealed", "probability")
    speeches = speeches.select_related("decision__moderator").with_contributions()
    page = Paginator(speeches, PAGE_SIZE).get_page(request.GET.get("page"))
    action = SpeechDecision.Action
    context = {
        "tabs": queues.counted_tabs(count_once(request)),
        "is_speech": True,
        "is_settled": is_settled,
        "page": page,
        "rows": [
            {"speech": each, "reason": reason_of(each)}
            for each in page.object_list
            if each.contribution is not None  # deleted since it was found
        ],
        "actions": [action.CONFIRM, action.CLEAR, action.REMOVE]
        + ([action.RESTORE] if is_settled else []),
    }
    return render(request, "moderation/speech/queue.html", context)


@takes(DecisionForm)
@require_POST
@limited("changes")
@moderator_required
def decide(request: PersonRequest) -> HttpResponse:
    """Decide on the chosen texts."""
    decide_on_chosen(request, Speech, SpeechDecision.Action, actions.decide)
    if back := request.POST.get("back"):  # an address of this site (``sanitizing.py``)
        return HttpResponseRedirect(back)
    return redirect("moderation:speech")


@takes(AppealForm)
@require_POST
@limited("appeals")
@login_required
def appeal(request: PersonRequest, speech_id: int) -> HttpResponse:
    """Let the author appeal against the folding of their text."""
    speech = get_object_or_404(Speech, pk=speech_id)
    contribution = speech.contribution
    if contribution is None:  # deleted a moment ago
        raise Http404
    if contribution.author_id != request.user.pk:
        raise PermissionDenied
    hear_appeal(request, partial(actions.appeal, speech))
    return redirect(contribution)
