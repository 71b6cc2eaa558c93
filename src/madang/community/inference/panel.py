"""The operators' link to what the models do."""

from django.http import HttpRequest
from django.template.loader import render_to_string


def render_link(request: HttpRequest, **_: object) -> str:
    """Draw the link; who may follow it, the page behind asks."""
    return render_to_string("inference/link.html", {}, request)
