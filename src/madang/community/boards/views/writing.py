"""Writing, editing and deleting posts and comments."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madang.community.boards import actions
from madang.community.boards.forms import CommentForm, PostForm
from madang.community.boards.models import Board, Comment
from madang.community.boards.permission import may_comment, may_delete, may_delete_comment, may_edit
from madang.community.boards.views import draft
from madang.community.boards.views.failure import keep_typed_text
from madang.community.boards.views.reading import find_post, reader_of, show_post
from madang.community.site.body_limit import takes
from madang.community.throttling.limit import limited

FORM_METHODS = ["GET", "HEAD", "POST"]


@takes(PostForm)
@require_http_methods(FORM_METHODS)
@limited("posts", texts=("title", "body"))
def write_post(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Write a post on a board; where none is named, the first is proposed."""
    board = get_object_or_404(Board, slug=slug) if slug else Board.objects.first()
    if board is None:
        return render(request, "boards/no_board.html", status=404)
    author = reader_of(request)
    if author is None:
        return draft.keep_and_ask(request, PostForm, "post", slug, back_to=request.path)
    if request.method == "POST":
        form = PostForm(request.POST)
        if form.is_valid():
            return redirect(actions.write_post(author=author, **form.cleaned_data))
    else:
        form = PostForm(initial={"board": board.pk, **draft.take(request, "post", slug)})
    return render(request, "boards/write.html", {"form": form, "board": board})


@takes(PostForm)
@require_http_methods(FORM_METHODS)
@limited("edits")
@keep_typed_text
def edit_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Edit one's own post."""
    post = find_post(request, post_id)
    if not request.user.is_authenticated:
        return draft.keep_and_ask(request, PostForm, "edit", post_id, back_to=request.path)
    if not may_edit(request.user, post):
        raise PermissionDenied
    if request.method == "POST":
        form = PostForm(request.POST)
        if form.is_valid():
            fields = {name: form.cleaned_data[name] for name in ("board", "title", "body")}
            actions.edit_post(post, **fields)
            return redirect(post)
    else:
        form = PostForm.of(post, draft.take(request, "edit", post_id))
    return render(request, "boards/write.html", {"form": form, "board": post.board, "post": post})


@require_http_methods(FORM_METHODS)
@limited("changes")
def delete_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Ask whether to delete one's own post, and do it."""
    post = find_post(request, post_id)
    if not request.user.is_authenticated:
        return draft.ask_to_log_in(request, back_to=request.path)
    if not may_delete(request.user, post):
        raise PermissionDenied
    if request.method == "POST":
        actions.delete_post(post)
        messages.success(request, _("글을 지웠습니다."))
        return redirect(post.board)
    return render(request, "boards/delete.html", {"post": post})


@takes(CommentForm)
@require_POST
@limited("comments", texts=("body",))
@keep_typed_text
def write_comment(request: HttpRequest, post_id: int) -> HttpResponse:
    """Write a comment below a post."""
    post = find_post(request, post_id)
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
    comments = Comment.objects.select_related("post__board", "post__author")
    comment = get_object_or_404(comments, pk=comment_id, removed_at=None)
    if not may_delete_comment(request.user, comment):
        raise PermissionDenied
    author = reader_of(request)
    if author is not None and comment.author_id != author.pk:
        actions.remove_comment(comment, moderator=author)
    else:
        actions.delete_comment(comment)
    messages.success(request, _("댓글을 지웠습니다."))
    return redirect(comment.post)
