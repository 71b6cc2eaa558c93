"""A database of the first release, with people and posts in it, is brought up to date whole.

On its way it is used by the second, which knew readings, folded texts and opinions of posts and
comments alone.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

# Run in a process of its own: the tests' database is up to date from the start.
STORY = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.test.utils import setup_test_environment

FIRST = [("boards", "0002_title_index"), ("moderation", "0001_initial")]
MigrationExecutor(connection).migrate(FIRST)
old = MigrationExecutor(connection).loader.project_state(FIRST).apps
author = old.get_model("accounts", "User").objects.create(username="은하")
board = old.get_model("boards", "Board").objects.create(slug="free", name="자유")
Post, Case = old.get_model("boards", "Post"), old.get_model("moderation", "Case")
for number in range(3):
    post = Post.objects.create(
        board=board, author=author, title=f"백화점 {number}", body="빵", label="ordinary"
    )
    old.get_model("boards", "TitleIndex").objects.bulk_create(
        [old.get_model("boards", "TitleIndex")(post=post, grams=post.title)]
    )
    old.get_model("boards", "Comment").objects.create(post=post, author=author, body="댓글")
    Case.objects.create(post=post, text_sha256="0" * 64, source="model", label="ordinary")

SECOND = [
    ("boards", "0003_folding_and_tokens"),
    ("analysis", "0001_initial"),
    ("moderation", "0002_speech"),
    ("reviews", "0001_initial"),
    ("market", "0002_title_index"),
]
MigrationExecutor(connection).migrate(SECOND)
old = MigrationExecutor(connection).loader.project_state(SECOND).apps
post = old.get_model("boards", "Post").objects.order_by("pk").last()
comment = old.get_model("boards", "Comment").objects.get(post=post)
model = {"model_name": "hate", "model_version": "1"}
said = {**model, "label": "hate", "model_label": "hate", "text_sha256": "1" * 64}
Decision = old.get_model("moderation", "SpeechDecision")
for each in (None, comment):
    old.get_model("analysis", "Reading").objects.create(kind="hate", post=post, comment=each)
    decision = Decision.objects.create(
        post=post, comment=each, action="confirm", text="글", model_probability=1, **said
    )
    old.get_model("moderation", "Speech").objects.create(
        post=post, comment=each, decision=decision, probability=0.9, **said
    )
Decision.objects.create(action="clear", text="지운 글", model_probability=1, **said)
old.get_model("reviews", "Opinion").objects.create(post=post, label="positive", is_hidden=True)
Listing = old.get_model("market", "Listing")
Listing.objects.create(author_id=author.pk, kind="gift", title="목도리", body="울", terms="free")

call_command("migrate", verbosity=0, interactive=False)

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Comment, Post
from madang.community.inference.models import Reading
from madang.community.market.models import Listing
from madang.community.moderation.models import Case, Decision
from madang.community.reviews.models import Opinion
from madang.community.tags.actions import add_tags

assert list(Post.objects.order_by("pk").values_list("title", "body", "label")) == [
    (f"백화점 {number}", "빵", "ordinary") for number in range(3)
]
assert not Post.objects.filter(is_folded=True).exists()
assert (Comment.objects.count(), Case.objects.filter(kind="ads").count()) == (3, 3)
assert Board.objects.get().kind == "ordinary"
last = Post.objects.order_by("pk").last()
both = [last, last.comments.get()]
readings = Reading.objects.filter(kind="hate").order_by("pk")
assert [each.contribution for each in readings] == both
assert Reading.objects.filter(kind="ads", is_waiting=False).count() == 3
speeches = list(Case.objects.filter(kind="speech").order_by("pk"))
assert [each.contribution for each in speeches] == both
assert [each.decision.contribution for each in speeches] == both
assert Decision.objects.get(content_type=None).text == "지운 글"
opinion = Opinion.objects.get()
assert (opinion.contribution, opinion.label, opinion.is_hidden) == (last, "positive", True)
assert not Listing.objects.get().is_folded
assert Post.objects.with_title("화점").count() == 3
post, author = Post.objects.first(), User.objects.get()
actions.write_comment(post, author=author, body="새 댓글")
add_tags(post, ["첫눈"])
setup_test_environment()
for path in ("/", "/boards/free/", "/search/?q=백화점", "/tags/첫눈/", post.get_absolute_url()):
    assert Client().get(path).status_code == 200, path
call_command("makemigrations", "--check", "--dry-run", verbosity=0)
print("whole")
"""


def tell_story(home: Path, database: str) -> str:
    environment = {
        **os.environ,
        "MADANG_HOME": str(home),
        "MADANG_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
        "MADANG_SENTENCE_MODEL": "",
        "PYTHONIOENCODING": "utf-8",
    }
    told = subprocess.run(
        [sys.executable, "-c", STORY],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return told.stderr + told.stdout


def test_a_database_of_the_first_release_on_sqlite_is_brought_up_to_date(tmp_path: Path) -> None:
    assert tell_story(tmp_path, "").endswith("whole\n")


def test_a_database_of_the_first_release_on_postgresql_is_brought_up_to_date(
    tmp_path: Path, db: None, postgresql: Any
) -> None:
    described = postgresql.settings_dict
    with postgresql._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE madang_first_release")
    user, host = quote(described["USER"]), quote(described["HOST"], safe="")
    url = f"postgresql://{user}@/madang_first_release?host={host}"
    try:
        assert tell_story(tmp_path, url).endswith("whole\n")
    finally:
        with postgresql._nodb_cursor() as cursor:
            cursor.execute("DROP DATABASE madang_first_release")
