"""The brevity app: it draws into the boards' pages."""

from django.apps import AppConfig


class BrevityConfig(AppConfig):
    """Show which posts are short."""

    name = "madang.community.brevity"
    label = "brevity"

    def ready(self) -> None:
        """Fill the slot beside a post's title."""
        from madang.community.brevity import panel
        from madang.community.extension import slot

        slot.fill("post_label", panel.render_label)
