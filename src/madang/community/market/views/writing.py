"""Writing, editing and deleting listings."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madang.community.boards.views import draft
from madang.community.boards.views.failure import keep_typed_text
from madang.community.boards.views.reading import reader_of
from madang.community.boards.views.writing import FORM_METHODS
from madang.community.market import actions
from madang.community.market.forms import FIELDS, ListingForm
from madang.community.market.models import Listing
from madang.community.market.permission import may_delete, may_edit
from madang.community.market.views.reading import find_listing
from madang.community.site.body_limit import takes
from madang.community.throttling.limit import limited


@takes(ListingForm)
@require_http_methods(FORM_METHODS)
@limited("listings", texts=("title", "body"))
def write_listing(request: HttpRequest) -> HttpResponse:
    """Offer something."""
    author = reader_of(request)
    if author is None:
        return draft.keep_and_ask(request, ListingForm, "listing", "", back_to=request.path)
    if request.method == "POST":
        form = ListingForm(request.POST)
        if form.is_valid():
            return redirect(actions.write_listing(author=author, **form.cleaned_data))
    else:
        first = {"kind": Listing.Kind.GIFT, "terms": Listing.Terms.SALE}
        form = ListingForm(initial={**first, **draft.take(request, "listing", "")})
    return render(request, "market/write.html", {"form": form})


@takes(ListingForm)
@require_http_methods(FORM_METHODS)
@limited("edits")
@keep_typed_text
def edit_listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Edit one's own listing."""
    listing = find_listing(request, listing_id)
    if not request.user.is_authenticated:
        return draft.keep_and_ask(
            request, ListingForm, "edit-listing", listing_id, back_to=request.path
        )
    if not may_edit(request.user, listing):
        raise PermissionDenied
    if request.method == "POST":
        form = ListingForm(request.POST)
        if form.is_valid():
            fields = {name: form.cleaned_data[name] for name in FIELDS}
            return redirect(actions.edit_listing(listing, **fields))
    else:
        form = ListingForm.of(listing, draft.take(request, "edit-listing", listing_id))
    return render(request, "market/write.html", {"form": form, "listing": listing})


@require_http_methods(FORM_METHODS)
@limited("changes")
def delete_listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Ask whether to delete one's own listing, and do it."""
    listing = find_listing(request, listing_id)
    if not request.user.is_authenticated:
        return draft.ask_to_log_in(request, back_to=request.path)
    if not may_delete(request.user, listing):
        raise PermissionDenied
    if request.method == "POST":
        actions.delete_listing(listing)
        messages.success(request, _("내놓은 것을 지웠습니다."))
        return redirect("market:front")
    return render(request, "market/delete.html", {"listing": listing})
