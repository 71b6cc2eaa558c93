"""A manifest is read as it was written, or refused with what is wrong in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from madang import storage
from madang.errors import CheckpointError
from madang.formats.manifest import (
    FILE_NAME,
    Calibration,
    Manifest,
    Probe,
    read_manifest,
    write_manifest,
)


def write_folder(folder: Path, **changes: Any) -> Manifest:
    """Write a manifest beside a tokenizer, then change the file by hand."""
    storage.write_text(folder / "tokenizer.json", "{}")
    manifest = Manifest(
        family="bert",
        task="classification",
        tokenizer_sha256=storage.sha256_of(folder / "tokenizer.json"),
        labels=("ordinary", "ad"),
        calibration=Calibration(scale=2.0, offset=-1.0),
        probe=Probe(encoder="sentence", encoder_version="0" * 12, weights=(0.5, -1.0)),
    )
    write_manifest(folder, manifest)
    fields = json.loads((folder / FILE_NAME).read_text())
    storage.write_text(folder / FILE_NAME, json.dumps({**fields, **changes}))
    return manifest


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert write_folder(tmp_path) == read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("labels", "ad"),
        ("labels", [0, 1]),
        ("threshold", "0.5"),
        ("threshold", 50),
        ("max_length", "160"),
        ("max_length", 0),
        ("record", None),
        ("format_version", "1"),
        ("probe", {"encoder": "sentence", "weights": [0.5]}),
        ("probe", {"encoder": "sentence", "encoder_version": "0", "weights": ["much"]}),
    ],
)
def test_a_value_that_no_model_can_have_is_named(tmp_path: Path, name: str, value: object) -> None:
    write_folder(tmp_path, **{name: value})
    with pytest.raises(CheckpointError, match=name if name != "probe" else "manifest"):
        read_manifest(tmp_path)
