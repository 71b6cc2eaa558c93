"""Files written whole or not at all, and their hashes.

A checkpoint that a full disk cut in half is worse than none: every file that matters is written
beside its place and moved there with one ``os.replace``, which POSIX makes atomic.

What is not a file is never replaced. Whoever names a link means what it leads to, and a pipe, a
device or ``/dev/stdout`` is written into, once the content is whole. (A second name of the same
file, a hard link, keeps the old content: so a copy that shares its files stays as it was.)
"""

import errno
import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# A file's name may have 255 bytes, and the one beside it needs some for itself.
_PREFIX_LETTERS = 40
_MOST_LINKS = 40


@contextmanager
def replacing(path: Path, *, mode: int | None = None) -> Iterator[Path]:
    """Yield a temporary path; put what is there to ``path`` when the block ends without error.

    On any error (a full disk, a killed process) the old file stays as it was. ``mode`` says who may
    read it, None that a file keeps its own and a new one gets what is usual here; until then its
    owner alone may. Raises ``OSError`` for a folder, and for what can not be written.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    path = Path(path)
    put_down = _filling if is_stream(path) else _moving
    with put_down(path, mode) as temporary:
        yield temporary


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write ``content`` to ``path`` as UTF-8, whole or not at all."""
    write_bytes(path, content.encode())


def sha256_of(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes, read in blocks."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_stream(path: Path) -> bool:
    """Say whether a path leads to what can only be written into: a pipe, a device, an open file."""
    if _descriptor_of(path) is not None:
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


@contextmanager
def _moving(path: Path, mode: int | None) -> Iterator[Path]:
    """Yield a path beside the file that ``path`` leads to, and move it there in the end."""
    place = Path(os.path.realpath(path))
    if place.is_dir() or place.is_symlink():  # of links in a circle one is left
        code = errno.EISDIR if place.is_dir() else errno.ELOOP
        raise OSError(code, os.strerror(code), str(path))
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary, usual_mode = _create_beside(place)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        _make_like(temporary, place, usual_mode if mode is None else mode, keeps_mode=mode is None)
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


def _create_beside(place: Path) -> tuple[Path, int]:
    """Create an empty file that its owner alone may read; return it and what its mode would be."""
    prefix = f".{place.name[:_PREFIX_LETTERS]}."
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=prefix, suffix=".part")
    os.close(descriptor)
    # Only the kernel knows what this process's files may be, and says it of a new file alone.
    Path(name).unlink()
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        usual_mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
    return Path(name), usual_mode


def _make_like(temporary: Path, place: Path, mode: int, *, keeps_mode: bool) -> None:
    """Give a file the owner and the mode of the one that it replaces, if there is one."""
    try:
        earlier = place.stat()
    except FileNotFoundError:
        temporary.chmod(mode)
        return
    own = temporary.stat()
    if (own.st_uid, own.st_gid) != (earlier.st_uid, earlier.st_gid):
        with suppress(PermissionError):  # only root may give a file away
            os.chown(temporary, earlier.st_uid, earlier.st_gid)
    temporary.chmod(stat.S_IMODE(earlier.st_mode) if keeps_mode else mode)


@contextmanager
def _filling(path: Path, mode: int | None) -> Iterator[Path]:
    """Yield a path elsewhere, and write its content into what ``path`` leads to in the end."""
    with tempfile.TemporaryDirectory(prefix="madang-") as folder:
        temporary = Path(folder) / "content"
        temporary.touch()
        yield temporary
        try:
            with temporary.open("rb") as content, os.fdopen(_open(path), "wb") as target:
                shutil.copyfileobj(content, target)
        except OSError as error:
            error.filename = error.filename or str(path)
            raise


def _open(path: Path) -> int:
    """Open what is neither created nor emptied: an open file goes on where it is."""
    descriptor = _descriptor_of(path)
    if descriptor is None:
        return os.open(path, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return os.dup(descriptor)


def _descriptor_of(path: Path) -> int | None:
    """Return the number of the open file that a path such as ``/dev/stdout`` stands for.

    Were it opened by its path, a file that is added to (``>>``) would be emptied.
    """
    open_files = re.compile(rf"/proc/{os.getpid()}(/task/\d+)?/fd")
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(path.parent)
        if open_files.fullmatch(folder) and path.name.isdecimal():
            return int(path.name)
        if not path.is_symlink():
            return None
        path = Path(folder, path.readlink())
    return None
