"""The clock is a year ahead for one run of the site, and right in the next."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from madang.formats.catalogue import find_model

Wait = Callable[[Callable[[], object], str], None]
NUM_POSTS = 8
# faketime's own sleep refuses moments of the clock that nobody sets, which stays as it is: else no
# thread that waits for another would wake up for a year. Python waits in another way instead.
SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


def broken(name: str, folder: Path) -> str:
    """Copy a shipped model without its end: it is there, and answers nothing."""
    shutil.copytree(find_model(name), folder)
    weights = folder / "model.onnx"
    weights.write_bytes(weights.read_bytes()[:1000])
    return str(folder)


def test_what_waits_since_a_year_ahead_is_done_once_the_clock_is_right(
    make_site: Any, need: Any, wait: Wait, tmp_path: Path
) -> None:
    need("faketime", "faketime")
    (tmp_path / "sitecustomize.py").write_text(SLEEP)
    wrong = make_site(
        MADANG_ADS_MODEL=broken("ads", tmp_path / "ads"),
        MADANG_HATE_MODEL=broken("hate", tmp_path / "hate"),
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        PYTHONPATH=os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]),
    )
    wrong.start("faketime", "-f", "+1y")
    assert set(wrong.write_many(NUM_POSTS)) == {302}
    next_year = f"'{time.localtime().tm_year + 1}-%'"
    ordered = (
        "SELECT count(DISTINCT task_path) FROM django_tasks_database_dbtaskresult"
        f" WHERE status = 'READY' AND run_after LIKE {next_year}"
    )
    wait(lambda: wrong.rows(ordered) == [[1]], "tasks that are put off")
    assert wrong.num_undecided() == NUM_POSTS
    wrong.stop()
    assert wrong.rows(ordered) == [[1]]
    posts = wrong.rows(f"SELECT count(*) FROM boards_post WHERE created_at LIKE {next_year}")
    assert posts == [[NUM_POSTS]]

    right = make_site(MADANG_HATE_MODEL="hate")
    right.start()
    wait(lambda: right.num_undecided() == 0, "a label for each post")
    unread = (
        "SELECT count(*) FROM boards_post p WHERE p.title LIKE '글 %' AND NOT EXISTS"
        " (SELECT 1 FROM analysis_reading r JOIN django_content_type t ON t.id = r.content_type_id"
        " WHERE t.model = 'post' AND r.object_id = p.id AND NOT r.is_waiting)"
    )
    wait(lambda: right.rows(unread) == [[0]], "each post read")
