"""Hearing what people say to a label: its author appeals, a moderator decides on those chosen."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import TextChoices
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madang.community.accounts.permission import PersonRequest
from madang.community.moderation.forms import AppealForm, DecisionForm
from madang.community.moderation.verdict import Standing

MAX_CHOSEN = 100


def hear_appeal(request: HttpRequest, appeal: Callable[..., object]) -> None:
    """Take an author's appeal by ``appeal(sentence=…)``, and say whether it was taken."""
    form = AppealForm(request.POST)
    form.is_valid()
    if appeal(**form.cleaned_data):
        messages.success(request, _("이의를 받았습니다. 운영자가 살펴보고 여기에 알려 드립니다."))
    else:
        messages.info(request, _("이 글에는 더 낼 이의가 없습니다."))


def decide_on_chosen(
    request: PersonRequest,
    kind: type[Standing],
    actions: type[TextChoices],
    decide: Callable[..., object],
) -> None:
    """Decide on the chosen texts, except those that changed since the page was drawn; say so."""
    form = DecisionForm(request.POST, actions=actions)
    chosen = request.POST.getlist("chosen")[:MAX_CHOSEN]
    if not form.is_valid() or not chosen:
        messages.warning(request, _("글을 하나 이상 고르고, 무엇을 할지 눌러 주세요."))
        return
    found = filter(None, map(kind.find, chosen))
    decided = (decide(each, moderator=request.user, **form.cleaned_data) for each in found)
    if num_decided := sum(map(bool, decided)):
        text = ngettext("%(number)d개를 처리했습니다.", "%(number)d개를 처리했습니다.", num_decided)
        messages.success(request, text % {"number": num_decided})
    if num_decided < len(chosen):
        messages.warning(
            request, _("그 사이에 고쳐지거나 지워진 글, 다른 운영자가 정한 글은 그대로 두었습니다.")
        )
