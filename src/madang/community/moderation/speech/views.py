"""The queue of folded texts, decisions on them, and appeals."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from madang.community.accounts.permission import PersonRequest, moderator_required
from madang.community.moderation import queue as queues
from madang.community.moderation.forms import AppealForm, LineField
from madang.community.moderation.panel import count_once
from madang.community.moderation.speech import actions
from madang.community.moderation.speech.models import Speech, SpeechDecision
from madang.community.moderation.speech.panel import reason_of

PAGE_SIZE = 20
MAX_CHOSEN = 100


class SpeechDecisionForm(forms.Form):
    """What to do with the chosen texts."""

    action = forms.ChoiceField(choices=SpeechDecision.Action.choices)
    note = LineField(max_letters=300)


@require_safe
@moderator_required
def queue(request: HttpRequest) -> HttpResponse:
    """Show the folded texts that wait for a moderator, appeals first; or what was decided."""
    is_settled = request.GET.get("tab") == "settled"
    speeches = Speech.objects.select_related(
        *("post__author", "post__board", "comment__author", "decision__moderator")
    )
    if is_settled:
        speeches = speeches.filter(decision__isnull=False).order_by("-decision")
    else:
        speeches = speeches.filter(queues.OPEN_SPEECH).order_by("-is_appealed", "probability")
    page = Paginator(speeches, PAGE_SIZE).get_page(request.GET.get("page"))
    action = SpeechDecision.Action
    context = {
        "tabs": queues.counted_tabs(count_once(request)),
        "is_speech": True,
        "is_settled": is_settled,
        "page": page,
        "rows": [{"speech": each, "reason": reason_of(each)} for each in page.object_list],
        "actions": [action.CONFIRM, action.CLEAR, action.REMOVE]
        + ([action.RESTORE] if is_settled else []),
    }
    return render(request, "moderation/speech/queue.html", context)


@require_POST
@moderator_required
def decide(request: PersonRequest) -> HttpResponse:
    """Decide on the chosen texts, except those that changed since the page was drawn."""
    back = redirect("moderation:speech")
    if (number := request.POST.get("post", "")).isdecimal():
        back = redirect("boards:post", number)
    form = SpeechDecisionForm(request.POST)
    chosen = request.POST.getlist("speeches")[:MAX_CHOSEN]
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


@require_POST
@login_required
def appeal(request: PersonRequest, speech_id: int) -> HttpResponse:
    """Let the author appeal against the folding of their text."""
    speech = get_object_or_404(Speech.objects.select_related("post", "comment"), pk=speech_id)
    if speech.item.author_id != request.user.pk:
        raise PermissionDenied
    form = AppealForm(request.POST)
    form.is_valid()
    if actions.appeal(speech, **form.cleaned_data):
        messages.success(request, _("이의를 받았습니다. 운영자가 살펴보고 여기에 알려 드립니다."))
    else:
        messages.info(request, _("이 글에는 더 낼 이의가 없습니다."))
    return redirect(speech.item)


def _decide_one(request: PersonRequest, key: str, form: forms.Form) -> bool:
    number = key.partition(":")[0]
    if not number.isdecimal() or len(number) > 18:
        return False
    speech = Speech.objects.filter(pk=int(number)).first()
    if speech is None or speech.key != key:
        return False
    return actions.decide(speech, moderator=request.user, **form.cleaned_data) is not None
