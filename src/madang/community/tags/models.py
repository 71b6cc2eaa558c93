"""Tags, and which posts bear them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.community.boards.models import Post
from madang.community.site.address import address_of
from madang.community.tags.name import MAX_NAME


class Tag(models.Model):
    """A name that posts bear; two spellings with the same key are one tag."""

    key = models.CharField(max_length=MAX_NAME, unique=True)
    name = models.CharField(_("이름"), max_length=MAX_NAME)
    posts: "models.ManyToManyField[Post, Tagging]" = models.ManyToManyField(
        Post, through="Tagging", related_name="tags"
    )

    class Meta:
        verbose_name = _("태그")
        verbose_name_plural = _("태그")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the list of its posts."""
        return address_of("tags:tag", self.key)


class Tagging(models.Model):
    """That a post bears a tag, in the order in which its author set them."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="taggings", db_index=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="taggings", db_index=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["post", "tag"], name="tagging_once"),
        ]
        indexes = [models.Index(fields=["tag", "-post"], name="tagging_list")]

    def __str__(self) -> str:
        return f"{self.post_id} #{self.tag_id}"
