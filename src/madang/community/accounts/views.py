"""The settings page, and the page for too many wrong passwords; the others are django-allauth's."""

from typing import Any

from django.conf import settings as site_settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from madang.community.accounts import actions
from madang.community.accounts.forms import SettingsForm
from madang.community.accounts.permission import PersonRequest


@login_required
def settings(request: PersonRequest) -> HttpResponse:
    """Show and keep a person's settings."""
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        actions.save_settings(request.user, **form.cleaned_data)
        messages.success(request, _("설정을 저장했습니다."))
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form})


def locked(request: HttpRequest, *_: Any) -> HttpResponse:
    """Say that a wrong password was typed too often, and for how long the name is locked."""
    wait = int(site_settings.AXES_COOLOFF_TIME.total_seconds())
    response = render(request, "account/locked.html", status=429)
    response["Retry-After"] = str(wait)
    return response
