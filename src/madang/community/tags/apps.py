"""The tags app: it draws into the boards' pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TagsConfig(AppConfig):
    """Have the entities of posts found, and show tags."""

    name = "madang.community.tags"
    verbose_name = _("태그")

    def ready(self) -> None:
        """Ask for entities and fill the slots."""
        from madang.community.boards.models import Post
        from madang.community.extension import slot
        from madang.community.inference import prediction, subject
        from madang.community.tags import panel

        subject.add(prediction.ENTITIES, Post)
        slot.fill("post_foot", panel.render_tags)
        slot.fill("search_ways", panel.render_found)
