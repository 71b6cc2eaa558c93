"""The recommendations app: it listens to those who keep items and draws into their pages."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Keep interactions after consent, and recommend."""

    name = "madang.community.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen and fill the slots."""
        from madang.community.accounts.models import account_closing
        from madang.community.extension import signals, slot
        from madang.community.processes import sweep
        from madang.community.recommendations import panel, receivers, tasks

        account_closing.connect(receivers.hold_consent, dispatch_uid="recommendations")
        signals.item_opened.connect(receivers.keep_view, dispatch_uid="recommendations")
        signals.item_taken.connect(receivers.keep_taking, dispatch_uid="recommendations")
        slot.fill("front", panel.render_front)
        slot.fill("market_front", panel.render_market)
        slot.fill("post_after", panel.render_after)
        slot.fill("listing_after", panel.render_after)
        slot.fill("settings", panel.render_settings)
        sweep.add(tasks.prepare, None)  # a page that misses a list orders it anew
