"""The related app: it draws into the boards' pages."""

from django.apps import AppConfig


class RelatedConfig(AppConfig):
    """Have posts embedded, and show what is near."""

    name = "madang.community.related"
    label = "related"

    def ready(self) -> None:
        """Ask for embeddings and fill the slots."""
        from madang.community import inference
        from madang.community.analysis import subject
        from madang.community.boards import slot
        from madang.community.boards.models import Post
        from madang.community.related import panel

        subject.add(inference.SENTENCE, Post)
        slot.fill("post_after", panel.render_related)
        slot.fill("search_ways", panel.render_ways)
