"""Vectors of listings become readings, in a filled database: nothing is lost, and back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

# Each act is a process of its own: the tests' database is up to date from the start.
BEFORE = """
import sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

executor = MigrationExecutor(connection)
leaves = [each for each in executor.loader.graph.leaf_nodes() if each[0] != "recommendations"]
TARGET = [*leaves, ("recommendations", "0001_initial")]
"""

FILL = """
executor.migrate(TARGET)
old = MigrationExecutor(connection).loader.project_state(TARGET).apps
author = old.get_model("accounts", "User").objects.create(username="은하")
board = old.get_model("boards", "Board").objects.create(slug="free", name="자유")
post = old.get_model("boards", "Post").objects.create(
    board=board, author_id=author.pk, title="빵", body="빵", label="ordinary"
)
Answer, Reading = old.get_model("analysis", "Answer"), old.get_model("analysis", "Reading")
Embedding = old.get_model("recommendations", "Embedding")
kinds = old.get_model("contenttypes", "ContentType").objects
of_posts, _ = kinds.get_or_create(app_label="boards", model="post")
of_listings, _ = kinds.get_or_create(app_label="market", model="listing")

def answer(number, kind="sentence"):
    return Answer.objects.create(
        kind=kind, text_sha256=f"{number:064}", model_version="1", vector=bytes([1, number % 50])
    )

Listing = old.get_model("market", "Listing")
listings = Listing.objects.bulk_create(
    Listing(author_id=author.pk, kind="gift", title=f"목도리 {number}", body="울", terms="free")
    for number in range(2500)
)
numbers = [each.pk for each in listings]
for number in numbers[:200]:
    fields = {"answer": answer(number), "num_failures": number % 3}
    Embedding.objects.create(item=f"listing:{number}", **fields)
Embedding.objects.bulk_create(
    Embedding(item=f"listing:{number}", num_failures=number % 7) for number in numbers[200:2400]
)
Embedding.objects.create(item="listing:999999999", answer=answer(1000))  # it is no more
Reading.objects.create(
    kind="sentence",
    content_type=of_posts,
    object_id=post.pk,
    text_sha256=f"{5000:064}",
    answer=answer(5000),
    is_waiting=False,
)
Reading.objects.create(kind="hate", content_type=of_listings, object_id=numbers[0])
"""

KILLED = """
import os
def kill(execute, sql, *rest):
    if sql.startswith("DROP TABLE"):
        os._exit(9)
    return execute(sql, *rest)

with connection.execute_wrapper(kill):
    call_command("migrate", verbosity=0, interactive=False)
"""

KEPT = """
old = MigrationExecutor(connection).loader.project_state(TARGET).apps
Embedding = old.get_model("recommendations", "Embedding")
Reading = old.get_model("analysis", "Reading")
assert ("recommendations", "0002_readings_of_listings") not in executor.loader.applied_migrations
assert (Embedding.objects.count(), Reading.objects.count()) == (2401, 2)
"""

MIGRATE = """
call_command("migrate", verbosity=0, interactive=False)
from django.utils import timezone
from madang.community.boards.models import Post
from madang.community.inference.models import Reading
from madang.community.inference.vectors import store
from madang.community.market.models import Listing

readings = Reading.objects.of_kind(Listing).filter(kind="sentence")
listings = list(Listing.objects.order_by("pk").values_list("pk", flat=True))
assert sorted(readings.values_list("object_id", flat=True)) == listings[:2400]
for each in readings.filter(object_id__in=listings[:200]).select_related("answer"):
    assert each.answer.text_sha256 == each.text_sha256 == f"{each.object_id:064}"
    assert not each.is_waiting and each.retry_at is None
    assert each.num_failures == each.object_id % 3
for each in readings.filter(object_id__in=listings[200:]):
    assert each.answer is None and each.is_waiting
    assert each.num_failures == each.object_id % 7
    assert (each.retry_at is None) == (each.num_failures == 6), "given up"
    assert each.retry_at is None or each.retry_at <= timezone.now()
assert Reading.objects.of_kind(Post).count() == 1
assert Reading.objects.of_kind(Listing).filter(kind="hate").count() == 1
call_command("makemigrations", "--check", "--dry-run", verbosity=0)
store.fill()
assert [len(store.get(kind)) for kind in ("post", "listing")] == [1, 200]
"""

BACK = """
call_command("migrate", "recommendations", "0001", verbosity=0, interactive=False)
old = MigrationExecutor(connection).loader.project_state(TARGET).apps
found = old.get_model("recommendations", "Embedding").objects.values_list(
    "item", "answer__text_sha256", "num_failures"
)
rows = {int(item.partition(":")[2]): rest for item, *rest in found}
listings = sorted(old.get_model("market", "Listing").objects.values_list("pk", flat=True))
assert rows == {
    number: [f"{number:064}", number % 3] if place < 200 else [None, number % 7]
    for place, number in enumerate(listings[:2400])
}
assert old.get_model("analysis", "Reading").objects.count() == 2
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, db: None) -> Iterator[str]:
    """The address of a database that nothing is in; "" is a file of the site's."""
    if request.param == "sqlite":
        yield ""
        return
    server: Any = request.getfixturevalue("postgresql")
    described = server.settings_dict
    with server._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE madang_vectors")
    user, host = quote(described["USER"]), quote(described["HOST"], safe="")
    yield f"postgresql://{user}@/madang_vectors?host={host}"
    with server._nodb_cursor() as cursor:
        cursor.execute("DROP DATABASE madang_vectors")


def test_vectors_of_listings_become_readings_and_back(empty_database: str, tmp_path: Path) -> None:
    def play(act: str) -> tuple[int, str]:
        environment = {
            **os.environ,
            "MADANG_HOME": str(tmp_path),
            "MADANG_DATABASE_URL": empty_database,
            "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
            "PYTHONIOENCODING": "utf-8",
        }
        command = [sys.executable, "-c", BEFORE + act]
        played = subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        return played.returncode, played.stderr

    assert play(FILL) == (0, "")
    assert play(KILLED) == (9, "")
    assert play(KEPT + MIGRATE + BACK) == (0, "")
