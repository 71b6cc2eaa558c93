"""The settings page; logging in and out is django-allauth's."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
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
