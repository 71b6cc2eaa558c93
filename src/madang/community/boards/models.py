"""Boards, posts, comments, and the index of titles."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madang.community.accounts.models import User
from madang.community.extension.contribution import Contribution, Titled, TitledQuerySet
from madang.community.extension.search import GramsField
from madang.community.site.address import address_of

BEGINNING = 140  # characters of a post that its line in a list shows


class Board(models.Model):
    """A place with a theme; posts stand on exactly one."""

    class Kind(models.TextChoices):
        """What is written here: on a review board other apps may show how a text judges."""

        ORDINARY = "ordinary", _("이야기")
        REVIEW = "review", _("후기")

    slug = models.SlugField(_("주소"), unique=True)
    name = models.CharField(_("이름"), max_length=40, unique=True)
    description = models.CharField(_("소개"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("순서"), default=0)
    kind = models.CharField(_("종류"), max_length=10, choices=Kind.choices, default=Kind.ORDINARY)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("게시판")
        verbose_name_plural = _("게시판")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the board's list."""
        return address_of("boards:board", self.slug)

    @property
    def holds_reviews(self) -> bool:
        """Say whether the operator made this a board of reviews."""
        return self.kind == Board.Kind.REVIEW


class PostQuerySet(TitledQuerySet["Post"]):
    """Questions asked of posts."""

    def visible_to(self, reader: User | None) -> Self:
        """Leave out also the advertisements of others where *reader* wishes it."""
        posts = self.visible()
        if reader and reader.is_authenticated and reader.hides_advertisements:
            posts = posts.exclude(~models.Q(author=reader), label=Post.Label.AD)
        return posts

    def for_list(self) -> Self:
        """Fetch what a line of a list shows: not the whole body, but its beginning."""
        comments = (
            Comment.objects.filter(post=models.OuterRef("pk"), removed_at=None)
            .order_by()
            .values("post")
            .annotate(number=models.Count("pk"))
            .values("number")
        )
        return (
            self.select_related("author", "board")
            .only(
                *("title", "label", "is_folded", "created_at", "removed_at"),
                *("author__username", "board__name", "board__slug"),
            )
            .annotate(
                beginning=models.functions.Substr("body", 1, BEGINNING),
                num_comments=Coalesce(models.Subquery(comments), 0),
            )
        )


class Post(Titled):
    """A text somebody wrote on a board."""

    NAME = pgettext_lazy("contribution", "글")
    SHOWN_WITH = ("author", "board")

    class Label(models.TextChoices):
        """What the site thinks the post is; boards only shows it."""

        NONE = "", _("없음")
        PENDING = "pending", _("판단 중")
        AD = "ad", _("광고")
        ORDINARY = "ordinary", _("일반")

    board = models.ForeignKey(Board, models.PROTECT, related_name="posts", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="posts", db_index=False
    )
    body = models.TextField(_("본문"))
    label = models.CharField(max_length=10, choices=Label.choices, default=Label.NONE, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["board", "-id"], name="post_board"),
            models.Index(fields=["author", "-id"], name="post_author"),
            models.Index(fields=["label", "-id"], name="post_label"),
        ]
        constraints = [models.UniqueConstraint(fields=["author", "token"], name="post_once")]
        verbose_name = _("글")
        verbose_name_plural = _("글")

    def get_absolute_url(self) -> str:
        """Return the address of the post's page."""
        return address_of("boards:post", self.pk)

    @property
    def is_ad(self) -> bool:
        """Say whether the post bears the label 광고."""
        return self.label == Post.Label.AD

    @property
    def place(self) -> str:
        """Return the name of its board."""
        return self.board.name


class Comment(Contribution):
    """An answer below a post."""

    NAME = pgettext_lazy("contribution", "댓글")
    BELOW = "post"
    IS_UP = models.Q(removed_at=None, post__removed_at=None)
    SHOWN_WITH = ("author", "post__board")

    post = models.ForeignKey(Post, models.CASCADE, related_name="comments", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="comments", db_index=False
    )
    body = models.TextField(_("댓글"))
    token = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["post", "id"], name="comment_post"),
            models.Index(fields=["author", "-id"], name="comment_author"),
        ]
        constraints = [models.UniqueConstraint(fields=["author", "token"], name="comment_once")]
        verbose_name = _("댓글")
        verbose_name_plural = _("댓글")

    def __str__(self) -> str:
        return self.body[:40]

    def get_absolute_url(self) -> str:
        """Return the address that leads to the comment on its post's page."""
        return address_of("boards:comment", self.pk)


class ListedPost(Post):
    """A post with what ``for_list`` adds; for the type checker, no table of its own."""

    beginning: str
    num_comments: int

    class Meta:
        proxy = True


class TitleIndex(models.Model):
    """The searchable form of a post's title: an FTS5 table on SQLite, a tsvector on PostgreSQL."""

    post = models.OneToOneField(
        Post,
        models.CASCADE,
        primary_key=True,
        db_column="rowid",
        db_constraint=False,
        related_name="title_index",
    )
    grams = GramsField()

    class Meta:
        managed = False
        db_table = "boards_title_index"
