"""How quick the site is with 100,000 posts, at 50 requests a second.

    python bench/site_load.py            fills a scratch database, serves it, drives it, prints
    python bench/site_load.py --home DIR keeps (and finds again) the database there

Readers come as people do, each on their own: fifty of them, with pauses drawn from an exponential
distribution of mean one second, which is 50 requests a second at random moments. (Fifty readers in
step would ask at the same instant, and measure the queue that they make.) Half of the requests are
lists (front page, boards, later pages, searches, a person), half are posts with comments; a tenth
comes from somebody logged in.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

NUM_POSTS = 100_000
NUM_COMMENTS = 200_000
NUM_PEOPLE = 500
# Vectors as `sentence` gives them of 41,000 real posts: these gather around matters, most of what
# tells them apart lies in few directions (it falls by e every 22), and 0.8 is common to all.
NUM_MATTERS, WIDTH, FALL, COMMON = 2_000, 256, 22, 0.8
PORT = 8917
SESSION = "MADANG_LOAD_SESSION"
REQUESTS_PER_SECOND = 50
SECONDS = 30
WORDS = (  # noqa: SIM905
    "백화점 시장 골목 칼국수 자전거 은행나무 첫눈 도서관 고양이 상자 뜨개질 조끼 감귤 공구 특가 "
    "후기 질문 전세 계약 베란다 토마토 소금빵 거래 약속 기타 코드 창문 결로 노트북 배터리 산책 "
    "김치전 등산 커피 원두 이불 할인 모집 체험단 동네 병원 학원 이사 청소 수리 나눔 사진 영화 책"
).split()


def fill() -> None:
    """Fill the database with posts, comments and people, in bulk."""
    import django

    django.setup()
    from django.core.management import call_command

    from madang.community.accounts.models import User
    from madang.community.boards.models import Board, Comment, Post, TitleIndex

    call_command("migrate", verbosity=0)
    if Post.objects.count() >= NUM_POSTS:
        print(open_session(User.objects.get(username="사람0")))
        return
    draw = random.Random(7)
    people = User.objects.bulk_create(
        User(username=f"사람{number}", password="!") for number in range(NUM_PEOPLE)
    )
    boards = Board.objects.bulk_create(
        Board(slug=f"board{number}", name=f"게시판 {number}", position=number)
        for number in range(6)
    )
    for start in range(0, NUM_POSTS, 5_000):
        posts = Post.objects.bulk_create(
            Post(
                board=draw.choice(boards),
                author=draw.choice(people),
                title=" ".join(draw.choices(WORDS, k=draw.randint(2, 6))) + f" {start + each}",
                body=" ".join(draw.choices(WORDS, k=draw.randint(20, 300))),
                label="ad" if draw.random() < 0.3 else "ordinary",
            )
            for each in range(5_000)
        )
        TitleIndex.objects.bulk_create(TitleIndex(post=post, grams=post.title) for post in posts)
        Comment.objects.bulk_create(
            Comment(
                post=draw.choice(posts),
                author=draw.choice(people),
                body=" ".join(draw.choices(WORDS, k=12)),
            )
            for _ in range(5_000 * NUM_COMMENTS // NUM_POSTS)
        )
        embed(posts, start)
    print(open_session(people[0]))


def embed(posts: list[Any], seed: int) -> None:
    """Give the posts vectors, as the background task would."""
    import numpy as np

    from madang.community.inference.models import Answer, Reading

    matters = np.random.default_rng(0).normal(size=(NUM_MATTERS, WIDTH))
    draw = np.random.default_rng(seed + 1)
    chosen = matters[draw.integers(NUM_MATTERS, size=len(posts))]
    vectors = chosen + 0.8 * draw.normal(size=(len(posts), WIDTH))
    vectors *= np.exp(-np.arange(WIDTH) / (2 * FALL))
    vectors *= np.sqrt(1 - COMMON**2) / np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors += COMMON * np.ones(WIDTH) / np.sqrt(WIDTH)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    answers = Answer.objects.bulk_create(
        Answer(
            kind="sentence",
            text_sha256=f"{post.pk:064x}",
            model_version="made-up",
            model_name="made-up",
            value={"language": "ko"},
            vector=vector.astype("<f2").tobytes(),
        )
        for post, vector in zip(posts, vectors, strict=True)
    )
    Reading.objects.bulk_create(
        Reading(
            kind="sentence",
            contribution=post,
            text_sha256=answer.text_sha256,
            answer=answer,
            is_waiting=False,
        )
        for post, answer in zip(posts, answers, strict=True)
    )


def open_session(person: Any) -> str:
    """Log *person* in and return the session's key: hashing passwords is not what is measured."""
    from django.test import Client

    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies["sessionid"].value)


def wait_for_server() -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"the server did not answer on port {PORT} within a minute")


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process and its children so far: it tells the site's cost
    even where the machine is busy with other things."""
    import psutil

    parent = psutil.Process(pid)
    times = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def drive(seconds: int) -> dict[str, dict[str, float]]:
    """Send requests with locust in a process of its own and return its figures by kind of page."""
    with tempfile.TemporaryDirectory() as folder:
        users = REQUESTS_PER_SECOND
        command = [
            *(sys.executable, "-m", "locust", "--headless", "--only-summary"),
            *("-f", __file__, "--host", f"http://127.0.0.1:{PORT}", "--json-file"),
            *(f"{folder}/figures", "-u", str(users), "-r", str(users), "-t", f"{seconds}s"),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rows = json.loads(Path(f"{folder}/figures.json").read_text())
    return {row["name"]: summarise(row["response_times"], row["num_failures"]) for row in rows}


def summarise(times: dict[str, int], num_failures: int) -> dict[str, float]:
    """Return the percentiles of times given as a histogram of milliseconds."""
    ordered = sorted((float(key), number) for key, number in times.items())
    total = sum(number for _, number in ordered)

    def percentile(share: float) -> float:
        seen = 0
        for value, number in ordered:
            seen += number
            if seen >= share * total:
                return value
        return 0.0

    return {
        "requests": total,
        "failures": num_failures,
        "p50_ms": percentile(0.5),
        "p95_ms": percentile(0.95),
        "p99_ms": percentile(0.99),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="folder of the database; a scratch one if none")
    parser.add_argument("--seconds", type=int, default=SECONDS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="madang-load-") as scratch:
        os.environ["MADANG_HOME"] = str(arguments.home or scratch)
        os.environ["DJANGO_SETTINGS_MODULE"] = "madang.community.site.settings"
        os.environ["MADANG_LIMITS"] = "0"  # all readers search from one address
        # A folder turns related posts on; their vectors are in the database already.
        os.environ["MADANG_SENTENCE_MODEL"] = scratch
        # Nothing shall be read meanwhile.
        for kind in ("SPAM", "ADS", "SENTIMENT", "HATE", "ENTITIES"):
            os.environ[f"MADANG_{kind}_MODEL"] = ""
        filled = subprocess.run(
            [sys.executable, __file__, "fill"], check=True, stdout=subprocess.PIPE, text=True
        )
        os.environ[SESSION] = filled.stdout.split()[-1]
        serve = f"from madang.community.serve.command import serve; serve(port={PORT})"
        starter = Path(scratch) / "serve.py"
        starter.write_text(f"if __name__ == '__main__':\n    {serve}\n")
        server = subprocess.Popen([sys.executable, starter], stdout=subprocess.DEVNULL)
        try:
            wait_for_server()
            drive(5)  # the first answers compile the templates
            spent = processor_seconds(server.pid)
            figures = drive(arguments.seconds)
            spent = processor_seconds(server.pid) - spent
        finally:
            server.terminate()
            server.wait()
    print(f"{NUM_POSTS:,} posts, {REQUESTS_PER_SECOND} requests/s, {arguments.seconds} s")
    num_requests = sum(row["requests"] for row in figures.values())
    print(f"processor time a request: {1000 * spent / num_requests:.1f} ms (server and worker)")
    print(f"load average of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, row in sorted(figures.items()):
        print(f"{name:<10}", "  ".join(f"{key} {value:g}" for key, value in row.items()))


if __name__ == "__main__":
    if sys.argv[1:] == ["fill"]:
        fill()
    else:
        main()
else:  # locust reads this file as its plan
    import gevent
    from locust import FastHttpUser, task

    class Reader(FastHttpUser):
        """Reads about one page a second."""

        def wait_time(self) -> float:
            """Return the seconds until the next page."""
            return random.expovariate(1.0)

        def on_start(self) -> None:
            """Come at a moment of one's own; let one reader in ten be logged in."""
            gevent.sleep(random.expovariate(1.0))
            logged_in = random.random() < 0.1
            self.headers = {"Cookie": f"sessionid={os.environ[SESSION]}"} if logged_in else {}

        def read(self, path: str, name: str) -> None:
            """Ask for one page."""
            self.client.get(path, name=name, headers=self.headers)

        @task(10)
        def post(self) -> None:
            self.read(f"/posts/{random.randint(1, NUM_POSTS)}/", "post")

        @task(3)
        def front(self) -> None:
            self.read("/", "list")

        @task(3)
        def board(self) -> None:
            self.read(f"/boards/board{random.randint(0, 5)}/", "list")

        @task(2)
        def deep(self) -> None:
            self.read(f"/?before={random.randint(100, NUM_POSTS)}", "list")

        @task(1)
        def search(self) -> None:
            self.read(f"/search/?q={random.choice(WORDS)[:2]}", "search")

        @task(1)
        def person(self) -> None:
            self.read(f"/people/사람{random.randrange(NUM_PEOPLE)}/", "list")
