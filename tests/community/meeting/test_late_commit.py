"""A vector that is committed after the store looked, with an earlier moment, is still taken up."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from madang.community.boards import actions as boards
from madang.community.inference.models import Reading
from madang.community.inference.vectors import store

from .scene import BODY, TITLE, Stage

WAIT_SECONDS = 30


def test_what_is_committed_late_is_found_at_the_next_look(
    stage: Stage, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SECONDS_FRESH", -1.0)
    fields = {"board": stage.board, "author": stage.author, "body": BODY}
    other, post = (boards.write_post(title=f"{TITLE} {each}", **fields) for each in (1, 2))
    reading = Reading.objects.of(post).get(kind="sentence")
    answer = reading.answer
    assert answer is not None
    Reading.objects.of(post).update(answer=None, text_sha256="")
    store.fill()
    has_written, has_looked = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            reading.answer = answer
            reading.save()  # notes the moment
            has_written.set()
            assert has_looked.wait(WAIT_SECONDS)

    writing = threads.submit(write_slowly)
    assert has_written.wait(WAIT_SECONDS)
    index = store.get("post")
    assert index is not None
    assert (other.pk in index, post.pk in index) == (True, False)
    has_looked.set()
    writing.result(WAIT_SECONDS)
    assert store.get("post") is index
    assert post.pk in index
    other.delete()
    post.delete()
