"""The market app: it keeps items and draws its entry into the site's navigation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketConfig(AppConfig):
    """Listings, reviews with stars, purchases."""

    name = "madang.community.market"
    verbose_name = _("장터")

    def ready(self) -> None:
        """Offer the listings as items, have what is written read, and fill the slot.

        A listing advertises by nature, so no model is asked whether it does.
        """
        from django.db.models import Q

        from madang.community.extension import contribution, item, slot
        from madang.community.inference import prediction, subject
        from madang.community.market.models import Listing, Review
        from madang.community.market.shelf import find_listings

        item.offer(Listing, find_listings)
        contribution.offer(Listing)
        contribution.offer(Review)
        has_words = ~Q(body="")
        subject.add(prediction.SENTENCE, Listing)
        for kind in (prediction.SPAM, prediction.HATE):
            subject.add(kind, Listing)
            subject.add(kind, Review, has_words)
        subject.add(prediction.SENTIMENT, Review, has_words)
        slot.fill("navigation", "market/navigation.html")
