"""What tags draw into the boards' pages."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.template.loader import render_to_string

from madang.community.boards.models import Post
from madang.community.boards.permission import Visitor, may_edit
from madang.community.extension.search import split_words
from madang.community.tags.models import Tag, Tagging
from madang.community.tags.name import key_of
from madang.community.tags.suggestion import suggest_tags

MAX_FOUND = 8


def may_untag(visitor: Visitor, post: Post) -> bool:
    """The author takes tags off, and a moderator a tag that does not belong."""
    return may_edit(visitor, post) or (visitor.is_authenticated and visitor.is_moderator)


def render_tags(request: HttpRequest, *, post: Post, **_: object) -> str:
    """Draw a post's tags, and for its author those that the text suggests."""
    tags = list(Tag.objects.filter(taggings__post=post).order_by("taggings__pk"))
    context = {
        "post": post,
        "tags": tags,
        "may_tag": may_edit(request.user, post),
        "may_untag": bool(tags) and may_untag(request.user, post),
    }
    if context["may_tag"]:
        context["suggestions"] = suggest_tags(post, [tag.key for tag in tags])
    return render_to_string("tags/tags.html", context, request)


def render_found(request: HttpRequest, *, query: str, **_: object) -> str:
    """Draw the tags whose name begins with what was looked for."""
    key = key_of(query.lstrip("#").strip())
    if not split_words(query):
        return ""
    # A tag of nothing but posts that are down is a word that nobody shall read.
    up = Tagging.objects.filter(tag=OuterRef("pk"), post__removed_at=None)
    found = Tag.objects.filter(Exists(up), key__startswith=key)
    context = {"tags": found.order_by("key")[:MAX_FOUND]}
    return render_to_string("tags/found.html", context, request)
