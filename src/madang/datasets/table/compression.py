"""Files as their bytes, unpacked where they are packed with gzip."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from madang.errors import DataError

PACKED = ".gz"


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked; ``DataError`` for what is missing, no file, or cut off."""
    if path.is_dir():
        raise DataError(f"{path} is a folder. Give the path of a file.")
    if not path.exists():
        raise DataError(f"There is no file {path}. Check the path.")
    open_file = gzip.GzipFile if path.suffix == PACKED else Path.open
    try:
        with open_file(path, "rb") as file:
            yield cast(IO[bytes], file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} can not be unpacked ({error}). Copy it again.") from error


def kind_of(path: Path) -> str:
    """Return the ending of a file's name that says what it is, in small letters.

    >>> kind_of(Path("a.CSV.gz")), kind_of(Path("ratings.dat"))
    ('.csv', '.dat')
    """
    unpacked = path.with_suffix("") if path.suffix == PACKED else path
    return unpacked.suffix.lower()
