"""Writing, editing and deleting listings."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madang.community.boards.views.failure import keep_typed_text
from madang.community.boards.views.reading import find
from madang.community.boards.views.writing import (
    FORM_METHODS,
    ask_and_delete,
    fill_in,
    fill_in_again,
)
from madang.community.market import actions
from madang.community.market.forms import ListingForm
from madang.community.market.models import Listing
from madang.community.site.body_limit import takes
from madang.community.throttling.limit import limited


@takes(ListingForm)
@require_http_methods(FORM_METHODS)
@limited("listings", texts=("title", "body"))
def write_listing(request: HttpRequest) -> HttpResponse:
    """Offer something."""
    first = {"kind": Listing.Kind.GIFT, "terms": Listing.Terms.SALE}
    key, act = ("listing", ""), actions.write_listing
    return fill_in(request, ListingForm, "market/write.html", key=key, first=first, act=act)


@takes(ListingForm)
@require_http_methods(FORM_METHODS)
@limited("edits")
@keep_typed_text
def edit_listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Edit one's own listing."""
    listing = find(request, Listing, listing_id)
    act = actions.edit_listing
    return fill_in_again(request, ListingForm, listing, key="edit-listing", edit=act)


@require_http_methods(FORM_METHODS)
@limited("changes")
def delete_listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Ask whether to delete one's own listing, and do it."""
    listing, told = find(request, Listing, listing_id), _("내놓은 것을 지웠습니다.")
    return ask_and_delete(request, listing, told=told, then="market:front")
