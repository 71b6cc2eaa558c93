"""What the related app draws into the boards' pages."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from madang.community.boards.models import Post
from madang.community.boards.shelf import KIND
from madang.community.boards.views.reading import reader_of
from madang.community.extension.item import name_of, shown_on
from madang.community.inference import prediction
from madang.community.inference.actions import was_cut
from madang.community.inference.vectors import store
from madang.community.related.nearness import find_related


def render_related(request: HttpRequest, *, post: Post, **_: object) -> str:
    """Draw below a post what else is about the same."""
    if not prediction.has_model(prediction.SENTENCE) or (index := store.get(KIND)) is None:
        return ""
    posts = find_related(index, post, reader_of(request))
    shown_on(request).update(name_of(KIND, each.pk) for each in posts)
    if not posts:
        return ""
    context = {"posts": posts, "is_truncated": was_cut(prediction.SENTENCE, post)}
    return render_to_string("related/related.html", context, request)


def render_ways(request: HttpRequest, *, query: str, **_: object) -> str:
    """Draw the choice between searching titles by words and posts by meaning."""
    if not query or not prediction.has_model(prediction.SENTENCE):
        return ""
    here = request.resolver_match
    context = {"query": query, "is_by_meaning": here is not None and here.app_name == "related"}
    return render_to_string("related/ways.html", context, request)
