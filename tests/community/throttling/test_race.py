"""Fifty threads of two processes ask at one instant: exactly as many get through as may."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

PROCESSES, THREADS, ALLOWED = 2, 25, 17
PATIENCE_SECONDS = 120

PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", "throttling", verbosity=0, interactive=False)
"""
ASK = """
import sys, threading
import django
django.setup()
from django.db import connection
from madang.community.throttling.actions import take
from madang.community.site.rate import Rate

threads, allowed = int(sys.argv[1]), int(sys.argv[2])
barrier, through = threading.Barrier(threads + 1), []

def ask():
    connection.ensure_connection()
    barrier.wait()
    through.append(take("posts person 1", Rate(allowed, 3600)) == 0)
    connection.close()

asking = [threading.Thread(target=ask) for _ in range(threads)]
for each in asking:
    each.start()
print("ready", flush=True)
sys.stdin.readline()
barrier.wait()
for each in asking:
    each.join()
print(len(through), sum(through))
"""


def run_race(home: Path, database: str) -> tuple[int, int]:
    """Return how many asked, and how many got through."""
    environment = {
        **os.environ,
        "MADANG_HOME": str(home),
        "MADANG_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
    }
    subprocess.run([sys.executable, "-c", PREPARE], env=environment, check=True)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, str(THREADS), str(ALLOWED)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate(timeout=PATIENCE_SECONDS)[0].split() for racer in racers]
    return sum(int(asked) for asked, _ in told), sum(int(through) for _, through in told)


@pytest.mark.parametrize("turn", range(3))
def test_exactly_as_many_get_through_as_may_on_sqlite(turn: int, tmp_path: Path) -> None:
    assert run_race(tmp_path, "") == (PROCESSES * THREADS, ALLOWED)


@pytest.mark.parametrize("turn", range(3))
def test_exactly_as_many_get_through_as_may_on_postgresql(
    turn: int, tmp_path: Path, db: None, postgresql: Any
) -> None:
    described = postgresql.settings_dict
    with postgresql._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE madang_race")
    user, host = quote(described["USER"]), quote(described["HOST"], safe="")
    try:
        told = run_race(tmp_path, f"postgresql://{user}@/madang_race?host={host}")
    finally:
        with postgresql._nodb_cursor() as cursor:
            cursor.execute("DROP DATABASE madang_race")
    assert told == (PROCESSES * THREADS, ALLOWED)
