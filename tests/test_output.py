"""What a command is told to write: a link, a pipe, a device or a file, each stays what it is."""

import ast
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import madang
from madang.commands.cli import USAGE_ERROR, main

ROOM = Path(madang.__file__).parent


def posts(folder: Path) -> str:
    path = folder / "posts.csv"
    path.write_text("text\n오늘 공구 열어요\n김연아는 서울에 있다\n", encoding="utf-8")
    return str(path)


def views(folder: Path) -> str:
    path = folder / "views.csv"
    path.write_text("user,item,time\n1,B00JO5MTXI,1000000000\n1,B00LD84PGS,1000000001\n")
    return str(path)


# The ending of what each writes, and its words, but for --output.
COMMANDS: dict[str, tuple[str, Callable[[Path], list[str]]]] = {
    "classify": (".csv", lambda folder: ["classify", "--input", posts(folder)]),
    "tag": (".csv", lambda folder: ["tag", "--input", posts(folder)]),
    "embed": (".npy", lambda folder: ["embed", "--input", posts(folder)]),
    "explain": (".html", lambda folder: ["explain", "오늘 공구 열어요"]),
    "recommend": (
        ".parquet",
        lambda folder: ["recommend", "--all", "--interactions", views(folder)],
    ),
    "recommend as CSV": (
        ".csv",
        lambda folder: ["recommend", "--all", "--interactions", views(folder)],
    ),
}
each_command = pytest.mark.parametrize("name", COMMANDS)


def run(name: str, folder: Path, output: Path) -> int:
    return main([*COMMANDS[name][1](folder), "--output", str(output)])


@pytest.fixture
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """What a command writes into a file of its own."""

    def write(name: str) -> bytes:
        folder = tmp_path_factory.mktemp("plain")
        output = folder / f"out{COMMANDS[name][0]}"
        assert run(name, folder, output) == 0
        return output.read_bytes()

    return write


@each_command
def test_a_link_is_followed_and_the_file_keeps_its_mode(
    name: str, tmp_path: Path, written: Callable[[str], bytes]
) -> None:
    link, target = tmp_path / f"out{COMMANDS[name][0]}", tmp_path / "elsewhere" / "real"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to("elsewhere/real")
    assert run(name, tmp_path, link) == 0
    assert link.is_symlink()
    assert target.read_bytes() == written(name)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in target.parent.iterdir()] == ["real"]


@each_command
def test_a_pipe_gets_all_and_stays_a_pipe(
    name: str, tmp_path: Path, written: Callable[[str], bytes]
) -> None:
    pipe = tmp_path / f"out{COMMANDS[name][0]}"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert run(name, tmp_path, pipe) == 0
    reader.join(30)
    assert read == [written(name)]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


@each_command
def test_a_device_that_is_full_is_a_sentence_and_stays_a_device(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # By a link: code that replaces what it is given can harm this link alone.
    full = tmp_path / f"out{COMMANDS[name][0]}"
    full.symlink_to("/dev/full")
    assert run(name, tmp_path, full) == USAGE_ERROR
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("madang: ")
    assert "No space left on device" in said
    assert full.is_symlink()
    assert stat.S_ISCHR(full.stat().st_mode)


@each_command
def test_a_folder_is_refused_in_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / f"out{COMMANDS[name][0]}"
    folder.mkdir()
    assert run(name, tmp_path, folder) == USAGE_ERROR
    assert "Is a directory" in capsys.readouterr().err.splitlines()[-1]
    assert not [*folder.iterdir()]


def test_standard_output_can_be_named_and_cut_off(tmp_path: Path) -> None:
    link = tmp_path / "out.csv"
    link.symlink_to("/dev/stdout")
    words = [sys.executable, "-m", "madang", *COMMANDS["classify"][1](tmp_path), "--output", link]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines()[0] == "text,label,probability,is_truncated"
    assert len(done.stdout.splitlines()) == 3
    shell = " ".join(map(str, words)) + " | head -c 0; exit ${PIPESTATUS[0]}"
    assert subprocess.run(["bash", "-c", shell], capture_output=True, timeout=120).returncode == 0


# Files of a running process, not what somebody asked to have written: opened to be added to, or
# created where there must be none.
OTHERS = {
    "storage.py",
    "training/reporting/trackers.py",  # a line a step
    "community/serve/command.py",  # the sample log-ins
    "community/site/environment.py",  # the secret key
    "community/serve/worker.py",  # a lock
    "datasets/table/frame.py",  # a copy of a table that goes with the process
}


def test_whatever_writes_a_file_writes_it_by_the_one_mechanism() -> None:
    found = set()
    for path in ROOM.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)):
                continue
            said = ast.unparse(node)
            on = ast.unparse(node.func)
            is_opened = re.search(r"(^|\.)(open|fdopen)$", on) and re.search(r"'[wax]b?\+?'", said)
            is_written = re.search(r"\.write_(text|bytes|parquet|csv)$", on)
            by_storage = on.startswith(("storage.", "temporary.", "found[name].users.", "place."))
            if (is_opened or is_written) and not by_storage and "enter_context" not in on:
                found.add((str(path.relative_to(ROOM)), on))
    allowed = {("serving/bulk.py", "pl.concat([EMPTY, *frames]).write_parquet")}
    # It writes to the temporary path that its caller puts to its place.
    allowed |= {each for each in found if each[0] == "datasets/table/writer.py"}
    assert {each for each in found - allowed if each[0] not in OTHERS} == set()
    assert all((ROOM / each).is_file() for each in OTHERS)
