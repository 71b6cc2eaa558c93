"""What brevity draws into the boards' pages."""

from django.http import HttpRequest
from django.utils.html import format_html

from madang.community.boards.models import Post

SHORT = 20


def render_label(request: HttpRequest, *, post: Post, **_: object) -> str:
    """Draw the label of a short post, with its reason."""
    if len(post.body) >= SHORT:
        return ""
    return format_html('<span class="label">짧은 글 ({}자)</span>', len(post.body))
