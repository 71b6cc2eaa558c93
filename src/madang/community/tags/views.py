"""The list of a tag's posts, and setting tags."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madang.community.boards.models import Post
from madang.community.boards.page import turn_to
from madang.community.boards.permission import may_edit
from madang.community.boards.views.reading import find, reader_of
from madang.community.tags import actions, panel
from madang.community.tags.models import Tag
from madang.community.tags.name import MAX_TAGS, split_names
from madang.community.throttling.limit import limited

MAX_TYPED = 400


@require_safe
def tag(request: HttpRequest, key: str) -> HttpResponse:
    """Show the posts that bear a tag."""
    tag = get_object_or_404(Tag, key=key)
    posts = Post.objects.visible_to(reader_of(request)).filter(taggings__tag=tag).for_list()
    page = turn_to(posts, request.GET)
    return render(request, "tags/tag.html", {"tag": tag, "page": page})


@require_POST
@limited("tags")
@login_required
def add(request: HttpRequest, post_id: int) -> HttpResponse:
    """Set a suggested tag, or some that were typed."""
    post = find(request, Post, post_id)
    if not may_edit(request.user, post):
        raise PermissionDenied
    names = split_names(request.POST.get("name", "")[:MAX_TYPED])
    if not names:
        text = _("태그로 쓸 수 있는 이름이 없습니다. 글자나 숫자가 든 이름을 써 주세요.")
        messages.warning(request, text)
    if actions.add_tags(post, names):
        text = _("태그는 한 글에 %(number)d개까지 답니다. 하나를 떼고 다시 달아 주세요.")
        messages.warning(request, text % {"number": MAX_TAGS})
    return _answer(request, post)


@require_POST
@limited("tags")
@login_required
def drop(request: HttpRequest, post_id: int) -> HttpResponse:
    """Take a tag off."""
    post = find(request, Post, post_id)
    if not panel.may_untag(request.user, post):
        raise PermissionDenied
    actions.drop_tag(post, request.POST.get("key", ""))
    return _answer(request, post)


def _answer(request: HttpRequest, post: Post) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(panel.render_tags(request, post=post))
    return redirect(f"{post.get_absolute_url()}#tags")
