"""The boards app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardsConfig(AppConfig):
    """Boards, posts and comments."""

    name = "madang.community.boards"
    label = "boards"
    verbose_name = _("게시판")

    def ready(self) -> None:
        """Say that posts are items."""
        from madang.community.boards import item
        from madang.community.boards.shelf import KIND, PostShelf

        item.offer(KIND, PostShelf())
