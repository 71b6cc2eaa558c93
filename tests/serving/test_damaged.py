"""Whatever is damaged in a model folder, every command that opens it says so in one sentence."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from madang import storage, validation
from madang.commands.cli import USAGE_ERROR, main
from madang.errors import CheckpointError
from madang.formats import catalogue
from madang.serving import load

COMMANDS = {
    "ads": [["classify", "오늘 공구 열어요"]],
    "sentiment": [["classify", "국물이 좋아요"]],
    "hate": [["classify", "꺼져"]],
    "entities": [["tag", "김연아는 서울에 있다"]],
    "sentence": [["embed", "빵"], ["similar", "빵", "떡"]],
    "gifts": [["recommend", "--history", "B00JO5MTXI"]],
}
MOST_LETTERS = 1000

# What can befall any file of JSON, whatever stands in it.
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "blank": lambda content: b" \n\n",
    "cut off": lambda content: content[: len(content) // 2],
    "cut off before the last bracket": lambda content: content.rstrip()[:-1],
    "200,000 brackets": lambda content: b"[" * 200_000,
    "200,000 objects": lambda content: b'{"a":' * 200_000,
    "200,000 brackets that close": lambda content: b"[" * 200_000 + b"]" * 200_000,
    "a list": lambda content: b"[" + content + b"]",
    "a text": lambda content: b'"' + b"a" * 100_000 + b'"',
    "a number": lambda content: b"12",
    "null": lambda content: b"null",
    "true": lambda content: b"true",
    "not a number": lambda content: b"NaN",
    "no UTF-8": lambda content: content.rstrip()[:-1] + b', "\xe9": 1}',
    "another encoding": lambda content: content.decode().encode("utf-16"),
    "a byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "zeros": lambda content: b"\0" * len(content),
    "noise": lambda content: bytes(range(256)) * 100,
    "a key twice": lambda content: (
        content.rstrip()[:-1] + b', "format_version": 1, "items": 1,'
        b' "format_version": 1, "items": 1}'
    ),
    "half a character": lambda content: content.rstrip()[:-1] + b', "family": "\\ud800"}',
    "a number of 5,000 digits": lambda content: b'{"max_length": ' + b"9" * 5000 + b"}",
    "another file": lambda content: b"\x7fELF" + content,
}
WRONG: dict[str, Any] = {
    "null": None,
    "text": "many",
    "letters": "x" * 200_000,
    "number": -1,
    "fraction": 0.1234,
    "huge": 10**30,
    "NaN": math.nan,
    "infinity": math.inf,
    "true": True,
    "list": [1, None],
    "list of lists": [[["a"]]],
    "object": {"a": {"b": [1]}},
    "half a character": "\ud800",
    "half a character within": ["\udfff"] * 2,
}


def damaged_copy(model: str, folder: Path, name: str, content: bytes) -> Path:
    """Link to the files of a shipped model, but for one that is written anew."""
    for path in catalogue.find_model(model).iterdir():
        (folder / path.name).unlink(missing_ok=True)
        if path.name != name:
            (folder / path.name).symlink_to(path)
    (folder / name).write_bytes(content)
    return folder


def check_refused(folder: Path, model: str, capsys: pytest.CaptureFixture[str], why: str) -> None:
    """Demand one short sentence from each command that opens the model."""
    for words in COMMANDS[model]:
        assert main([*words, "--model", str(folder)]) == USAGE_ERROR, why
        said = capsys.readouterr()
        assert said.out == "", why
        assert said.err.startswith("madang: "), why
        assert len(said.err) < MOST_LETTERS + 2 * len(str(folder)), why
        assert "Traceback" not in said.err, why


def files() -> Iterator[tuple[str, str]]:
    """Yield each model with each of its files of JSON that serving reads."""
    for model in catalogue.names():
        for name in ("madang.json", "tokenizer.json", "items.json"):
            if (catalogue.find_model(model) / name).is_file():
                yield model, name


def test_every_shipped_model_is_damaged_here() -> None:
    assert set(catalogue.names()) == set(COMMANDS)


@pytest.mark.parametrize(("model", "name"), [*files()])
def test_a_broken_file_is_refused_in_a_sentence(
    model: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (catalogue.find_model(model) / name).read_bytes()
    for why, damage in BROKEN.items():
        damaged_copy(model, tmp_path, name, damage(content))
        check_refused(tmp_path, model, capsys, why)


@pytest.mark.parametrize("model", COMMANDS)
def test_a_broken_tokenizer_that_its_manifest_names_is_refused_too(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if model == "gifts":  # has one, and reads no text
        return
    source = catalogue.find_model(model)
    manifest = json.loads((source / "madang.json").read_bytes())
    content = (source / "tokenizer.json").read_bytes()
    for why, damage in BROKEN.items():
        if why in ("a key twice", "half a character"):  # of which the library knows nothing
            continue
        damaged_copy(model, tmp_path, "tokenizer.json", damage(content))
        manifest["tokenizer_sha256"] = storage.sha256_of(tmp_path / "tokenizer.json")
        (tmp_path / "madang.json").unlink()
        (tmp_path / "madang.json").write_text(json.dumps(manifest))
        check_refused(tmp_path, model, capsys, why)


# What a field may hold, although it is not what the model was exported with.
ALLOWED = {
    ("family", "text"),  # serving asks the task alone
    ("family", "letters"),
    ("calibration", "null"),
    ("probe", "null"),
    ("threshold", "fraction"),
    ("record", "object"),
    ("describer", "text"),
    ("describer", "letters"),
}


@pytest.mark.parametrize("model", COMMANDS)
def test_a_field_of_the_wrong_kind_is_refused_in_a_sentence(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("madang.json", "items.json"):
        path = catalogue.find_model(model) / name
        if not path.is_file():
            continue
        fields = json.loads(path.read_bytes())
        for field in fields:
            for kind, value in WRONG.items():
                if (field, kind) in ALLOWED and (model, field) != ("gifts", "record"):
                    continue
                content = json.dumps({**fields, field: value}).encode()
                damaged_copy(model, tmp_path, name, content)
                check_refused(tmp_path, model, capsys, f"{field}: {kind}")
            deep = json.dumps({**fields, field: 0}).replace(
                f'"{field}": 0', f'"{field}": ' + "[" * 100_000 + "]" * 100_000
            )
            damaged_copy(model, tmp_path, name, deep.encode())
            check_refused(tmp_path, model, capsys, f"{field}: deep")


@pytest.mark.parametrize(
    ("model", "path", "value"),
    [
        ("ads", ("calibration", "scale"), "1"),
        ("ads", ("calibration", "scale"), math.nan),
        ("ads", ("calibration", "offset"), True),
        ("ads", ("calibration",), {}),
        ("ads", ("calibration",), []),
        ("ads", ("calibration",), {"scale": 1.0, "offset": 0.0, "third": 1.0}),
        ("ads", ("probe", "weights"), "0.5"),
        ("ads", ("probe", "weights"), [math.nan] * 256),
        ("ads", ("probe", "weights"), [True] * 256),
        ("ads", ("probe", "weights"), [0.5]),
        ("ads", ("probe", "encoder"), ["sentence"]),
        ("ads", ("probe", "encoder_version"), 1),
        ("ads", ("record", "export"), "today"),
        ("ads", ("record", "export", "model_sha256"), 7),
        ("ads", ("record", "export", "model_sha256"), "7"),
        ("hate", ("labels",), ["none", "hate"]),
        ("hate", ("labels",), ["a", "b", "c", "d"]),
        ("entities", ("labels",), ["O", "B-PER", "I-PER"]),
        ("gifts", ("record", "items_sha256"), 7),
        ("gifts", ("record", "arrays_sha256"), [1]),
        ("gifts", ("record", "arrays_sha256"), None),
        ("gifts", ("max_length",), True),
    ],
)
def test_what_stands_deeper_is_refused_too(
    model: str,
    path: tuple[str, ...],
    value: object,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fields = json.loads((catalogue.find_model(model) / "madang.json").read_bytes())
    place = fields
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    damaged_copy(model, tmp_path, "madang.json", json.dumps(fields).encode())
    check_refused(tmp_path, model, capsys, str(path))


def test_a_graph_that_fails_on_a_text_says_so(tmp_path: Path) -> None:
    fields = json.loads((catalogue.find_model("hate") / "madang.json").read_bytes())
    content = json.dumps({**fields, "max_length": 100_000}).encode()
    folder = damaged_copy("hate", tmp_path, "madang.json", content)
    model: Any = load(folder)
    with pytest.raises(CheckpointError, match="not of one model"):
        model.classify(["길고 긴 글입니다. " * 1000])


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '{"b": {"a": 1, "a": 2}}'])
def test_a_key_that_is_given_twice_is_refused_at_any_depth(text: str) -> None:
    with pytest.raises(ValueError, match="'a' stands twice"):
        validation.parse_json(text.encode())
