"""Closing, taking and reviewing a listing, and what moderators do to it."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madang.community.accounts.permission import PersonRequest
from madang.community.boards.permission import may_edit
from madang.community.boards.views import draft
from madang.community.boards.views.failure import keep_typed_text, show_gone
from madang.community.boards.views.reading import find, reader_of
from madang.community.boards.views.writing import drop
from madang.community.extension.actions import remove, restore
from madang.community.extension.lock import GoneError
from madang.community.market import actions
from madang.community.market.forms import ReviewForm
from madang.community.market.models import Listing, Review
from madang.community.market.permission import may_review, may_take, may_take_down
from madang.community.market.views.reading import show_listing
from madang.community.site.body_limit import takes
from madang.community.throttling.limit import limited


@require_POST
@limited("changes")
@login_required
def set_state(request: PersonRequest, listing_id: int) -> HttpResponse:
    """Close one's own listing, or open it again."""
    listing = find(request, Listing, listing_id)
    if not may_edit(request.user, listing):
        raise PermissionDenied
    actions.set_open(listing, is_open=request.POST.get("open") == "1")
    return redirect(listing)


@require_POST
@limited("changes")
@keep_typed_text
def take(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Say that one bought or got it, or take that back."""
    listing = find(request, Listing, listing_id)
    person = reader_of(request)
    if person is None:
        return draft.ask_to_log_in(request, back_to=listing.get_absolute_url())
    if not may_take(person, listing):
        raise PermissionDenied
    actions.set_taken(listing, person=person, is_taken=request.POST.get("taken") == "1")
    return redirect(f"{listing.get_absolute_url()}#taken")


@require_POST
@limited("changes")
@login_required
def take_down(request: PersonRequest, listing_id: int) -> HttpResponse:
    """Take another's listing down as a moderator, or put it back: as asked, not the other way."""
    listing = find(request, Listing, listing_id)
    if not may_take_down(request.user, listing):
        raise PermissionDenied
    try:
        if request.POST.get("removed") == "1":
            remove(listing, moderator=request.user)
        elif request.POST.get("removed") == "0":
            restore(listing)
    except GoneError:
        return show_gone(request)
    return redirect(listing)


@takes(ReviewForm)
@require_POST
@limited("reviews", texts=("body",))
@keep_typed_text
def review(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Write one's review of a listing, or change it."""
    listing = find(request, Listing, listing_id)
    author = reader_of(request)
    if author is None:
        back_to = f"{listing.get_absolute_url()}#write-review"
        return draft.keep_and_ask(request, ReviewForm, "review", listing_id, back_to=back_to)
    own = Review.objects.filter(listing=listing, author=author).first()
    if not may_review(author, listing, own):
        raise PermissionDenied
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return show_listing(request, listing, form=form, status=422)
    actions.write_review(listing, author=author, **form.cleaned_data)
    return redirect(f"{listing.get_absolute_url()}#reviews")


@require_POST
@limited("changes")
def drop_review(request: HttpRequest, review_id: int) -> HttpResponse:
    """Delete one's own review; a moderator takes anybody's down."""
    return drop(request, Review, review_id, told=_("후기를 지웠습니다."))
