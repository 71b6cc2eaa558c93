"""A database that is locked, full, read-only or gone: who reads still reads, who writes is told.

The errors are the databases' own: a lock that another connection holds, a limit on the pages of the
file, a session that may only read, a server that does not answer.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.db import InternalError, OperationalError, connection, connections, transaction
from django.db.utils import load_backend
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post
from madang.community.market.models import Listing
from madang.community.site.database_error import Meaning, is_passing, meaning_of

from .scene import Scene, Stage

PASSWORD = "마당에서-만나요-7"
#: Longer than a page of the file, so that it does not fit into what is left of one.
TEXT = "어제 산 빵이 아직 부드럽다." * 62
TABLES = (
    *("boards_post", "boards_comment", "market_listing", "market_review"),
    *("django_session", "accounts_user", "axes_accessattempt"),
)


@contextmanager
def told(connection: Any, *sentences: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        for sentence in sentences:
            cursor.execute(sentence)
    yield


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Another process holds what a writer needs, for longer than anybody waits."""
    other = load_backend(connection.settings_dict["ENGINE"]).DatabaseWrapper(
        dict(connection.settings_dict), alias="default"
    )
    lock = f"LOCK {', '.join(TABLES)} IN SHARE MODE"
    begin = ["BEGIN IMMEDIATE"] if name == "sqlite" else ["BEGIN", lock]
    mine, after = ("PRAGMA busy_timeout = 50", "PRAGMA busy_timeout = 20000")
    if name == "postgresql":
        mine, after = "SET lock_timeout = '50ms'", "RESET lock_timeout"
    with told(other, *begin), told(connection, mine):
        try:
            yield
        finally:
            with told(other, "ROLLBACK"), told(connection, after):
                other.close()


@contextmanager
def full(name: str) -> Iterator[None]:
    """No page more fits the file, or the server's disk."""
    if name == "postgresql":
        # What a full disk says there, said by the server at each new row.
        raises = "RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'no space left on device';"
        make = "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS"
        on = "CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON {} EXECUTE FUNCTION fill()"
        sentences = [f"{make} $$BEGIN {raises} END$$", *map(on.format, TABLES)]
        with told(connection, *sentences):
            try:
                yield
            finally:
                with told(connection, "DROP FUNCTION fill() CASCADE"):
                    pass
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + 3}")
        for sentence in _FILLING:
            _repeat_until_full(cursor, sentence)
    try:
        yield
    finally:
        with told(
            connection,
            "PRAGMA max_page_count = 1073741823",
            "DELETE FROM django_session WHERE session_key LIKE '!%'",
            "DELETE FROM axes_accessattempt",
        ):
            pass


# What is left on the last pages of these tables is used up too.
_FILLING = (
    "INSERT INTO django_session VALUES ('!' || hex(randomblob(9)), hex(randomblob(9)), '2030-1-1')",
    "INSERT INTO axes_accessattempt (attempt_time, user_agent, ip_address, username, http_accept, "
    "path_info, get_data, post_data, failures_since_start) VALUES ('2030-1-1', hex(randomblob(9)),"
    " '', '', '', '', '', '', 1)",
)


def _repeat_until_full(cursor: Any, sentence: str) -> None:
    with suppress(OperationalError):
        while True:
            cursor.execute(sentence)


@contextmanager
def read_only(name: str) -> Iterator[None]:
    """Nothing may be written: a snapshot, a standby, a file system mounted so."""
    on, off = "PRAGMA query_only = ON", "PRAGMA query_only = OFF"
    if name == "postgresql":
        on = "SET default_transaction_read_only = on"
        off = "RESET default_transaction_read_only"
    with told(connection, on):
        try:
            yield
        finally:
            with told(connection, off):
                pass


TROUBLES = [locked, full, read_only]
WRITTEN = [
    ("author", "/boards/review/write/", {"board": "", "title": "새 글", "body": TEXT}),
    ("author", "/posts/{post}/edit/", {"board": "", "title": "고친 글", "body": TEXT}),
    ("guest", "/posts/{post}/comments/", {"body": TEXT}),
    ("guest", "/market/{listing}/review/", {"stars": "3", "body": TEXT}),
    ("nobody", "/posts/{post}/comments/", {"body": TEXT}),
]


@pytest.fixture
def post(stage: Stage) -> Scene:
    return stage.take(Post)


@pytest.fixture
def listing(stage: Stage) -> Scene:
    return stage.take(Listing)


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize(("person", "path", "fields"), WRITTEN)
def test_who_writes_is_asked_to_try_again_and_keeps_the_text(
    real_database: str,
    stage: Stage,
    post: Scene,
    listing: Scene,
    browser: Client,
    trouble: Callable[[str], Any],
    person: str,
    path: str,
    fields: dict[str, str],
) -> None:
    scene = listing if "listing" in path else post
    path = path.format(post=post.above, listing=listing.above)
    given = {name: text or str(Board.objects.get().pk) for name, text in fields.items()}
    if person != "nobody":
        browser.cookies["sessionid"] = scene.sign_in(person)
    browser.get("/accounts/login/")
    with trouble(real_database):
        answer = browser.post(path, given)
    html = answer.content.decode()
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "잠시 뒤에 다시 해 주세요" in html
    assert TEXT in html
    assert browser.post(path, given).status_code == 302


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("password", [PASSWORD, "falsch-falsch"])
@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_who_logs_in_is_asked_to_try_again_and_no_password_is_shown(
    real_database: str,
    stage: Stage,
    browser: Client,
    trouble: Callable[[str], Any],
    password: str,
    path: str,
) -> None:
    User.objects.filter(pk=stage.operator.pk).update(password=make_password(PASSWORD))
    field = "username" if "admin" in path else "login"
    with trouble(real_database):
        answer = browser.post(path, {field: "주인", "password": password})
    assert answer.status_code == 503
    assert password not in answer.content.decode()
    later = browser.post(path, {field: "주인", "password": PASSWORD})
    assert later.status_code == 302


@pytest.mark.parametrize("trouble", TROUBLES)
def test_who_reads_still_reads(
    real_database: str, post: Scene, listing: Scene, browser: Client, trouble: Callable[[str], Any]
) -> None:
    pages = ["/", "/boards/review/", "/people/은하/", "/market/", "/search/?q=빵"]
    pages += [f"/posts/{post.above}/", f"/market/{listing.above}/"]
    for person in ("nobody", "guest"):
        if person == "guest":
            browser.cookies["sessionid"] = post.sign_in("guest")
        with trouble(real_database):
            assert {page: browser.get(page).status_code for page in pages} == dict.fromkeys(
                pages, 200
            )


@pytest.mark.parametrize("trouble", [locked, read_only])
def test_a_page_that_would_change_the_session_is_shown_and_changes_it_later(
    real_database: str, post: Scene, browser: Client, trouble: Callable[[str], Any]
) -> None:
    """A text that was kept for who logged in is given back once, which writes the session."""
    path = f"/posts/{post.above}/"
    browser.post(f"{path}comments/", {"body": TEXT})
    session = browser.session
    for name in ("_auth_user_id", "_auth_user_backend", "_auth_user_hash"):
        session[name] = _session(post.sign_in("guest"))[name]
    session.save()
    for _ in range(2):
        with trouble(real_database):
            answer = browser.get(path)
        assert (answer.status_code, TEXT in answer.content.decode()) == (200, True)
    assert TEXT in browser.get(path).content.decode()
    assert TEXT not in browser.get(path).content.decode()


def _session(key: str) -> dict[str, Any]:
    return dict(SessionStore(key).load())


@pytest.mark.parametrize(("trouble", "passing"), [(locked, True), (full, True), (read_only, False)])
def test_a_start_waits_for_what_passes_by_itself(
    real_database: str, post: Scene, trouble: Callable[[str], Any], passing: bool
) -> None:
    written = Post.objects.get(pk=post.above)
    raised: OperationalError | InternalError | None = None
    with trouble(real_database):
        try:
            for _ in range(4):  # more than one page of a file
                Comment.objects.create(post=written, author=written.author, body=TEXT)
        except (OperationalError, InternalError) as error:
            raised = error
    assert raised is not None
    assert is_passing(raised) == passing


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/posts/1/comments/"])
def test_a_database_that_does_not_answer_is_said(
    real_database: str, browser: Client, path: str, tmp_path: Any
) -> None:
    own = connections["default"]
    described = dict(own.settings_dict)
    if real_database == "postgresql":
        described["HOST"], described["OPTIONS"] = str(tmp_path), {}
    else:
        described["NAME"] = tmp_path / "none" / "madang.sqlite3"
    connections["default"] = load_backend(described["ENGINE"]).DatabaseWrapper(
        described, alias="default"
    )
    try:
        if path != "/":
            answer = browser.post(path, {"body": TEXT, "login": "주인", "password": PASSWORD})
        else:
            answer = browser.get(path)
    finally:
        connections["default"] = own
    assert answer.status_code == 503
    assert (TEXT in answer.content.decode()) == (path != "/")
    assert PASSWORD not in answer.content.decode()


def test_a_connection_that_broke_is_said_once_and_opened_anew(
    real_database: str, browser: Client
) -> None:
    if real_database == "sqlite":
        assert connection.vendor == "sqlite"  # a file, and no connection to break
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    other = load_backend(connection.settings_dict["ENGINE"]).DatabaseWrapper(
        dict(connection.settings_dict), alias="default"
    )
    with told(other, f"SELECT pg_terminate_backend({number})"):
        other.close()
    assert browser.get("/").status_code == 503
    connection.close()
    assert browser.get("/").status_code == 200


def test_a_deadlock_is_said_and_not_an_error(real_database: str, stage: Stage) -> None:
    """Two writers that wait for each other on purpose: the server ends one of them."""
    if real_database == "sqlite":
        assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        return  # one writer waits for nobody who waits
    scenes = [stage.take(Post), stage.take(Post)]
    found = _cross([scene.above for scene in scenes])
    assert [meaning_of(error) for error in found] == [Meaning.UNAVAILABLE]


def _cross(numbers: list[int]) -> list[Exception]:
    barrier, errors = threading.Barrier(2), []

    def run(mine: list[int]) -> None:
        try:
            with transaction.atomic():
                list(Post.objects.select_for_update().filter(pk=mine[0]))
                barrier.wait(30)
                list(Post.objects.select_for_update().filter(pk=mine[1]))
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(each,)) for each in (numbers, numbers[::-1])]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return errors


def test_a_text_sent_again_stands_there_once(
    real_database: str, post: Scene, browser: Client
) -> None:
    browser.cookies["sessionid"] = post.sign_in("guest")
    page = browser.get(f"/posts/{post.above}/").content.decode()
    token = page.split('name="token" value="')[1].split('"')[0]
    fields = {"body": TEXT, "token": token}
    with locked(real_database):
        assert browser.post(f"/posts/{post.above}/comments/", fields).status_code == 503
    for _ in range(2):
        assert browser.post(f"/posts/{post.above}/comments/", fields).status_code == 302
    assert Comment.objects.filter(post=post.above, body=TEXT).count() == 1
