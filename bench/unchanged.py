"""Whether a rebuilt Madang answers as it did: its six shipped models, and the pages of its site.

    python bench/unchanged.py write FOLDER     asks for everything and keeps the answers
    python bench/unchanged.py compare FOLDER   asks again, and says what is different

Run ``write`` before the first change and ``compare`` after the last, on one machine. A model is
asked 1,000 rows of real data (``MADANG_DATA``): all numbers have to be equal to 1e-6, and the
recommender's top ten equal. The site is a real one, ``madang serve`` with its sample content: the
pages that a stranger, an author and a moderator reach by links have to be equal to the letter, but
for keys and clocks. Nothing of Madang's own layout is used here but ``madang.serving.load`` and the
command line, so that both can be asked whatever was moved.
"""

import argparse
import csv
import gzip
import http.cookiejar
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NUM_ROWS = 1000
TOLERANCE = 1e-6
MAX_PAGES = 150
DATA = Path(os.environ.get("MADANG_DATA", "data"))
#: What differs from one run of the same site to the next: keys of forms, clocks.
VOLATILE = (
    (re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"'), 'name="csrfmiddlewaretoken"'),
    (re.compile(r'"X-CSRFToken": "[^"]*"'), '"X-CSRFToken"'),
    (re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"), "UUID"),
    (re.compile(r'datetime="[^"]*"'), "datetime"),
    (re.compile(r'title="\d{4}-\d\d-\d\d \d\d:\d\d"'), "title"),
    (re.compile(r"방금|\d+(?:분|시간) 전|(?:\d{4}\. )?\d+월 \d+일|\d{4}\. \d+\. \d+\."), "MOMENT"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "SITE"),
)
LINK = re.compile(r'href="(/[^"#]*)"')


def read_lines(path: Path) -> list[str]:
    """Return the lines of a file that may be gzipped."""
    packed = path.with_name(path.name + ".gz")
    if packed.is_file():
        return gzip.decompress(packed.read_bytes()).decode("utf-8").splitlines()
    return path.read_text(encoding="utf-8").splitlines()


def texts() -> list[str]:
    """Return film reviews and sentences, short and long, in a fixed order."""
    reviews = [line.split("\t")[1] for line in read_lines(DATA / "nsmc" / "ratings_test.txt")[1:]]
    joined = [" ".join(reviews[start : start + 40]) for start in range(0, 2000, 40)]
    return [*reviews[: NUM_ROWS - len(joined)], *joined]


def histories() -> list[list[str]]:
    """Return what people bought, in order, of those with the longest histories first."""
    rows = list(csv.reader(read_lines(DATA / "gifthub" / "bert_rebuilt.csv")))
    by_person: dict[str, list[tuple[str, str]]] = {}
    for person, item, moment, *_ in rows[1:]:
        by_person.setdefault(person, []).append((moment, item))
    ordered = sorted(by_person.values(), key=len, reverse=True)[:NUM_ROWS]
    return [[item for _, item in sorted(events)] for events in ordered]


def ask_models() -> dict[str, list[Any]]:
    """Return what each shipped model answers, as lists of numbers and texts."""
    from madang.serving import load

    rows = texts()
    answers: dict[str, list[Any]] = {}
    for name in ("ads", "sentiment", "hate"):
        given = load(name, num_threads=2).classify(rows)
        answers[name] = [
            [each.label, list(each.probabilities.values()), each.is_truncated]
            + [[reason.start, reason.end, reason.weight] for reason in each.reasons]
            for each in given
        ]
    answers["entities"] = [
        [[each.start, each.end, each.type, float(each.probability)] for each in found]
        for found in load("entities", num_threads=2).tag(rows)
    ]
    answers["sentence"] = load("sentence", num_threads=2).embed(rows).tolist()
    gifts = load("gifts")
    answers["gifts"] = [
        [each.item for each in gifts.recommend(history=history, k=10).items]
        for history in histories()
    ]
    return answers


def differences(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """Yield where two answers differ: a number by more than the tolerance, anything else at all."""
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif isinstance(before, float) and isinstance(after, float):
        if not abs(before - after) <= TOLERANCE:
            yield f"{place}: {before} was {after - before:+.2g} lower"
    elif before != after:
        yield f"{place}: {before!r} became {after!r}"


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def site() -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a new site with sample content; yield its address and its logins."""
    port, madang = free_port(), Path(sys.executable).with_name("madang")
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [str(madang), "serve", "--port", str(port)],
            env={**os.environ, "MADANG_HOME": home},
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_for(address)
            lines = (Path(home) / "sample-logins").read_text(encoding="utf-8").splitlines()
            yield address, dict(line.split(" ", 1) for line in lines)
        finally:
            server.terminate()
            server.wait(60)


def wait_for(address: str) -> None:
    """Return once the site answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{address} did not answer within two minutes")


class Browser:
    """Fetches pages with cookies, as one person."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def fetch(self, path: str, form: dict[str, str] | None = None) -> str:
        """Return the status and the text of a page; ``form`` is posted."""
        content = urllib.parse.urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(self.address + path, content, {"Referer": self.address})
        try:
            with self.opener.open(request, timeout=60) as answer:
                return f"{answer.status}\n{answer.read().decode('utf-8', 'replace')}"
        except urllib.error.HTTPError as error:
            return f"{error.code}\n{error.read().decode('utf-8', 'replace')}"

    def log_in(self, name: str, password: str) -> None:
        """Log in by the form."""
        self.fetch("/accounts/login/")
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken") or ""
        form = {"csrfmiddlewaretoken": token, "login": name, "password": password}
        self.fetch("/accounts/login/", form)


def wait_until_read(browser: Browser) -> None:
    """Return once the background worker has read all that waited: the operators' page says so."""
    page = ""
    for _ in range(150):
        before, page = page, steady(browser.fetch("/models/"))
        if page == before and "판단 중" not in steady(browser.fetch("/")):
            return
        time.sleep(2)
    raise SystemExit("the site was still reading its sample content after five minutes")


def steady(page: str) -> str:
    """Return a page without what differs from one run to the next."""
    for pattern, content in VOLATILE:
        page = pattern.sub(content, page)
    return page


def crawl(browser: Browser) -> dict[str, str]:
    """Return the pages that links lead to from the first, nearest first, in a fixed order."""
    pages: dict[str, str] = {}
    waiting = deque(["/"])
    while waiting and len(pages) < MAX_PAGES:
        path = waiting.popleft()
        if path in pages or path.startswith(("/static/", "/admin/")):
            continue
        page = browser.fetch(path)
        pages[path] = steady(page)
        waiting.extend(link.replace("&amp;", "&") for link in LINK.findall(page))
    return pages


def draw_pages() -> dict[str, dict[str, str]]:
    """Return the pages that a stranger and each sample login see."""
    with site() as (address, logins):
        people = {"": Browser(address)}
        for name, password in logins.items():
            people[name] = Browser(address)
            people[name].log_in(name, password)
        wait_until_read(people["지기"])
        return {name or "stranger": crawl(browser) for name, browser in people.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["write", "compare"])
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    kept = options.folder / "models.json", options.folder / "pages.json"
    found = ask_models(), draw_pages()
    if options.action == "write":
        for path, answers in zip(kept, found, strict=True):
            path.write_text(json.dumps(answers, ensure_ascii=False, indent=0), encoding="utf-8")
        return
    models, pages = (json.loads(path.read_text(encoding="utf-8")) for path in kept)
    num_different = 0
    for name, before in models.items():
        places = list(differences(before, found[0][name]))
        num_different += len(places)
        print(f"{name}: {len(before):,} rows, {len(places):,} differences", *places[:3], sep="\n  ")
    for person, before in pages.items():
        after = found[1][person]
        changed = [path for path in before if before[path] != after.get(path)]
        changed += [path for path in after if path not in before]
        num_different += len(changed)
        print(f"pages of {person}: {len(before)}, {len(changed)} different", *changed, sep="\n  ")
        for path in changed:
            place = options.folder / f"{person}{path.replace('/', '_')}"
            place.with_suffix(".before.html").write_text(before.get(path, ""), encoding="utf-8")
            place.with_suffix(".after.html").write_text(after.get(path, ""), encoding="utf-8")
    sys.exit(num_different > 0)


if __name__ == "__main__":
    main()
