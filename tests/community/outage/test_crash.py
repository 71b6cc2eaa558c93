"""Processes of the site are killed while people write; nothing is lost, and nothing is done twice.

Real processes, real connections, the model that ships.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
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
        wait(lambda goal=40 * number + 5: len(site.titles("글")) >= goal, "posts that are written")  # type: ignore[misc]
        kill(site.task_worker, wait, "a task worker to kill")
        kill(site.web_worker, wait, "a web worker to kill")
        kill(site.web_worker, wait, "a web worker to kill, again at once")
    burst.join()
    assert Counter(statuses) == {302: NUM_POSTS}
    wait(lambda: site.num_undecided() == 0, "a label for each post")
    assert sorted(site.titles("글")) == sorted(f"글 {index}" for index in range(NUM_POSTS))
    labels = site.rows(
        "SELECT p.id, c.label, count(j.id) FROM boards_post p"
        " JOIN moderation_case c ON c.object_id = p.id AND c.kind = 'ads'"
        " JOIN analysis_answer j ON j.text_sha256 = c.text_sha256 AND j.kind = 'ads'"
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
        for each in alive:
            each.kill()
        assert alive == []
        assert made.process.wait(timeout=60) == (-number if number == signal.SIGKILL else 0)
        if number != signal.SIGINT:
            made.start()


# No shipped model dies of a text; this one does.
POISON = """
import os, signal, sys
if "-m" in sys.orig_argv[:2]:
    from madang.tasks.classification.predictor import Classifier
    classify = Classifier.classify
    def classify_or_die(self, texts, **options):
        if any("독버섯" in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        return classify(self, texts, **options)
    Classifier.classify = classify_or_die
"""


def test_a_text_that_kills_whoever_reads_it_keeps_no_other_waiting(
    make_site: Any, wait: Wait, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(POISON)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    made = make_site(PYTHONPATH=path)
    made.start()
    assert made.people[0].write("독 0", "독버섯은 먹지 마세요.") == 302
    assert set(made.write_many(5)) == {302}  # they come after it
    made.rows("DELETE FROM analysis_answer")  # so that each is read anew
    made.let_wait()
    kill(made.task_worker, wait, "a task worker, so that the next looks for what waits")
    (waiting,) = made.rows("SELECT count(*) FROM boards_post WHERE title NOT LIKE '독 %'")[0]
    labelled = "SELECT count(*) FROM boards_post WHERE label != 'pending'"
    wait(lambda: made.rows(labelled) == [[waiting]], "a label for each other post")
    failures = "SELECT num_failures > 0 FROM analysis_reading WHERE is_waiting"
    assert made.rows(failures) == [[1]]
    assert made.titles("독") == ["독 0"]
