"""Processes of the site are killed while people write; nothing is lost, and nothing is done twice.

Real processes, real connections, the model that ships.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psutil

Wait = Callable[[Callable[[], object], str], None]
NUM_POSTS = 200
NUM_KILLS = 3


def kill(find: Callable[[], psutil.Process | None], wait: Wait, what: str) -> None:
    """Kill a process at once, as soon as there is one."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        process = find()
        found.extend([process] if process else [])
        return bool(found)

    wait(is_there, what)
    found[0].kill()
    wait(lambda: not found[0].is_running() or found[0].status() == "zombie", "its end")


def test_200_posts_are_there_once_and_labelled_once_after_kills_in_the_burst(
    site: Any, wait: Wait
) -> None:
    statuses: list[int] = []
    burst = threading.Thread(target=lambda: statuses.extend(site.write_many(NUM_POSTS)))
    burst.start()
    for number in range(NUM_KILLS):
        wait(lambda goal=40 * number + 5: len(site.titles("글")) >= goal, "posts that are written")
        kill(site.task_worker, wait, "a task worker to kill")
        kill(site.web_worker, wait, "a web worker to kill")
        kill(site.web_worker, wait, "a web worker to kill, again at once")
    burst.join()
    assert Counter(statuses) == {302: NUM_POSTS}
    wait(lambda: site.num_undecided() == 0, "a label for each post")
    assert sorted(site.titles("글")) == sorted(f"글 {index}" for index in range(NUM_POSTS))
    labels = site.rows(
        "SELECT p.id, c.label, count(j.id) FROM boards_post p"
        " JOIN moderation_case c ON c.post_id = p.id"
        " JOIN moderation_judgement j ON j.text_sha256 = c.text_sha256"
        " WHERE p.title LIKE '글 %' GROUP BY p.id, c.label"
    )
    assert len(labels) == NUM_POSTS
    assert {(label, number) for _, label, number in labels} == {("ordinary", 1)}
    assert "worker ended (SIGKILL)" in site.said()


def test_posts_that_nobody_ordered_to_be_judged_are_found_by_the_next_worker(
    site: Any, wait: Wait
) -> None:
    site.let_wait()
    kill(site.task_worker, wait, "a task worker to kill")
    wait(lambda: site.num_undecided() == 0, "a label for each post")


def test_whatever_is_killed_no_process_is_left_alone_and_a_signal_stops_all(
    make_site: Any, wait: Wait
) -> None:
    made = make_site()
    made.start()
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        wait(lambda: made.task_worker() and made.web_worker(), "both workers")
        children = psutil.Process(made.process.pid).children(recursive=True)
        os.kill(made.process.pid, number)
        _, alive = psutil.wait_procs(children, timeout=60)
        assert alive == []
        assert made.process.wait(timeout=60) == (-number if number == signal.SIGKILL else 0)
        if number != signal.SIGINT:
            made.start()
