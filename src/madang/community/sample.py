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
