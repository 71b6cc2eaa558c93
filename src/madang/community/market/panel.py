"""What the market draws into the site's pages."""

from django.http import HttpRequest
from django.template.loader import render_to_string


def render_navigation(request: HttpRequest, **_: object) -> str:
    """Draw the way to the market."""
    here = request.resolver_match
    context = {"is_here": here is not None and here.app_name == "market"}
    return render_to_string("market/navigation.html", context, request)
