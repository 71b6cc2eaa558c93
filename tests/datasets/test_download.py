"""A download is checked, and is there whole or not at all."""

import functools
import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from madang.datasets.card import DataFile, DatasetCard
from madang.datasets.download import download, fetch
from madang.datasets.folder import DataFolder
from madang.errors import ChecksumError, DataError

CONTENT = "id\tdocument\tlabel\n1\t좋아요\t1\n".encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a folder, served on this machine, that holds ``좋아.txt``."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "좋아.txt").write_bytes(CONTENT)
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def card_of(*files: DataFile) -> DatasetCard:
    return DatasetCard(
        name="tiny",
        title="",
        address="",
        licence="",
        labels=(),
        splits={},
        files=files,
        read=lambda folder, split: iter(()),
    )


def test_a_data_set_is_fetched_once_and_then_known_to_be_there(
    served: str, data_root: Path
) -> None:
    address = f"{served}/%EC%A2%8B%EC%95%84.txt"
    card = card_of(
        DataFile(path="deep/좋아.txt", sha256=SHA256, address=address),
        DataFile(path="private.csv", sha256=SHA256),
    )
    lines: list[str] = []
    for _ in range(2):
        fetch(card, DataFolder("tiny"), lines.append)
    assert (data_root / "tiny" / "deep" / "좋아.txt").read_bytes() == CONTENT
    assert lines[0] == f"deep/좋아.txt: {len(CONTENT)} bytes, checksum right"
    assert "not public" in lines[1]
    assert str(data_root) in lines[1]
    assert lines[2] == "deep/좋아.txt: already there, checksum right"


def test_a_download_that_is_not_the_published_file_leaves_nothing(
    served: str, tmp_path: Path
) -> None:
    target = tmp_path / "target" / "a.txt"
    file = DataFile(path="a.txt", sha256="0" * 64, address=f"{served}/%EC%A2%8B%EC%95%84.txt")
    with pytest.raises(ChecksumError, match="nothing was written"):
        download(file, target)
    assert list(target.parent.iterdir()) == []


def test_an_address_that_does_not_answer_is_an_error_with_the_address(
    served: str, tmp_path: Path
) -> None:
    file = DataFile(path="a.txt", sha256=SHA256, address=f"{served}/missing.txt")
    with pytest.raises(DataError, match=r"missing\.txt could not be downloaded .*404"):
        download(file, tmp_path / "a.txt")


def test_a_file_address_works_and_an_unknown_scheme_does_not(tmp_path: Path) -> None:
    (tmp_path / "source.txt").write_bytes(CONTENT)
    address = (tmp_path / "source.txt").as_uri()
    num_bytes = download(DataFile(path="a.txt", sha256=SHA256, address=address), tmp_path / "a.txt")
    assert num_bytes == len(CONTENT)
    with pytest.raises(DataError, match="no address"):
        download(DataFile(path="a", sha256=SHA256, address="ftp://a/b"), tmp_path / "b.txt")
