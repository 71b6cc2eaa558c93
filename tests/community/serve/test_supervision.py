"""The supervisor with real children: short programs that die, hang or say that they are well."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from django.test import Client

from madang.community.processes import status
from madang.community.processes.pulse import PARENT
from madang.community.processes.status import ProcessStatus, Status
from madang.community.serve import supervision

PATIENCE_SECONDS = 60
SUPERVISE = """
import sys
from pathlib import Path
from madang.community.serve import supervision
from madang.community.serve.supervision import Child, Supervisor

supervision.FIRST_PAUSE_SECONDS = 0.1
supervision.SECONDS_HUNG = 2.0
Supervisor(
    [Child("it", [sys.executable, "-c", sys.argv[2]], has_pulse=len(sys.argv) > 3)],
    folder=Path(sys.argv[1]),
).run()
"""
BEAT = """
import os, time
from madang.community.processes import pulse
pulse.open_pulse()
while True:
    pulse.beat()
    time.sleep(0.1)
"""


def start(folder: Path, program: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(folder), program, *words],
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def only(folder: Path) -> ProcessStatus | None:
    found = status.read(folder)
    return found.processes[0] if found and found.processes else None


def num_restarts(folder: Path) -> int:
    found = only(folder)
    return found.num_restarts if found else 0


def stop(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=PATIENCE_SECONDS)[1]


def test_a_child_that_dies_is_started_again_and_again_later_each_time(tmp_path: Path) -> None:
    process = start(tmp_path, "raise SystemExit(3)")
    wait_for(lambda: num_restarts(tmp_path) >= 3)
    said = stop(process)
    assert process.returncode == 0
    pauses = [supervision.pause_after(number) for number in range(1, 30)]
    assert pauses == sorted(pauses)
    assert max(pauses) == supervision.LONGEST_PAUSE_SECONDS
    assert "The process it ended (exit code 3) and is started again" in said


def test_a_child_that_ran_well_is_soon_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE_SECONDS", 0.01)
    child = supervision.Child("it", [sys.executable, "-c", ""])
    child.start()

    def failures_of_ends(number: int) -> int:
        for goal in range(child.num_restarts + 1, child.num_restarts + number + 1):
            wait_for(lambda goal=goal: child.look_after() and child.num_restarts == goal)  # type: ignore[misc]
        return child._num_failures

    assert failures_of_ends(3) == 3
    monkeypatch.setattr(supervision, "SECONDS_WELL", 0.0)
    assert failures_of_ends(2) == 1
    child.stop()
    child.wait(time.monotonic() + PATIENCE_SECONDS)


def test_a_child_that_hangs_is_killed_and_started_again_and_one_that_beats_is_not(
    tmp_path: Path,
) -> None:
    process = start(tmp_path, BEAT, "with pulse")
    wait_for(lambda: only(tmp_path))
    first = only(tmp_path)
    assert first is not None
    assert first.pid is not None
    time.sleep(3 * 2.0)  # three times as long as one may be silent
    now = only(tmp_path)
    assert now is not None
    assert (now.pid, now.num_restarts) == (first.pid, 0)
    os.kill(first.pid, signal.SIGSTOP)
    wait_for(lambda: num_restarts(tmp_path) == 1)
    now = only(tmp_path)
    assert now is not None
    assert now.last_exit == "SIGKILL"
    assert "hangs and is killed" in stop(process)
    assert not psutil.pid_exists(first.pid)


def test_a_child_dies_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, time; from madang.community.serve.orphan import end_with;"
        f"end_with(int(os.environ[{PARENT!r}])); time.sleep(600)"
    )
    process = start(tmp_path, program)
    wait_for(lambda: only(tmp_path))
    time.sleep(1)  # until it has asked to die; it would be found out either way
    child = psutil.Process(process.pid).children()
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert psutil.wait_procs(child, timeout=PATIENCE_SECONDS)[1] == []


def test_a_clock_that_was_set_back_starts_the_children_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = supervision.Child("it", [sys.executable, "-c", "import time; time.sleep(600)"])
    watched = supervision.Supervisor([child], folder=tmp_path)
    child.start()
    first = child.process
    assert first is not None
    watched._watch()
    assert first.poll() is None
    ahead, right = supervision._clock(), supervision._clock
    monkeypatch.setattr(supervision, "_clock", lambda: ahead - 3600.0)
    watched._watch()
    assert first.wait(timeout=PATIENCE_SECONDS) == -signal.SIGTERM
    monkeypatch.setattr(supervision, "_clock", right)
    wait_for(lambda: watched._watch() or child.num_restarts == 1)
    watched._stop_all()


def test_the_status_is_written_whole_on_a_disk_without_space_and_read_meanwhile(
    tmp_path: Path,
) -> None:
    up = ProcessStatus(name="web", pid=1, since=0.0, next_try=None, num_restarts=0, last_exit="")
    status.write(tmp_path, Status(written_at=0.0, processes=(up,)))
    before = (tmp_path / status.FILE_NAME).stat()
    is_over = threading.Event()
    seen = []

    def look() -> None:
        while not is_over.is_set():
            seen.append(status.read(tmp_path))

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(2000):
        status.write(tmp_path, Status(written_at=float(number), processes=(up,) * (number % 3)))
    is_over.set()
    reader.join()
    after = (tmp_path / status.FILE_NAME).stat()
    assert (before.st_size, before.st_ino) == (after.st_size, after.st_ino)  # no new block or file
    assert seen
    assert None not in seen


def page_with(
    folder: Path, client: Client, *, written_at: float, quiet_seconds: float = 0.0, **given: object
) -> str:
    fields = {"name": "worker", "pid": 7, "since": 0.0, "next_try": None, "num_restarts": 0}
    process = ProcessStatus(
        **{**fields, "last_exit": "", "quiet_seconds": quiet_seconds, **given}  # type: ignore[arg-type]
    )
    status.write(folder, Status(written_at=written_at, processes=(process,)))
    return client.get("/models/").content.decode()


def test_the_operators_page_shows_how_the_processes_do(
    tmp_path: Path, settings: object, as_moderator: Client
) -> None:
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    assert "프로세스 소식이 없습니다" in as_moderator.get("/models/").content.decode()
    now = time.time()
    html = page_with(tmp_path, as_moderator, written_at=now, num_restarts=3, last_exit="SIGKILL")
    assert ("실행 중" in html, "3번 다시 시작함" in html, "SIGKILL" in html) == (True, True, True)
    html = page_with(tmp_path, as_moderator, written_at=now, quiet_seconds=1000.0)
    assert ("실행 중" in html, "답하지 않음" in html) == (False, True)
    html = page_with(tmp_path, as_moderator, written_at=now, pid=None, next_try=now + 60)
    assert ("멈춤" in html, "에 다시 시작" in html) == (True, True)
    for moment in (now - 3600, now + 3600):  # a supervisor that is gone, a clock that was wrong
        html = page_with(tmp_path, as_moderator, written_at=moment)
        assert ("실행 중" in html, "프로세스 소식이 없습니다" in html) == (False, True)
    (tmp_path / status.FILE_NAME).write_text(json.dumps([]))
    assert "프로세스 소식이 없습니다" in as_moderator.get("/models/").content.decode()
