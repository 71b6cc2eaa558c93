"""Where data lies, packed or not, and that it is what was published."""

import gzip
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from madang.datasets.card import DataFile
from madang.datasets.folder import DataFolder
from madang.datasets.folder import data_root as find_root
from madang.errors import ChecksumError, DataError

CONTENT = "\ufefftext,label\n광고,1\n".encode()
FILE = DataFile(
    path="label_1/광고.csv", sha256=hashlib.sha256(CONTENT).hexdigest(), address="https://a/b"
)


@pytest.mark.parametrize(
    ("suffix", "pack"), [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress)]
)
def test_a_packed_file_serves_for_the_published_one(
    data_root: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    path = data_root / "ads" / "label_1" / f"광고.csv{suffix}"
    path.parent.mkdir(parents=True)
    path.write_bytes(pack(CONTENT))
    assert DataFolder("ads").read_text(FILE) == "text,label\n광고,1\n"


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_a_packed_file_cut_in_half_is_refused_with_its_name(data_root: Path, suffix: str) -> None:
    pack = {".gz": gzip.compress, ".xz": lzma.compress}[suffix]
    path = data_root / "ads" / "label_1" / f"광고.csv{suffix}"
    path.parent.mkdir(parents=True)
    path.write_bytes(pack(CONTENT)[:-10])
    with pytest.raises(DataError, match=r"can not be unpacked .* copy it again"):
        DataFolder("ads").read_bytes(FILE)


def test_a_file_that_was_changed_is_refused(data_root: Path) -> None:
    path = data_root / "ads" / "label_1" / "광고.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT + b"x,0\n")
    with pytest.raises(ChecksumError, match=f"published is {FILE.sha256[:16]}"):
        DataFolder("ads").read_bytes(FILE)


def test_a_missing_file_says_what_to_run(data_root: Path) -> None:
    with pytest.raises(DataError, match="run `madang data fetch ads`"):
        DataFolder("ads").read_bytes(FILE)


def test_without_the_variable_the_error_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MADANG_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert find_root() == tmp_path / "madang" / "data"
    with pytest.raises(DataError, match=r"Set MADANG_DATA to a folder .* or run `madang data f"):
        DataFolder("ads").read_bytes(FILE)


def test_a_variable_that_names_no_folder_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MADANG_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="is no folder"):
        DataFolder("ads")
