"""A manifest is read as it was written, or refused with what is wrong in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from madang import storage
from madang.errors import CheckpointError
from madang.formats import catalogue
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
        ("probe", {"encoder": "sentence", "encoder_version": "0", "weights": [float("nan")]}),
        ("threshold", float("nan")),
        ("max_length", True),
        ("calibration", {"scale": float("inf")}),
        ("labels", None),
    ],
)
def test_a_value_that_no_model_can_have_is_named(tmp_path: Path, name: str, value: object) -> None:
    write_folder(tmp_path, **{name: value})
    with pytest.raises(CheckpointError, match=rf"\({name}.* (must be|is missing)"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"family": "bert"', "it is no JSON"),
        (b'{"family": "bert", "family": "llama"}', "the key 'family' stands twice"),
        (b"[" * 200_000, "its brackets are nested too deeply"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"\x00\xff", "byte 1 is not UTF-8"),
        (b"[]", "it holds []; it must be an object"),
        (b"{}", "is missing. Give it."),
    ],
)
def test_a_file_that_is_no_manifest_is_refused_in_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        read_manifest(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / FILE_NAME} can not be read as a manifest (")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_field_is_answered_with_the_one_that_is_known(tmp_path: Path) -> None:
    write_folder(tmp_path, treshold=0.5)
    with pytest.raises(CheckpointError, match=r"unknown key 'treshold'. Did you mean 'threshold'"):
        read_manifest(tmp_path)


def test_a_manifest_of_a_newer_madang_asks_for_one_whatever_else_it_holds(tmp_path: Path) -> None:
    write_folder(tmp_path, format_version=3, novelty=1)
    with pytest.raises(CheckpointError, match=r"format version 3; .*Install a newer Madang"):
        read_manifest(tmp_path)


def test_every_model_that_ships_has_a_whole_manifest() -> None:
    for name in catalogue.names():
        assert read_manifest(catalogue.find_model(name)).format_version == 1
