"""A data folder made for a test, and the real one."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "data"
    root.mkdir()
    monkeypatch.setenv("MADANG_DATA", str(root))
    return root


@pytest.fixture
def real_data() -> Path:
    folder = os.environ.get("MADANG_DATA")
    if not folder:
        pytest.skip("MADANG_DATA is not set: the published data sets can not be read")
    return Path(folder)
