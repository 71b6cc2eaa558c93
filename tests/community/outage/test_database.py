"""The database is locked, or its disk is full: the site waits, and goes on by itself."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

Wait = Callable[[Callable[[], object], str], None]
#: Longer than anybody waits for SQLite's lock (20 s), and than two sweeps are apart.
SECONDS_LOCKED = 32.0
TMPFS = """
mount -t tmpfs -o size=6m tmpfs "$1" && cp -a "$2"/. "$1" && shift 2 && exec "$@"
"""
LEAVE = """
import os, sys
file = open(sys.argv[1], "ab", buffering=0)
try:
    while True:
        file.write(bytes(4096))
except OSError:
    os.ftruncate(file.fileno(), max(0, os.path.getsize(sys.argv[1]) - int(sys.argv[2])))
"""


def written(statuses: list[int], title: str) -> list[str]:
    """Return the titles of the posts that the site said it took."""
    return sorted(f"{title} {index}" for index, status in enumerate(statuses) if status == 302)


def test_a_lock_of_half_a_minute_is_waited_out(site: Any, wait: Wait) -> None:
    wait(lambda: site.task_worker(), "the task worker")
    worker = site.task_worker()
    statuses: list[int] = []
    burst = threading.Thread(target=lambda: statuses.extend(site.write_many(30)))
    database = sqlite3.connect(site.home / "madang.sqlite3", timeout=60, isolation_level=None)
    with closing(database):
        burst.start()
        wait(lambda: len(site.titles("글")) >= 5, "posts that are written")
        site.let_wait("title NOT LIKE '글 %'")
        database.execute("BEGIN EXCLUSIVE")
        until = time.monotonic() + SECONDS_LOCKED
        while time.monotonic() < until:
            assert site.people[0].get("/")[0] == 200
            time.sleep(1)
        database.execute("ROLLBACK")
    burst.join()
    assert len(statuses) == 30
    assert sorted(site.titles("글")) == written(statuses, "글")
    wait(lambda: site.num_undecided() == 0, "a label for each post")
    assert site.task_worker() == worker
    assert "worker ended" not in site.said()


def test_a_full_disk_is_waited_out(make_site: Any, filled_home: Any, need: Any, wait: Wait) -> None:
    need("unshare", "util-linux")
    need("nsenter", "util-linux")
    site = make_site()
    is_root = os.geteuid() == 0
    unshare = ["unshare", "--mount"] if is_root else ["unshare", "--mount", "--map-root-user"]
    site.start(*unshare, "sh", "-c", TMPFS, "sh", str(site.home), str(filled_home[0]))
    here = f"--target={site.process.pid}"
    into = ["--mount"] if is_root else ["--user", "--preserve-credentials", "--mount"]
    site.inside = ("nsenter", here, *into)
    wait(lambda: site.task_worker(), "the task worker")
    worker = site.task_worker()
    ballast = site.home / "ballast"

    assert set(site.write_many(5, title="처음")) == {302}
    site.let_wait("title NOT LIKE '글 %'")
    site.run_inside(["python3", "-c", LEAVE, ballast, 200_000])
    statuses = site.write_many(60, title="글")
    assert set(statuses) > {302}, "all or none were taken: the disk did not fill meanwhile"
    wait(lambda: "The database does not answer" in site.said(), "the worker to notice it")
    assert site.people[0].get("/")[0] == 200
    assert sorted(site.titles("글")) == written(statuses, "글")

    assert site.run_inside(["rm", ballast]).returncode == 0
    wait(lambda: site.people[0].write("나중 글", "이제 자리가 있습니다.") == 302, "a post is taken")
    wait(lambda: site.num_undecided() == 0, "a label for each post")
    assert site.task_worker() == worker
    assert "worker ended" not in site.said()
