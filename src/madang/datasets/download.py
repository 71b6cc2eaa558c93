"""Download the files of a data set: only when asked to, checked, and whole or not at all."""

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from madang import storage
from madang.datasets.card import DataFile, DatasetCard
from madang.datasets.folder import DataFolder
from madang.errors import ChecksumError, DataError

SCHEMES = ("https", "http", "file")
TIMEOUT_SECONDS = 60


def fetch(card: DatasetCard, folder: DataFolder, report: Callable[[str], None]) -> None:
    """Bring every file of a data set that is not there yet into its folder.

    ``report`` is told one line a file. A file that has no public address is only named.

    Raises ``DataError`` when an address does not answer or a file that is there is not the
    published one, ``ChecksumError`` when the download is not; nothing is written then.
    """
    for file in card.files:
        if folder.find(file) is not None:
            folder.read_bytes(file)
            report(f"{file.path}: already there, checksum right")
        elif file.address is None:
            report(f"{file.path}: not public in this form; copy it to {folder.path / file.path}")
        else:
            num_bytes = download(file, folder.path / file.path)
            report(f"{file.path}: {num_bytes:,} bytes, checksum right")


def download(file: DataFile, target: Path) -> int:
    """Write the file at an address to ``target`` if its checksum is right; return its bytes."""
    address = file.address or ""
    if urlsplit(address).scheme not in SCHEMES:
        raise DataError(f"{address!r} is no address to download from; allowed: {SCHEMES}.")
    try:
        with (
            urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer,
            storage.replacing(target) as temporary,
        ):
            with temporary.open("wb") as output:
                shutil.copyfileobj(answer, output)
            found, num_bytes = storage.sha256_of(temporary), temporary.stat().st_size
            if found != file.sha256:
                raise ChecksumError(
                    f"{address} has SHA-256 {found[:16]}…; published is "
                    f"{file.sha256[:16]}…. The address holds something else now: nothing was "
                    f"written."
                )
    except (urllib.error.URLError, OSError) as error:
        raise DataError(
            f"{address} could not be downloaded to {target} ({error}). Check the network and the "
            f"space on the disk, or copy the file there by hand."
        ) from error
    return num_bytes
