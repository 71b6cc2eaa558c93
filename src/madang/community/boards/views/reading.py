"""Reading: the front page, boards, posts, search, and a person's page."""

from typing import TypeVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from madang.community.accounts.models import User
from madang.community.boards.forms import CommentForm
from madang.community.boards.models import Board, Comment, Post
from madang.community.boards.page import read_place, turn_to
from madang.community.boards.permission import may_comment, may_delete, may_edit
from madang.community.boards.shelf import KIND
from madang.community.boards.views import draft
from madang.community.extension.contribution import Contribution
from madang.community.extension.item import name_of, shown_on
from madang.community.extension.search import parse_query
from madang.community.extension.signals import item_opened
from madang.community.extension.slot import narrow
from madang.community.throttling.limit import limited

Kind = TypeVar("Kind", bound=Contribution)

COMMENTS_A_PAGE = 100
LAST_COMMENT_PAGE = 10_000


def reader_of(request: HttpRequest) -> User | None:
    """Return who reads, None for somebody who is not logged in."""
    return request.user if request.user.is_authenticated else None


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show the newest posts of all boards."""
    page = turn_to(Post.objects.visible_to(reader_of(request)).for_list(), request.GET)
    return render(request, "boards/front.html", {"page": page, "boards": Board.objects.all()})


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a board's posts."""
    boards = list(Board.objects.all())
    board = next((board for board in boards if board.slug == slug), None)
    if board is None:
        board = get_object_or_404(Board, slug=slug)
    posts = Post.objects.visible_to(reader_of(request)).filter(board=board).for_list()
    page = turn_to(narrow(request, board, posts), request.GET)
    return render(request, "boards/board.html", {"board": board, "boards": boards, "page": page})


@require_safe
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Show a post with its comments."""
    post = find(request, Post, post_id)
    tell_opened(request, KIND, post)
    return show_post(request, post)


def tell_opened(request: HttpRequest, kind: str, opened: Contribution) -> None:
    """Tell who listens that somebody opened another's item; a page fails by no listener."""
    if opened.removed_at is not None:
        return
    reader, name = reader_of(request), name_of(kind, opened.pk)
    shown_on(request).add(name)
    if reader is not None and reader.pk != opened.author_id and request.method == "GET":
        item_opened.send_robust(sender=User, item=name, reader=reader)


def find(request: HttpRequest, kind: type[Kind], number: int) -> Kind:
    """Find a contribution that the reader may open; raises Http404 where there is none."""
    found = get_object_or_404(kind._default_manager.select_related(*kind.SHOWN_WITH), pk=number)
    if not found.is_visible_to(reader_of(request)):
        raise Http404
    return found


def show_post(
    request: HttpRequest, post: Post, *, comment_form: CommentForm | None = None, status: int = 200
) -> HttpResponse:
    """Draw a post's page, with a comment that was refused still in its form."""
    number = max(1, min(read_place(request.GET, "comments") or 1, LAST_COMMENT_PAGE))
    start = (number - 1) * COMMENTS_A_PAGE
    shown = _comments_to(request, post).select_related("author").order_by("pk")
    comments = list(shown[start : start + COMMENTS_A_PAGE + 1])
    if comment_form is None:
        comment_form = CommentForm(initial=draft.take(request, "comment", post.pk))
    context = {
        "post": post,
        "comments": comments[:COMMENTS_A_PAGE],
        "comment_page": number,
        "has_more_comments": len(comments) > COMMENTS_A_PAGE,
        "comment_form": comment_form,
        "may_edit": may_edit(request.user, post),
        "may_delete": may_delete(request.user, post),
        "may_comment": may_comment(request.user, post),
    }
    return render(request, "boards/post.html", context, status=status)


def _comments_to(request: HttpRequest, post: Post) -> QuerySet[Comment]:
    """Return a post's comments but those that are withheld from the reader."""
    return post.comments.exclude(Comment.withheld_from(reader_of(request)))


@require_safe
def comment(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Lead to a comment on its post's page."""
    comment = get_object_or_404(Comment.objects.select_related("post"), pk=comment_id)
    shown = _comments_to(request, comment.post)
    if comment.is_withheld and not shown.filter(pk=comment_id).exists():
        raise Http404
    before = shown.filter(pk__lt=comment_id).count()
    number = before // COMMENTS_A_PAGE + 1
    page = f"?comments={number}" if number > 1 else ""
    return redirect(f"{comment.post.get_absolute_url()}{page}#comment-{comment_id}")


@require_safe
@limited("searches", query="q")
def search(request: HttpRequest) -> HttpResponse:
    """Show posts whose title contains the words asked for."""
    query = request.GET.get("q", "").strip()[:100]
    posts = Post.objects.visible_to(reader_of(request)).with_title(query).for_list()
    page = turn_to(posts, request.GET, key="title_index__post_id")
    context = {"query": query, "page": page, "is_searchable": bool(parse_query(query))}
    return render(request, "boards/search.html", context)


@require_safe
def person(request: HttpRequest, username: str) -> HttpResponse:
    """Show a person's posts."""
    person = get_object_or_404(User, username=username, is_active=True)
    posts = person.posts.visible() if person != request.user else person.posts.all()
    page = turn_to(posts.for_list(), request.GET)
    return render(request, "boards/person.html", {"person": person, "page": page})


@require_safe
def person_comments(request: HttpRequest, username: str) -> HttpResponse:
    """Show a person's comments."""
    person = get_object_or_404(User, username=username, is_active=True)
    comments = person.comments.filter(removed_at=None, post__removed_at=None)
    page = turn_to(comments.select_related("post"), request.GET)
    return render(request, "boards/person_comments.html", {"person": person, "page": page})
