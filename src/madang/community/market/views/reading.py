"""Reading: the market's list, and a listing with its reviews."""

from django.db.models import Avg, Count, Q
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madang.community.boards.page import turn_to
from madang.community.boards.permission import may_delete, may_edit
from madang.community.boards.views import draft
from madang.community.boards.views.reading import find, reader_of, tell_opened
from madang.community.market.filtering import Filter
from madang.community.market.forms import ReviewForm
from madang.community.market.models import Listing, Review
from madang.community.market.permission import may_review, may_take, may_take_down
from madang.community.market.shelf import KIND
from madang.community.throttling.limit import limited

MAX_REVIEWS = 200


@require_safe
@limited("searches", query="q")
def front(request: HttpRequest) -> HttpResponse:
    """Show what is offered, newest first."""
    asked = Filter.of(request.GET)
    listings = asked.apply(Listing.objects.visible()).for_list()
    page = turn_to(listings, request.GET, key=asked.key)
    return render(request, "market/front.html", {"asked": asked, "page": page})


@require_safe
def listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Show a listing."""
    listing = find(request, Listing, listing_id)
    tell_opened(request, KIND, listing)
    return show_listing(request, listing)


def show_listing(
    request: HttpRequest, listing: Listing, *, form: ReviewForm | None = None, status: int = 200
) -> HttpResponse:
    """Draw a listing's page, with a review that was refused still in its form."""
    shown = Q(removed_at=None)
    totals = listing.reviews.aggregate(
        mean=Avg("stars", filter=shown), number=Count("pk", filter=shown)
    )
    reader = reader_of(request)
    withheld = Q(is_withheld=True) & ~Review.withheld_from(reader)
    found = listing.reviews.filter(shown | withheld).select_related("author")
    reviews = list(found[:MAX_REVIEWS])
    buyers = set(
        listing.purchases.filter(
            person__in=[review.author_id for review in reviews] + [request.user.pk]
        ).values_list("person", flat=True)
    )
    own = Review.objects.filter(listing=listing, author=reader).first() if reader else None
    if form is None:
        kept = model_to_dict(own, ReviewForm.base_fields) if own else {}
        form = ReviewForm(initial={**kept, **draft.take(request, "review", listing.pk)})
    for review in reviews:
        review.is_of_buyer = review.author_id in buyers  # type: ignore[attr-defined]
    context = {
        "listing": listing,
        "stars": totals["mean"],
        "num_reviews": totals["number"],
        "reviews": reviews,
        "own": own,
        "has_taken": request.user.pk in buyers,
        "num_taken": listing.purchases.count(),
        "form": form,
        "may_edit": may_edit(request.user, listing),
        "may_delete": may_delete(request.user, listing),
        "may_take": may_take(request.user, listing),
        "may_take_down": may_take_down(request.user, listing),
        "may_review": may_review(request.user, listing, own),
    }
    return render(request, "market/listing.html", context, status=status)
