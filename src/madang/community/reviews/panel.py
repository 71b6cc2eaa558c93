"""What reviews draw into the boards' pages."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string

from madang.community.boards.models import Board
from madang.community.extension.contribution import Contribution
from madang.community.reviews.listing import LABELS, chosen_label, summarise
from madang.community.reviews.models import Opinion
from madang.community.reviews.sentence import find_sentences


def render_opinion(
    request: HttpRequest,
    *,
    review: Contribution,
    beside: Sequence[Contribution] | None = None,
    **_: object,
) -> str:
    """Draw how a review judges, with the sentences that say so.

    What is said of all *beside* it on a page is fetched together.
    """
    if not hasattr(request, "opinions"):
        opinions = Opinion.objects.exclude(label="").of_all(beside or [review])
        request.opinions = opinions  # type: ignore[attr-defined]
    opinion: Opinion | None = request.opinions.get(review.pk)  # type: ignore[attr-defined]
    is_author = request.user.is_authenticated and request.user.pk == review.author_id
    if opinion is None or (opinion.is_hidden and not is_author):
        return ""
    context = {
        "opinion": opinion,
        "is_author": is_author,
        "sentences": find_sentences(review.judged_text, opinion.reasons),
    }
    return render_to_string("reviews/opinion.html", context, request)


def render_summary(request: HttpRequest, *, board: Board, **_: object) -> str:
    """Draw above a review board's list how many praise, and the choice between them."""
    if not board.holds_reviews:
        return ""
    summary, chosen = summarise(board), chosen_label(request)
    if not (summary.num_clear or summary.num_unclear or chosen):
        return ""
    context = {
        "summary": summary,
        "chosen": chosen,
        "choices": [
            (each.value, each.label, getattr(summary, f"num_{each.value}")) for each in LABELS
        ],
    }
    return render_to_string("reviews/summary.html", context, request)
