"""When a form is refused because its key is stale: nothing that was typed may be lost."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

HIDDEN = {"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword"}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what happened and show what was typed, to copy."""
    typed = [text for name, text in request.POST.items() if name not in HIDDEN and len(text) > 1]
    return render(request, "403_csrf.html", {"typed": typed}, status=403)
