"""Where data lies on this machine: ``MADANG_DATA``, laid out as ``<name>/<file>``.

Without ``MADANG_DATA`` it is the folder that ``madang data fetch`` writes to. A file may be packed
(``.gz``, ``.xz``); its checksum is always the unpacked file's, and is checked on every reading.
"""

import gzip
import hashlib
import lzma
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from madang.datasets.card import DataFile
from madang.errors import ChecksumError, DataError

VARIABLE = "MADANG_DATA"
OPEN: dict[str, Callable[[Path], IO[bytes]]] = {
    "": lambda path: path.open("rb"),
    ".gz": lambda path: cast(IO[bytes], gzip.GzipFile(path)),
    ".xz": lzma.LZMAFile,
}


def data_root() -> Path:
    """Return ``MADANG_DATA``, or the user's cache folder where it is not set.

    Raises ``DataError`` when ``MADANG_DATA`` names no folder.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(cache) / "madang" / "data"
    if not Path(named).is_dir():
        raise DataError(
            f"{VARIABLE} is {named!r}, which is no folder. Set it to a folder laid out as "
            f"<name>/<file>, or unset it and run `madang data fetch NAME`."
        )
    return Path(named)


class DataFolder:
    """The files of one data set on this machine."""

    def __init__(self, name: str, root: Path | None = None) -> None:
        self.name = name
        self.path = (root or data_root()) / name

    def find(self, file: DataFile) -> Path | None:
        """Return where a file lies, packed or not, or None."""
        candidates = (self.path / f"{file.path}{suffix}" for suffix in OPEN)
        return next((path for path in candidates if path.is_file()), None)

    def read_bytes(self, file: DataFile) -> bytes:
        """Return the unpacked content of a file.

        Raises ``DataError`` when it is missing or can not be unpacked, ``ChecksumError`` when it
        is not the published one.
        """
        with self._opened(file) as unpacked:
            content = unpacked.read()
        self._check(file, hashlib.sha256(content).hexdigest())
        return content

    def read_lines(self, file: DataFile) -> Iterator[str]:
        """Yield the lines of a UTF-8 file without their ends, however large it is.

        The file is read twice, once to check it before the first line leaves; it is never whole
        in memory. Raises as ``read_bytes`` does.
        """
        with self._opened(file) as unpacked:
            digest = hashlib.file_digest(unpacked, "sha256")  # type: ignore[arg-type]
        self._check(file, digest.hexdigest())
        with self._opened(file) as unpacked:
            for line in unpacked:
                yield line.decode().rstrip("\r\n")

    def read_text(self, file: DataFile) -> str:
        """Return the content of a UTF-8 file, without a byte order mark."""
        return self.read_bytes(file).decode("utf-8-sig")

    @contextmanager
    def _opened(self, file: DataFile) -> Iterator[IO[bytes]]:
        """Open a file, unpacked; what is missing or cut off is a ``DataError``."""
        path = self.find(file)
        if path is None:
            raise DataError(self._missing(file))
        try:
            with OPEN[path.name.removeprefix(Path(file.path).name)](path) as unpacked:
                yield unpacked
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise DataError(
                f"{path} can not be unpacked ({error}). It was cut off: copy it again or run "
                f"`madang data fetch {self.name}`."
            ) from error

    def _check(self, file: DataFile, found: str) -> None:
        if found != file.sha256:
            raise ChecksumError(
                f"{self.find(file)} has SHA-256 {found[:16]}… unpacked; published is "
                f"{file.sha256[:16]}…. Remove it and run `madang data fetch {self.name}`, or copy "
                f"the published file."
            )

    def _missing(self, file: DataFile) -> str:
        remedy = (
            f"run `madang data fetch {self.name}`"
            if file.address
            else "copy it there (it is not public in this form)"
        )
        if os.environ.get(VARIABLE):
            return f"{self.name}/{file.path} is not in {VARIABLE} ({self.path.parent}): {remedy}."
        return (
            f"{self.name}/{file.path} is not in {self.path.parent}, and {VARIABLE} is not set. "
            f"Set {VARIABLE} to a folder laid out as <name>/<file>, or {remedy}."
        )
