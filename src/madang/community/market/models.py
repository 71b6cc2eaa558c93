"""Listings, reviews with stars, purchases, and the index of titles."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from madang.community.extension.contribution import Contribution, Titled, TitledQuerySet
from madang.community.extension.search import GramsField
from madang.community.site.address import address_of

MAX_STARS = 5
BEGINNING = 120  # characters of a listing that its line in a list shows


class ListingQuerySet(TitledQuerySet["Listing"]):
    """Questions asked of listings."""

    def for_list(self) -> Self:
        """Fetch what a line of a list shows, with the mean and the number of its stars."""
        reviews = Review.objects.filter(listing=models.OuterRef("pk"), removed_at=None)
        per_listing = reviews.order_by().values("listing")
        return (
            self.select_related("author")
            .defer("body", "token", "edited_at", "removed_by")
            .annotate(
                beginning=models.functions.Substr("body", 1, BEGINNING),
                stars=models.Subquery(
                    per_listing.annotate(mean=models.Avg("stars")).values("mean"),
                    output_field=models.FloatField(),
                ),
                num_reviews=Coalesce(
                    models.Subquery(
                        per_listing.annotate(number=models.Count("pk")).values("number")
                    ),
                    0,
                ),
            )
        )


class Listing(Titled):
    """A thing or a skill that somebody offers."""

    NAME = pgettext_lazy("contribution", "장터 글")

    class Kind(models.TextChoices):
        """What is offered."""

        GIFT = "gift", _("선물")
        TALENT = "talent", _("재능")

    class Terms(models.TextChoices):
        """What for."""

        SALE = "sale", _("판매")
        FREE = "free", _("나눔")
        EXCHANGE = "exchange", _("교환")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="listings", db_index=False
    )
    kind = models.CharField(_("종류"), max_length=10, choices=Kind.choices)
    body = models.TextField(_("설명"))
    terms = models.CharField(_("조건"), max_length=10, choices=Terms.choices)
    # in won
    price = models.PositiveIntegerField(_("값"), null=True, blank=True)
    is_open = models.BooleanField(default=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["is_open", "-id"], name="listing_open"),
            models.Index(fields=["is_open", "kind", "-id"], name="listing_kind"),
            models.Index(fields=["author", "-id"], name="listing_author"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["author", "token"], name="listing_once"),
            models.CheckConstraint(
                condition=models.Q(terms="sale", price__isnull=False)
                | (~models.Q(terms="sale") & models.Q(price=None)),
                name="listing_price_of_a_sale",
            ),
        ]
        verbose_name = _("내놓은 것")
        verbose_name_plural = _("내놓은 것")

    def get_absolute_url(self) -> str:
        """Return the address of the listing's page."""
        return address_of("market:listing", self.pk)

    @property
    def cost(self) -> str:
        """Say what it costs: a price, or that it is given away or exchanged."""
        if self.price is not None:
            return gettext("%(price)s원") % {"price": f"{self.price:,}"}
        return str(self.get_terms_display())

    @property
    def place(self) -> str:
        """Return the name of its kind."""
        return str(self.get_kind_display())


class Review(Contribution):
    """What somebody thinks of a listing, in stars and words: one a person, never the author."""

    NAME = pgettext_lazy("contribution", "장터 후기")
    BELOW = "listing"
    IS_UP = models.Q(removed_at=None, listing__removed_at=None)
    SHOWN_WITH = ("author", "listing")

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="reviews", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="listing_reviews", db_index=False
    )
    stars = models.PositiveSmallIntegerField(_("별점"))
    body = models.TextField(_("후기"), blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["author", "-id"], name="review_author")]
        constraints = [
            models.UniqueConstraint(fields=["listing", "author"], name="review_once"),
            models.CheckConstraint(
                condition=models.Q(stars__gte=1, stars__lte=MAX_STARS), name="review_stars"
            ),
        ]
        verbose_name = _("후기")
        verbose_name_plural = _("후기")

    def __str__(self) -> str:
        return self.body[:40] or f"{self.stars}/{MAX_STARS}"

    def get_absolute_url(self) -> str:
        """Return the address that leads to it on its listing's page."""
        return f"{address_of('market:listing', self.listing_id)}#review-{self.pk}"


class Purchase(models.Model):
    """That somebody says they bought or got what a listing offers."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="purchases", db_index=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="purchases", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "person"], name="purchase_once"),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="purchase_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.listing_id}"


class ListingTitle(models.Model):
    """The searchable form of a listing's title, as that of a post (``boards.TitleIndex``)."""

    listing = models.OneToOneField(
        Listing,
        models.CASCADE,
        primary_key=True,
        db_column="rowid",
        db_constraint=False,
        related_name="title_index",
    )
    grams = GramsField()

    class Meta:
        managed = False
        db_table = "market_title_index"
