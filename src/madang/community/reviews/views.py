"""Hiding, and showing again, what a model says of one's own review."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from madang.community.accounts.permission import PersonRequest
from madang.community.boards.models import Post
from madang.community.reviews import actions
from madang.community.reviews.listing import forget_count
from madang.community.reviews.models import Opinion
from madang.community.throttling.limit import limited


@require_POST
@limited("changes")
@login_required
def hide(request: PersonRequest, opinion_id: int) -> HttpResponse:
    """Hide what the model says, or show it again."""
    opinion = get_object_or_404(Opinion, pk=opinion_id)
    review = opinion.contribution
    if review is None:  # deleted a moment ago
        raise Http404
    if review.author_id != request.user.pk or review.removed_at is not None:
        raise PermissionDenied
    actions.hide_opinion(opinion, is_hidden=request.POST.get("hide") == "1")
    if isinstance(review, Post):
        forget_count(review.board_id)
    return redirect(review)
