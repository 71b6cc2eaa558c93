"""What two people act on: a post with a comment, or a listing with a review, and all about it.

One is made by the site's own actions; the others are copies of it, of which each round takes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Model

from madang.community.accounts.actions import appoint_moderator
from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Comment, Post, TitleIndex
from madang.community.extension.contribution import Contribution
from madang.community.inference.models import Reading
from madang.community.market import actions as market
from madang.community.market.models import Listing, ListingTitle, Purchase, Review
from madang.community.moderation.models import Appeal, Case, Decision
from madang.community.recommendations.models import Consent, Interaction
from madang.community.reviews.models import Opinion
from madang.community.tags.actions import add_tags
from madang.community.tags.models import Tagging

TITLE = "서울에서 산 빵 특가 안내"
BODY = "김연아도 좋다고 한 빵을 오늘 하루만 싸게 드립니다. 안 살 거면 꺼져."
INSULT = "별로다, 꺼져"
ABOUT = (Reading, Case, Appeal, Opinion)
ADS, SPEECH = Case.objects.filter(kind="ads"), Case.objects.filter(kind="speech")


@dataclass(frozen=True)
class Scene:
    """A contribution, what stands below it, who wrote both, and the keys of their sessions."""

    above: int
    below: int
    author: int
    guest: int
    sessions: dict[str, str]

    def sign_in(self, person: str) -> str:
        """Return the key of the session of who acts; whoever acts first begins it."""
        if person not in self.sessions:
            number = self.author if person == "author" else self.guest
            self.sessions[person] = _sign_in(User(pk=number, password="!"))
        return self.sessions[person]

    def about(self, kind: Any, of: type[Contribution]) -> Any:
        """Return what is kept about the upper or the lower one: of a model, or of some rows."""
        number = self.above if of in (Post, Listing) else self.below
        rows = kind.objects if isinstance(kind, type) else kind  # type: ignore[attr-defined]
        return rows.of_kind(of).filter(object_id=number)


class Stage:
    """Makes scenes, and says how one stands."""

    def __init__(self) -> None:
        self.board, _ = Board.objects.get_or_create(
            slug="review", defaults={"name": "후기", "kind": Board.Kind.REVIEW}
        )
        self.moderator = _person("지기")
        appoint_moderator(self.moderator)
        self.operator = _person("주인", is_staff=True, is_superuser=True)
        self.author, self.guest = _person("은하"), _person("나그네")
        self.staff = {"moderator": _sign_in(self.moderator), "operator": _sign_in(self.operator)}
        self._ready: dict[type[Contribution], list[Scene]] = {Post: [], Listing: []}
        self._number = 0

    def take(self, kind: type[Contribution]) -> Scene:
        """Return a scene that nobody has touched."""
        if not self._ready[kind]:
            self._ready[kind] = self._copy(kind, number=60)
        return self._ready[kind].pop()

    def _copy(self, kind: type[Contribution], *, number: int) -> list[Scene]:
        people = self._people(2 * number)
        authors, guests = people[:number], people[number:]
        template = self._post() if kind is Post else self._listing()
        below = template.comments.get() if kind is Post else template.reviews.get()
        above_copies = kind.objects.bulk_create(  # type: ignore[attr-defined]
            _clone(template, author=each) for each in authors
        )
        name = "post" if kind is Post else "listing"
        below_copies = type(below).objects.bulk_create(  # type: ignore[attr-defined]
            _clone(below, author=guest, **{name: each})
            for guest, each in zip(guests, above_copies, strict=True)
        )
        for about in ABOUT:
            for one, copies in ((template, above_copies), (below, below_copies)):
                rows = list(about.objects.of(one))  # type: ignore[attr-defined]
                about.objects.bulk_create(  # type: ignore[attr-defined]
                    _clone(row, object_id=each.pk) for each in copies for row in rows
                )
        if kind is Post:
            self._copy_of_post(template, above_copies)
        else:
            ListingTitle.objects.bulk_create(
                ListingTitle(listing=each, grams=each.title) for each in above_copies
            )
        template.delete()
        return [
            Scene(
                above=above.pk,
                below=below.pk,
                author=author.pk,
                guest=guest.pk,
                sessions=dict(self.staff),
            )
            for above, below, author, guest in zip(
                above_copies, below_copies, authors, guests, strict=True
            )
        ]

    def _copy_of_post(self, template: Post, copies: list[Post]) -> None:
        TitleIndex.objects.bulk_create(TitleIndex(post=each, grams=each.title) for each in copies)
        taggings = list(Tagging.objects.filter(post=template))
        Tagging.objects.bulk_create(_clone(row, post=each) for each in copies for row in taggings)

    def _people(self, number: int) -> list[User]:
        start, self._number = self._number, self._number + number
        people = User.objects.bulk_create(
            User(username=f"사람 {each}", password="!") for each in range(start, start + number)
        )
        Consent.objects.bulk_create(Consent(person=each, choice="agreed") for each in people)
        return people

    def _post(self) -> Post:
        post = boards.write_post(board=self.board, author=self.author, title=TITLE, body=BODY)
        boards.write_comment(post, author=self.guest, body=INSULT)
        add_tags(post, ["서울"])
        return Post.objects.get(pk=post.pk)

    def _listing(self) -> Listing:
        fields = {"kind": "gift", "title": TITLE, "body": BODY, "terms": "free", "price": None}
        listing = market.write_listing(author=self.author, **fields)
        market.write_review(listing, author=self.guest, stars=1, body=INSULT)
        return Listing.objects.get(pk=listing.pk)


def state_of(scene: Scene, kind: type[Contribution]) -> dict[str, Any]:
    """Return all that is kept of a scene, without the numbers and moments of its round."""
    below: type[Contribution] = Comment if kind is Post else Review
    is_of = {"post": scene.above} if kind is Post else {"listing": scene.above}
    found: dict[str, Any] = {
        "above": _rows(kind.objects.filter(pk=scene.above), scene),  # type: ignore[attr-defined]
        "below": _rows(below.objects.filter(**is_of), scene),  # type: ignore[attr-defined]
        "people": User.objects.filter(pk__in=(scene.author, scene.guest)).count(),
    }
    for about in ABOUT:
        for of in (kind, below):
            found[f"{about.__name__} of {of.__name__}"] = _rows(scene.about(about, of), scene)
    if kind is Post:
        found["index"] = TitleIndex.objects.filter(pk=scene.above).count()
        found["tags"] = sorted(
            Tagging.objects.filter(post=scene.above).values_list("tag__key", flat=True)
        )
    else:
        found["index"] = ListingTitle.objects.filter(pk=scene.above).count()
        found["purchases"] = Purchase.objects.filter(listing=scene.above).count()
        taken = Interaction.objects.filter(item=f"listing:{scene.above}", action="take")
        found["taken"] = taken.count()
    return found


LEFT_OUT = {
    *("id", "object_id", "content_type_id", "created_at", "updated_at", "token", "retry_at"),
    *("post_id", "listing_id", "answer_id"),
}
WHETHER = {"removed_at", "edited_at", "decision_id", "appeal_id", "removed_by_id"}


def _rows(found: Iterable[Model], scene: Scene) -> list[Any]:
    return sorted((_plain(row) for row in found), key=repr)


def _plain(row: Model) -> dict[str, Any]:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    plain = {name: value for name, value in values.items() if name not in LEFT_OUT}
    for name in WHETHER & plain.keys():
        plain[name] = plain[name] is not None
    plain.pop("author_id", None)
    if plain.pop("board_id", None):  # its number differs from one database to the other
        plain["board"] = row.board.slug  # type: ignore[attr-defined]
    if "answer_id" in values:
        plain["answer_id"] = values["answer_id"] is not None
    return plain


def flaws() -> list[str]:
    """Name what in the whole database can not be: nothing speaks of what is no more."""
    found = []
    posts, listings = Post.objects.values("pk"), Listing.objects.values("pk")
    counts = {
        "titles without a post": TitleIndex.objects.exclude(pk__in=posts).count(),
        "titles of posts that are down": TitleIndex.objects.filter(
            post__removed_at__isnull=False
        ).count(),
        "posts that are up without a title": Post.objects.filter(removed_at=None)
        .exclude(pk__in=TitleIndex.objects.values("pk"))
        .count(),
        "titles without a listing": ListingTitle.objects.exclude(pk__in=listings).count(),
        "titles of listings that are down": ListingTitle.objects.filter(
            listing__removed_at__isnull=False
        ).count(),
        "listings that are up without a title": Listing.objects.filter(removed_at=None)
        .exclude(pk__in=ListingTitle.objects.values("pk"))
        .count(),
        "posts without a case": Post.objects.exclude(pk__in=ADS.values("object_id")).count(),
    }
    found += [f"{number} {name}" for name, number in counts.items() if number]
    for case in ADS.prefetch_related("contribution"):
        if case.contribution.label != (case.label or "pending"):
            found.append(f"the label of {case}: {case.contribution.label}, {case.label}")
    found += _flaws_about()
    return found


def _flaws_about() -> list[str]:
    found = []
    for about in ABOUT:
        for kind in (Post, Comment, Listing, Review):
            rows = about.objects.of_kind(kind)  # type: ignore[attr-defined]
            is_there = kind.objects.values("pk")  # type: ignore[attr-defined]
            if number := rows.exclude(object_id__in=is_there).count():  # type: ignore[misc]
                found.append(f"{number} {about.__name__} without a {kind.__name__}")
    for kind in (Post, Comment, Listing, Review):
        speeches = SPEECH.of_kind(kind)
        is_folding = speeches.exclude(label="none").values("object_id")
        folded = kind.objects.filter(is_folded=True)  # type: ignore[attr-defined]
        plain = kind.objects.filter(is_folded=False)  # type: ignore[attr-defined]
        if number := folded.exclude(pk__in=is_folding).count():
            found.append(f"{number} folded {kind.__name__} that nothing folds")
        if number := plain.filter(pk__in=is_folding).count():
            found.append(f"{number} {kind.__name__} not folded though something folds")
    return found


def decisions_on(scene: Scene, kind: type[Contribution]) -> int:
    """Return how many decisions there are on a scene."""
    below = Comment if kind is Post else Review
    numbers = ((kind, scene.above), (below, scene.below))
    kinds = [(ContentType.objects.get_for_model(of), number) for of, number in numbers]
    counts = [
        Decision.objects.filter(content_type=of, object_id=number).count() for of, number in kinds
    ]
    return sum(counts)


def _clone(row: Model, **changes: Any) -> Any:
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    copy = type(row)(**values)
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def _person(name: str, **fields: Any) -> User:
    user, _ = User.objects.get_or_create(username=name, defaults={"password": "!", **fields})
    return user


def _sign_in(person: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)
