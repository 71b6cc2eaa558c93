"""The boards app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardsConfig(AppConfig):
    """Boards, posts and comments."""

    name = "madang.community.boards"
    label = "boards"
    verbose_name = _("게시판")

    def ready(self) -> None:
        """Say that posts are items, and that posts and comments are contributions."""
        from madang.community.accounts.signals import account_closing
        from madang.community.boards import actions, contribution, item, lock
        from madang.community.boards.models import Comment, Post
        from madang.community.boards.shelf import KIND, PostShelf

        item.offer(KIND, PostShelf())
        account_closing.connect(lock.hold_written, dispatch_uid="boards")
        contribution.offer(Post, remove=actions.remove_post, restore=actions.restore_post)
        contribution.offer(Comment, remove=actions.remove_comment, restore=actions.restore_comment)
