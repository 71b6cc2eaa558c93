"""The boards app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class BoardsConfig(AppConfig):
    """Boards, posts and comments."""

    name = "madang.community.boards"
    verbose_name = _("게시판")

    def ready(self) -> None:
        """Say that posts are items, and posts and comments contributions."""
        from madang.community.accounts.models import account_closing
        from madang.community.boards.models import Comment, Post
        from madang.community.boards.shelf import find_posts
        from madang.community.boards.views import draft
        from madang.community.extension import contribution, item, lock

        item.offer(Post, find_posts)
        user_logged_in.connect(draft.keep_longer, dispatch_uid="draft")
        account_closing.connect(lock.hold_written, dispatch_uid="boards")
        contribution.offer(Post)
        contribution.offer(Comment)
