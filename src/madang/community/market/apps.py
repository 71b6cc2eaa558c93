"""The market app: it keeps items and draws its entry into the site's navigation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketConfig(AppConfig):
    """Listings, reviews with stars, purchases."""

    name = "madang.community.market"
    label = "market"
    verbose_name = _("장터")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer the listings as items and fill the slot."""
        from django.db.models.signals import post_delete

        from madang.community.boards import item, slot
        from madang.community.market import panel
        from madang.community.market.models import Listing
        from madang.community.market.shelf import KIND, ListingShelf, tell_deleted

        item.offer(KIND, ListingShelf())
        post_delete.connect(tell_deleted, sender=Listing, dispatch_uid="market")
        slot.fill("navigation", panel.render_navigation)
