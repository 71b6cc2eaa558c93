"""Writing, editing and deleting posts and comments, and what other apps' contributions share."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madang.community.boards import actions
from madang.community.boards.forms import CommentForm, PostForm
from madang.community.boards.models import Board, Comment, Post
from madang.community.boards.permission import may_comment, may_delete, may_drop, may_edit
from madang.community.boards.views import draft
from madang.community.boards.views.failure import keep_typed_text
from madang.community.boards.views.reading import find, reader_of, show_post
from madang.community.extension.actions import delete, remove
from madang.community.extension.contribution import Contribution
from madang.community.site.body_limit import takes
from madang.community.throttling.limit import limited

FORM_METHODS = ["GET", "HEAD", "POST"]


def fill_in(
    request: HttpRequest,
    form_class: type[forms.Form],
    template: str,
    *,
    key: tuple[str, object],
    first: Mapping[str, Any],
    act: Callable[..., Any],
    **context: object,
) -> HttpResponse:
    """Show a form that holds *first*, and do what it asks for: ``act(author=…, **fields)``.

    Somebody who is logged out is asked in; what they typed is kept meanwhile under the *key*, a
    kind of form and its place.
    """
    author = reader_of(request)
    if author is None:
        return draft.keep_and_ask(request, form_class, *key, back_to=request.path)
    if request.method == "POST":
        form = form_class(request.POST)
        if form.is_valid():
            return redirect(act(author=author, **form.cleaned_data))
    else:
        form = form_class(initial={**first, **draft.take(request, *key)})
    return render(request, template, {"form": form, **context})


def fill_in_again(
    request: HttpRequest,
    form_class: type[forms.Form],
    written: Contribution,
    *,
    key: str,
    edit: Callable[..., Contribution],
) -> HttpResponse:
    """Show its author a form that holds what is *written*, and ``edit(written, **fields)``."""
    if request.user.is_authenticated and not may_edit(request.user, written):
        raise PermissionDenied
    return fill_in(
        request,
        form_class,
        f"{written._meta.app_label}/write.html",
        key=(key, written.pk),
        first=model_to_dict(written, form_class.base_fields),
        act=lambda author, token, **fields: edit(written, **fields),
        **{type(written).__name__.lower(): written},
    )


def ask_and_delete(
    request: HttpRequest, written: Contribution, *, told: str, then: Any
) -> HttpResponse:
    """Ask whether to delete what one wrote, and do it."""
    if not request.user.is_authenticated:
        return draft.ask_to_log_in(request, back_to=request.path)
    if not may_delete(request.user, written):
        raise PermissionDenied
    if request.method == "POST":
        delete(written)
        messages.success(request, told)
        return redirect(then)
    context = {type(written).__name__.lower(): written}
    return render(request, f"{written._meta.app_label}/delete.html", context)


def drop(request: HttpRequest, kind: type[Contribution], number: int, *, told: str) -> HttpResponse:
    """Delete what one wrote below another's text; a moderator takes anybody's down."""
    same = kind._default_manager.select_related(*kind.SHOWN_WITH)
    written = get_object_or_404(same, pk=number, removed_at=None)
    if not may_drop(request.user, written):
        raise PermissionDenied
    person = reader_of(request)
    if person is not None and written.author_id != person.pk:
        remove(written, moderator=person)
    else:
        delete(written)
    messages.success(request, told)
    return redirect(getattr(written, kind.BELOW))


@takes(PostForm)
@require_http_methods(FORM_METHODS)
@limited("posts", texts=("title", "body"))
def write_post(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Write a post on a board; where none is named, the first is proposed."""
    board = get_object_or_404(Board, slug=slug) if slug else Board.objects.first()
    if board is None:
        return render(request, "boards/no_board.html", status=404)
    page, key, act = "boards/write.html", ("post", slug), actions.write_post
    first = {"board": board.pk}
    return fill_in(request, PostForm, page, key=key, first=first, act=act, board=board)


@takes(PostForm)
@require_http_methods(FORM_METHODS)
@limited("edits")
@keep_typed_text
def edit_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Edit one's own post."""
    post = find(request, Post, post_id)
    return fill_in_again(request, PostForm, post, key="edit", edit=actions.edit_post)


@require_http_methods(FORM_METHODS)
@limited("changes")
def delete_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Ask whether to delete one's own post, and do it."""
    post, told = find(request, Post, post_id), _("글을 지웠습니다.")
    return ask_and_delete(request, post, told=told, then=post.board)


@takes(CommentForm)
@require_POST
@limited("comments", texts=("body",))
@keep_typed_text
def write_comment(request: HttpRequest, post_id: int) -> HttpResponse:
    """Write a comment below a post."""
    post = find(request, Post, post_id)
    author = reader_of(request)
    if author is None:
        back_to = f"{post.get_absolute_url()}#write-comment"
        return draft.keep_and_ask(request, CommentForm, "comment", post_id, back_to=back_to)
    if not may_comment(author, post):
        raise PermissionDenied
    form = CommentForm(request.POST)
    if not form.is_valid():
        return show_post(request, post, comment_form=form, status=422)
    comment = actions.write_comment(post, author=author, **form.cleaned_data)
    return redirect(comment)


@require_POST
@limited("changes")
def delete_comment(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Delete one's own comment; a moderator takes anybody's down."""
    return drop(request, Comment, comment_id, told=_("댓글을 지웠습니다."))
