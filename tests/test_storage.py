"""What is written stands whole in its place, and what is no file stays what it is."""

import errno
import os
import pty
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from madang import storage

TEXT = "한 줄\n" * 3


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def others_in(folder: Path, *names: str) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in names)


# Links.


@pytest.mark.parametrize("is_relative", [True, False])
def test_a_link_stays_and_the_file_it_leads_to_is_replaced(
    tmp_path: Path, is_relative: bool
) -> None:
    target = tmp_path / "elsewhere" / "real.csv"
    target.parent.mkdir()
    target.write_text("old")
    before = target.stat().st_ino
    link = tmp_path / "out.csv"
    link.symlink_to(Path("elsewhere/real.csv") if is_relative else target)
    storage.write_text(link, TEXT)
    assert link.is_symlink()
    assert target.read_text() == TEXT
    assert target.stat().st_ino != before  # moved there, not written into
    assert not others_in(tmp_path, "elsewhere", "out.csv")
    assert not others_in(target.parent, "real.csv")


def test_a_link_to_a_link_is_followed_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("c")
    (tmp_path / "c").write_text("old")
    storage.write_text(tmp_path / "a", TEXT)
    assert (tmp_path / "a").is_symlink()
    assert (tmp_path / "b").is_symlink()
    assert (tmp_path / "c").read_text() == TEXT


def test_a_link_to_nothing_creates_what_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "out.csv"
    link.symlink_to(tmp_path / "new" / "real.csv")
    storage.write_text(link, TEXT)
    assert link.is_symlink()
    assert (tmp_path / "new" / "real.csv").read_text() == TEXT


def test_links_in_a_circle_are_refused_and_stay(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        storage.write_text(tmp_path / "a", TEXT)
    assert (tmp_path / "a").is_symlink()
    assert (tmp_path / "b").is_symlink()


def test_the_old_file_behind_a_link_stays_where_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with (  # noqa: PT012
        pytest.raises(ZeroDivisionError),
        storage.replacing(tmp_path / "link") as temporary,
    ):
        temporary.write_text("half")
        raise ZeroDivisionError
    assert (tmp_path / "real").read_text() == "old"
    assert not others_in(tmp_path, "real", "link")


def test_a_copy_that_shares_the_file_keeps_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    os.link(tmp_path / "a", tmp_path / "backup")
    storage.write_text(tmp_path / "a", TEXT)
    assert (tmp_path / "backup").read_text() == "old"


# What is no file.


def test_a_pipe_stays_a_pipe_and_its_reader_gets_all(tmp_path: Path) -> None:
    pipe = tmp_path / "out.csv"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    storage.write_text(pipe, TEXT)
    reader.join(10)
    assert read == [TEXT]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert not others_in(tmp_path, "out.csv")


def test_a_terminal_is_written_to_and_stays_a_device() -> None:
    controller, terminal = pty.openpty()
    path = Path(os.ttyname(terminal))
    try:
        before = path.stat()
        storage.write_text(path, "한 줄\n")
        assert os.read(controller, 100).decode().split() == ["한", "줄"]
        assert stat.S_ISCHR(path.lstat().st_mode)
        assert path.stat().st_mode == before.st_mode
    finally:
        os.close(controller)
        os.close(terminal)


def test_a_device_that_is_full_says_so_and_stays_a_device(tmp_path: Path) -> None:
    # By a link: code that replaces what it is given can harm this link alone.
    full, null = tmp_path / "full", tmp_path / "null"
    full.symlink_to("/dev/full")
    null.symlink_to("/dev/null")
    storage.write_text(null, TEXT)
    with pytest.raises(OSError, match=f"{os.strerror(errno.ENOSPC)}: '{full}'"):
        storage.write_text(full, TEXT)
    for link in (full, null):
        assert link.is_symlink()
        assert stat.S_ISCHR(link.stat().st_mode)


def test_a_socket_and_a_folder_are_refused_and_stay(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(place))
        with pytest.raises(OSError, match=os.strerror(errno.ENXIO)):
            storage.write_text(place, TEXT)
        assert stat.S_ISSOCK(place.lstat().st_mode)
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "to folder").symlink_to(folder)
    for path in (folder, tmp_path / "to folder"):
        with pytest.raises(IsADirectoryError):
            storage.write_text(path, TEXT)
    assert not others_in(folder)


PROGRAM = """
import os, sys
from pathlib import Path
from madang import storage
print("before")
storage.write_text(Path(sys.argv[1]), "content\\n")
print("after")
"""


def run(path: str, **streams: object) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-c", PROGRAM, path]
    return subprocess.run(program, text=True, timeout=60, check=True, **streams)  # type: ignore[call-overload,no-any-return]


# ``/dev/stdout`` is named by a link: code that replaces what it is given can harm this link alone.
OPEN = ["link", "/dev/fd/1", "/proc/self/fd/1", "/proc/thread-self/fd/1"]


def open_path(folder: Path, path: str) -> str:
    if path == "link":
        (folder / "link").symlink_to("/dev/stdout")
        return str(folder / "link")
    return path


@pytest.mark.parametrize("path", OPEN)
def test_standard_output_is_written_to_in_its_turn(tmp_path: Path, path: str) -> None:
    done = run(open_path(tmp_path, path), stdout=subprocess.PIPE)
    assert done.stdout == "before\ncontent\nafter\n"
    assert all(each.is_symlink() for each in tmp_path.iterdir())


@pytest.mark.parametrize("path", OPEN)
def test_what_stands_in_a_file_that_is_added_to_stays(tmp_path: Path, path: str) -> None:
    log = tmp_path / "log"
    log.write_text("earlier\n")
    with log.open("a") as file:
        run(open_path(tmp_path, path), stdout=file)
    assert log.read_text() == "earlier\nbefore\ncontent\nafter\n"


def test_an_open_file_of_any_number_is_written_to(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as file:
        file.write("first ")
        file.flush()
        storage.write_text(Path(f"/dev/fd/{file.fileno()}"), "second")
    assert (tmp_path / "a").read_text() == "first second"


def test_an_open_file_that_is_none_is_refused() -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        storage.write_text(Path("/dev/fd/987"), TEXT)


# Modes.


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o444])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    file, link = tmp_path / "a", tmp_path / "link"
    file.write_text("old")
    file.chmod(mode)
    link.symlink_to(file)
    for path in (file, link):
        storage.write_text(path, TEXT)
        assert mode_of(file) == mode
    assert file.read_text() == TEXT


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_gets_the_mode_that_any_program_would_give_it(
    tmp_path: Path, umask: int, mode: int
) -> None:
    earlier = os.umask(umask)
    try:
        with storage.replacing(tmp_path / "a") as temporary:
            assert mode_of(temporary) == 0o600
            temporary.write_text(TEXT)
        assert mode_of(tmp_path / "a") == mode
    finally:
        os.umask(earlier)


def test_a_private_file_is_private_whatever_stood_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o644)
    for name in ("a", "new"):
        with storage.replacing(tmp_path / name, mode=0o600) as temporary:
            temporary.write_text(TEXT)
        assert mode_of(tmp_path / name) == 0o600


def test_a_file_keeps_its_owner_as_far_as_one_may_give_it_away(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("old")
    user, group = (12, 34) if os.geteuid() == 0 else (os.geteuid(), os.getgroups()[-1])
    os.chown(file, user, group)
    storage.write_text(file, TEXT)
    assert (file.stat().st_uid, file.stat().st_gid) == (user, group)


def test_a_long_name_has_room_for_the_file_beside_it(tmp_path: Path) -> None:
    path = tmp_path / ("가" * 85)  # 255 bytes
    storage.write_text(path, TEXT)
    assert path.read_text() == TEXT
