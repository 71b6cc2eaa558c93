"""A whole site in real processes, the people who write on it, and what happens to it."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest

#: Generous: a machine that runs other things meanwhile must not fail a test.
PATIENCE_SECONDS = 240
NUM_PEOPLE = 40
ONLY_ADS = {
    f"MADANG_{kind}_MODEL": "" for kind in ("SPAM", "SENTIMENT", "HATE", "ENTITIES", "SENTENCE")
} | {"MADANG_RECOMMENDER_MODEL": ""}
START = """
if __name__ == "__main__":
    from madang.community.serve.command import serve
    serve(port={port})
"""
QUERY = """
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30)
print(json.dumps(database.execute(sys.argv[2]).fetchall()))
database.commit()
"""
#: Fill a folder as a first start does, and log people in: a session is a row of the database.
FILL = f"""
import json
from datetime import timedelta
from importlib import import_module

from madang.community.serve.command import prepare

prepare()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from madang.community.accounts.models import User

sessions = []
for number in range({NUM_PEOPLE}):
    joined = timezone.now() - timedelta(days=400)
    person = User(username=f"사람{{number}}", email="", date_joined=joined)
    person.set_unusable_password()
    person.save()
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.set_expiry(timedelta(days=4000))
    session.save()
    sessions.append(session.session_key)
print(json.dumps(sessions))
"""


def require(command: str, package: str) -> None:
    """Fail where a command is missing, and name what to install."""
    if shutil.which(command) is None:
        pytest.fail(f"This test needs `{command}`: install {package} (apt-get install {package}).")


def wait_for(is_so: Callable[[], object], what: str) -> None:
    """Look again and again until something is so; fail where it is not in the end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(OSError, http.client.HTTPException, sqlite3.Error, psutil.Error):
            if is_so():
                return
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.2)


class Person:
    """A browser in which somebody is logged in."""

    def __init__(self, port: int, session: str) -> None:
        self._port, self._session, self._csrf = port, session, ""

    def get(self, path: str) -> tuple[int, str]:
        """Open a page."""
        status, _, text = self._ask("GET", path)
        return status, text

    def write(self, title: str, body: str, *, slug: str = "free") -> int:
        """Post a text, trying the same form again for as long as the connection breaks."""
        fields: dict[str, str] = {}

        def open_form() -> bool:
            status, _, page = self._ask("GET", f"/boards/{slug}/write/")
            names = ("csrfmiddlewaretoken", "token")
            found = {name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in names}
            fields.update({name: match[1] for name, match in found.items() if match})
            chosen = re.search(r'<option value="(\d+)" selected', page)
            fields["board"] = chosen[1] if chosen else ""
            return status == 200

        wait_for(open_form, "the form to write")
        fields |= {"title": title, "body": body}
        statuses: list[int] = []

        def send() -> bool:
            status, _, _ = self._ask("POST", f"/boards/{slug}/write/", fields)
            statuses.append(status)
            return True

        wait_for(send, "an answer to a post")
        return statuses[-1]

    def _ask(
        self, method: str, path: str, fields: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=90)) as connection:
            headers = {"Cookie": f"sessionid={self._session}; csrftoken={self._csrf}"}
            if fields is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                headers["Origin"] = f"http://127.0.0.1:{self._port}"
            connection.request(method, path, urlencode(fields) if fields else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if cookie := re.search(r"csrftoken=(\w+)", answer.headers.get("Set-Cookie", "")):
                self._csrf = cookie[1]
            return answer.status, answer.headers.get("Location", ""), text


class Site:
    """One ``madang serve`` in *home*.

    ``start`` takes a command to start it by, such as ``faketime``; ``inside`` is one by which
    another process gets to where it sees *home*.
    """

    inside: tuple[str, ...] = ()

    def __init__(self, home: Path, sessions: list[str], **environment: str) -> None:
        self.home, self._sessions = home, sessions
        self._environment = {
            **os.environ,
            **ONLY_ADS,
            "MADANG_LIMITS": "0",  # a burst from one address
            **environment,
            "MADANG_HOME": str(home),
        }
        self._environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *prefix: str) -> None:
        """Start it and wait for its first page."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        script = Path(self.home.parent) / f"start-{uuid.uuid4().hex}.py"
        script.write_text(START.format(port=port))
        self.log = script.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, str(script)],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.people = [Person(port, session) for session in self._sessions]
        wait_for(lambda: self.people[0].get("/")[0] == 200, f"a first page; {self.log}")

    def stop(self) -> None:
        """Stop it, and whatever of it is left."""
        if self.process is None:
            return
        with suppress(psutil.NoSuchProcess):
            of_site = psutil.Process(self.process.pid).children(recursive=True)
            self.process.send_signal(signal.SIGTERM)
            for each in of_site:
                with suppress(psutil.NoSuchProcess):
                    each.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
            for each in psutil.wait_procs(of_site, timeout=10)[1]:
                each.kill()
        self.process.wait()
        self.process = None

    def task_worker(self) -> psutil.Process | None:
        """Return the process of the task worker, None while there is none."""
        return self._find(lambda words: "madang.community.serve.worker" in words)

    def web_worker(self) -> psutil.Process | None:
        """Return the process that answers pages, None while there is none."""
        worker = self.task_worker()
        for each in self._processes():
            is_web = (
                "madang.community.serve.web" in each.cmdline() or "start-" in each.cmdline()[-1]
            )
            is_forked = each.parent() is not None and each.cmdline() == each.parent().cmdline()
            if is_web and is_forked and each != worker:
                return each
        return None

    def write_many(self, number: int, *, title: str = "글", num_at_once: int = 8) -> list[int]:
        """Have people post so many short texts, several at once; return the answers' statuses."""

        def write(index: int) -> int:
            person = self.people[index % len(self.people)]
            return person.write(f"{title} {index}", body_of(index))

        with ThreadPoolExecutor(num_at_once) as pool:
            return list(pool.map(write, range(number)))

    def rows(self, query: str) -> list[list[object]]:
        """Ask the site's database, or change it behind its back."""
        done = self.run_inside([sys.executable, "-c", QUERY, self.home / "madang.sqlite3", query])
        if done.returncode:
            raise sqlite3.OperationalError(done.stderr)
        return list(json.loads(done.stdout))

    def run_inside(self, command: list[object]) -> subprocess.CompletedProcess[str]:
        """Run a command where the site's folder is seen."""
        words = [*self.inside, *map(str, command)]
        return subprocess.run(words, capture_output=True, text=True, timeout=90, check=False)

    def num_undecided(self) -> int:
        """Return how many posts have no label."""
        rows = self.rows(
            "SELECT (SELECT count(*) FROM boards_post WHERE label = 'pending'),"
            " (SELECT count(*) FROM moderation_case WHERE source = 'pending')"
        )
        return max(int(str(number)) for number in rows[0])

    def let_wait(self, condition: str = "true") -> None:
        """Make posts undecided, and order nothing: as a page does that is killed in between."""
        chosen = f"SELECT id FROM boards_post WHERE {condition}"
        case = "SET source = 'pending', label = ''"
        self.rows(f"UPDATE moderation_case {case} WHERE kind = 'ads' AND object_id IN ({chosen})")
        waiting = "SET is_waiting = true, num_failures = 0, retry_at = '2026-01-01 00:00:00'"
        self.rows(f"UPDATE analysis_reading {waiting} WHERE object_id IN ({chosen})")
        self.rows(f"UPDATE boards_post SET label = 'pending' WHERE id IN ({chosen})")
        self.rows("DELETE FROM django_tasks_database_dbtaskresult WHERE status = 'READY'")

    def titles(self, beginning: str) -> list[str]:
        """Return the titles of all posts that begin so."""
        found = self.rows(f"SELECT title FROM boards_post WHERE title LIKE '{beginning} %'")
        return [str(title) for (title,) in found]

    def said(self) -> str:
        """Return what it printed and logged."""
        return self.log.read_text(errors="replace")

    def _processes(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def _find(self, is_it: Callable[[list[str]], bool]) -> psutil.Process | None:
        for each in self._processes():
            with suppress(psutil.Error):
                if is_it(each.cmdline()):
                    return each
        return None


def body_of(index: int) -> str:
    """Return a short text of its own that the model reads as a whole."""
    walk = f"오늘은 날이 맑아서 동네를 {index}바퀴 돌고 왔습니다."
    return f"{walk} 다들 잘 지내시지요? 저녁은 칼국수입니다."


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A folder as after a first start, and the sessions of people who are logged in."""
    folder = tmp_path_factory.mktemp("filled") / "home"
    done = subprocess.run(
        [sys.executable, "-c", FILL],
        env={
            **os.environ,
            **ONLY_ADS,
            "MADANG_HOME": str(folder),
            "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    return folder, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def make_site(filled_home: tuple[Path, list[str]], tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Make sites in folders of their own, all stopped when the test is over."""
    made: list[Site] = []

    def make(**environment: str) -> Site:
        home = tmp_path / "home"
        if not home.exists():
            shutil.copytree(filled_home[0], home)
        made.append(Site(home, filled_home[1], **environment))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A site that labels advertising and does nothing else, started."""
    made = make_site()
    made.start()
    return made


@pytest.fixture
def need() -> Callable[[str, str], None]:
    """How to say which command a test needs, and of which package."""
    return require


@pytest.fixture
def wait() -> Callable[[Callable[[], object], str], None]:
    """How to wait until something is so."""
    return wait_for
