"""The page of all recommendations, the answer to the question, the switch and the reset."""

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from madang.community.accounts.permission import PersonRequest
from madang.community.recommendations import actions, history
from madang.community.recommendations.models import Consent
from madang.community.recommendations.popularity import most_read
from madang.community.recommendations.recommendation import is_offered, recommend
from madang.community.throttling.limit import limited

logger = logging.getLogger(__name__)

NUM_SHOWN = 20


@require_safe
@login_required
def front(request: PersonRequest) -> HttpResponse:
    """Show all that is recommended to a person."""
    context: dict[str, Any] = {"has_agreed": Consent.of(request.user).is_given}
    if context["has_agreed"] and is_offered():
        try:
            context["recommendations"] = recommend(request.user, number=NUM_SHOWN)
            if not context["recommendations"] and history.is_empty(request.user):
                context["popular"] = most_read(request.user, number=NUM_SHOWN)
        except Exception:  # as on the other pages: what is recommended is worth no page
            logger.exception("Nothing could be recommended to %s", request.user.pk)
            context["has_failed"] = True
    return render(request, "recommendations/front.html", context)


@require_POST
@limited("changes")
@login_required
def answer(request: PersonRequest) -> HttpResponse:
    """Keep the answer to the question, or how the switch was set."""
    choice = request.POST.get("choice", "")
    if choice in Consent.Choice.values:
        actions.answer(request.user, choice)
        messages.success(request, _told(choice))
    return redirect(_way_back(request))


@require_POST
@limited("changes")
@login_required
def reset(request: PersonRequest) -> HttpResponse:
    """Delete all that was kept."""
    number = actions.reset(request.user)
    text = ngettext("기록 %(number)d개를 지웠습니다.", "기록 %(number)d개를 지웠습니다.", number)
    messages.success(request, text % {"number": number})
    return redirect("accounts:settings")


def _told(choice: str) -> str:
    if choice == Consent.Choice.AGREED:
        return _("고맙습니다. 글을 몇 개 읽으시면 첫 화면에 추천이 나타납니다.")
    if choice == Consent.Choice.LATER:
        return _("나중에 다시 여쭙겠습니다. 그때까지 아무것도 남기지 않습니다.")
    return _("아무것도 남기지 않습니다. 마음이 바뀌시면 설정에서 켜실 수 있습니다.")


def _way_back(request: HttpRequest) -> str:
    # What is there is an address of this site (``sanitizing.py``).
    return request.POST.get("next") or resolve_url("boards:front")
