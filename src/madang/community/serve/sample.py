"""Sample content: a first look at the site, loaded once into an empty database."""

import secrets
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from madang.community.accounts.actions import appoint_moderator
from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Comment, Post
from madang.community.extension.item import name_of
from madang.community.market import actions as market
from madang.community.market.models import Listing, Review
from madang.community.recommendations import actions as recommendations
from madang.community.recommendations.models import Consent, Interaction

CONTENT = Path(__file__).with_name("sample.toml")


def is_empty() -> bool:
    """Say whether nobody and nothing is in the database yet."""
    return not (User.objects.exists() or Board.objects.exists())


@transaction.atomic
def load() -> dict[str, str]:
    """Load the sample content and return the passwords of the two persons who can log in."""
    content = tomllib.loads(CONTENT.read_text(encoding="utf-8"))
    passwords = {
        content[role]: f"madang-{secrets.token_hex(4)}" for role in ("moderator", "author")
    }
    people = {
        name: User.objects.create_user(name, password=passwords.get(name))
        for name in [*passwords, *content["people"]]
    }
    appoint_moderator(people[content["moderator"]])
    boards = {
        row["slug"]: Board.objects.create(position=position, **row)
        for position, row in enumerate(content["boards"])
    }
    for row in sorted(content["posts"], key=lambda row: -float(row["hours"])):
        _write(row, people=people, board=boards[row["board"]])
    for row in sorted(content["listings"], key=lambda row: -float(row["hours"])):
        _offer(row, people=people)
    for row in content["histories"]:
        _read(people[row["person"]], row["opened"])
    return passwords


def _write(row: dict[str, Any], *, people: dict[str, User], board: Board) -> None:
    post = actions.write_post(
        board=board,
        author=people[row["author"]],
        title=row["title"],
        body=row["body"].strip(),
    )
    written_at = timezone.now() - timedelta(hours=row["hours"])
    Post.objects.filter(pk=post.pk).update(created_at=written_at)
    pause = timedelta(hours=row["hours"]) / (len(row["comments"]) + 1)
    for number, (name, body) in enumerate(row["comments"], start=1):
        comment = actions.write_comment(post, author=people[name], body=body)
        Comment.objects.filter(pk=comment.pk).update(
            created_at=written_at + number * min(pause, timedelta(minutes=37))
        )


def _offer(row: dict[str, Any], *, people: dict[str, User]) -> None:
    listing = market.write_listing(
        author=people[row["author"]],
        body=row["body"].strip(),
        **{name: row.get(name) for name in ("kind", "title", "terms", "price")},
    )
    written_at = timezone.now() - timedelta(hours=row["hours"])
    is_open = row.get("is_open", True)
    Listing.objects.filter(pk=listing.pk).update(created_at=written_at, is_open=is_open)
    for name in row.get("taken", []):
        market.set_taken(listing, person=people[name], is_taken=True)
    pause = timedelta(hours=row["hours"]) / (len(row["reviews"]) + 1)
    for number, (name, stars, body) in enumerate(row["reviews"], start=1):
        review = market.write_review(listing, author=people[name], stars=stars, body=body)
        Review.objects.filter(pk=review.pk).update(created_at=written_at + number * pause)


def _read(person: User, titles: list[str]) -> None:
    """Let a person agree to be recommended something, and have opened these, the last just now."""
    recommendations.answer(person, Consent.Choice.AGREED)
    for number, title in enumerate(titles):
        post = Post.objects.filter(title=title).first()
        name = name_of("post", post.pk) if post else _listing_name(title)
        recommendations.keep(person, name, Interaction.Action.VIEW)
        at = timezone.now() - timedelta(minutes=7 * (len(titles) - number))
        Interaction.objects.filter(person=person, item=name).update(at=at)


def _listing_name(title: str) -> str:
    return name_of("listing", Listing.objects.get(title=title).pk)
