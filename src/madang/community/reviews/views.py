"""Hiding, and showing again, what a model says of one's own review."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from madang.community.boards.permission import may_edit
from madang.community.boards.views.reading import find_post
from madang.community.reviews import actions
from madang.community.reviews.listing import forget_count


@require_POST
@login_required
def hide(request: HttpRequest, post_id: int) -> HttpResponse:
    """Hide what the model says, or show it again."""
    post = find_post(request, post_id)
    if not may_edit(request.user, post):
        raise PermissionDenied
    actions.hide_opinion(post, is_hidden=request.POST.get("hide") == "1")
    forget_count(post.board_id)
    return redirect(post)
