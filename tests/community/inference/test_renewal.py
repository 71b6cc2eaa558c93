"""Vectors are renewed by a worker that may be killed: one version's serve whole all the while."""

import os
import signal
import subprocess
import sys
from pathlib import Path

# Each part runs in a process of its own, with one of two tiny encoders of different widths.
BEGINNING = """
import os, signal, sys
import django
django.setup()
import numpy as np
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from madang.community.inference import prediction, tasks
from madang.community.inference.models import Reading
from madang.community.inference.vectors import store
from madang.text.excerpt import Excerpt


class Encoder:
    # Count a few letters: the earlier counts three, the later five.

    def __init__(self, version, letters):
        self.version, self.letters, self.num_read = version, letters, 0

    def excerpt(self, text, *, max_tokens):
        return Excerpt(text)

    def embed(self, texts):
        self.num_read += len(texts)
        if self.num_read == die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        counts = np.array([[0.1 + text.count(each) for each in self.letters] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


version, die_after = sys.argv[1], int(sys.argv[2])
encoder = Encoder(version, {"earlier": "빵산고", "later": "빵산고양책"}[version])
prediction.is_there = lambda name: True
prediction.load_embedder = lambda name: encoder
setup_test_environment()


def used():
    # Return the version whose vectors a new process uses, how many, and how wide.
    store.fill()
    index = store.get("post")
    numbers, vectors_ND = index.newest(100)
    return index.version, len(numbers), vectors_ND.shape[1]


def related():
    return Client().get("/posts/1/").content.decode().count("함께 볼 글")


def can_search():
    return "뜻으로 찾을 수 없습니다" not in Client().get("/search/meaning/?q=빵").content.decode()
"""
WRITE = """
call_command("migrate", verbosity=0, interactive=False)
from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board
board, author = Board.objects.create(slug="free", name="자유"), User.objects.create_user("은하")
for number in range(12):
    actions.write_post(board=board, author=author, title=f"빵 {number}", body="산책" * number)
print(used(), related(), can_search())
"""
RENEW = """
tasks.read_unread.call()
tasks.read_waiting.call()
print(used(), related(), can_search())
"""
LOOK = """
print(used(), related(), Reading.objects.filter(answer__model_version="later").count())
"""


def run(
    part: str, home: Path, version: str, die_after: int = 0
) -> subprocess.CompletedProcess[str]:
    others = ("SPAM", "ADS", "SENTIMENT", "HATE", "ENTITIES", "RECOMMENDER")
    environment = {
        **os.environ,
        **{f"MADANG_{kind}_MODEL": "" for kind in others},
        "MADANG_SENTENCE_MODEL": "sentence",
        "MADANG_HOME": str(home),
        "MADANG_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        [sys.executable, "-c", BEGINNING + part, version, str(die_after)],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_vectors_are_renewed_though_the_worker_is_killed_and_never_mixed(tmp_path: Path) -> None:
    before = run(WRITE, tmp_path, "earlier")
    assert before.stdout == "('earlier', 12, 3) 1 True\n", before.stderr
    # One question is the one by which the version is known, then five posts are read.
    killed = run(RENEW, tmp_path, "later", die_after=7)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    between = run(LOOK, tmp_path, "later")
    assert between.stdout == "('earlier', 12, 3) 1 5\n", between.stderr
    after = run(RENEW, tmp_path, "later")
    assert after.stdout == "('later', 12, 5) 1 True\n", after.stderr
