"""The related app: it draws into the boards' pages."""

from django.apps import AppConfig


class RelatedConfig(AppConfig):
    """Have posts embedded, and show what is near."""

    name = "madang.community.related"
    label = "related"

    def ready(self) -> None:
        """Ask for embeddings and fill the slots."""
        from madang.community.boards.models import Post
        from madang.community.extension import slot
        from madang.community.inference import prediction, subject
        from madang.community.related import panel

        subject.add(prediction.SENTENCE, Post)
        slot.fill("post_after", panel.render_related)
        slot.fill("search_ways", panel.render_ways)
