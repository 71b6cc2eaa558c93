"""Whatever is damaged in a checkpoint's JSON, opening it says so in one sentence."""

import json
import math

import pytest
import torch

from madang.commands.cli import USAGE_ERROR, main
from madang.errors import CheckpointError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.model import BertEncoder
from madang.models.bert.published import open_encoder
from madang.models.checkpoint import load_checkpoint, open_huggingface, save_checkpoint

TOKENIZER = json.dumps(
    {"version": "1.0", "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"}}
)
WRONG = [
    None,
    "many",
    "x" * 300,
    -1,
    0,
    0.5,
    10**30,
    math.nan,
    math.inf,
    True,
    [],
    [1],
    [[None]],
    {},
    {"a": []},
    ["BertModel", 3],
]
BROKEN = [
    b"",
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b"[]",
    b"12",
    b"null",
    b'"a"',
    b"\xff\xfe",
    b"\0" * 100,
    b'{"model_type": "bert", "model_type": "llama"}',
    b'{"model_type": "\\ud800"}',
    b'{"model_type": ' + b"9" * 5000 + b"}",
]


@pytest.fixture
def folder(tmp_path):
    """A tiny checkpoint of a classifier."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=8,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=8,
    )
    save_checkpoint(
        tmp_path / "model",
        BertForEvidenceClassification(BertEncoder(config), num_labels=2),
        tokenizer_json=TOKENIZER,
        task="classification",
        labels=("a", "b"),
        max_length=8,
    )
    return tmp_path / "model"


def try_to_open(open_, folder):
    """Say whether a folder opens, rather than that it is refused in one short sentence."""
    try:
        open_(folder)
    except CheckpointError as error:
        return len(str(error)) > 1000
    return True


@pytest.mark.parametrize("open_", [load_checkpoint, open_huggingface, open_encoder])
def test_a_broken_config_is_refused(folder, open_):
    whole = (folder / "config.json").read_bytes()
    for content in [*BROKEN, whole[:-10], b"\xef\xbb\xbf" + whole, whole.decode().encode("utf-16")]:
        (folder / "config.json").write_bytes(content)
        assert not try_to_open(open_, folder), content[:50]


@pytest.mark.parametrize("open_", [load_checkpoint, open_huggingface, open_encoder])
def test_a_config_of_wrong_types_opens_or_is_refused(folder, open_):
    fields = json.loads((folder / "config.json").read_bytes())
    sizes = {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"}
    for field in fields:
        for value in WRONG:
            (folder / "config.json").write_text(json.dumps({**fields, field: value}))
            opened = try_to_open(open_, folder)
            assert not (opened and field in sizes), (field, value)


def test_every_command_that_opens_a_checkpoint_says_what_is_damaged(folder, tmp_path, capsys):
    for content in BROKEN:
        for name in ("config.json", "madang.json"):
            whole = (folder / name).read_bytes()
            (folder / name).write_bytes(content)
            for words in (
                ["export", "--output", str(tmp_path / "out")],
                ["explain", "글", "--output", str(tmp_path / "page.html")],
                ["evaluate"],
            ):
                assert main([*words, "--model", str(folder)]) == USAGE_ERROR, (words, content[:50])
                (line,) = capsys.readouterr().err.splitlines()
                assert line.startswith("madang: ")
            (folder / name).write_bytes(whole)
    assert not (tmp_path / "out").exists()


def test_a_list_of_shards_that_is_none_is_refused(folder):
    (folder / "model.safetensors").unlink()
    for content in (
        b"{}",
        b'{"weight_map": []}',
        b'{"weight_map": {"a": 1}}',
        b'{"weight_map": {"a": ".."}}',
    ):
        (folder / "model.safetensors.index.json").write_bytes(content)
        assert not try_to_open(load_checkpoint, folder)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 200_000,
        b"a = " + b"[" * 200_000,
        b"\xff",
        b"\0",
        b"a = 1\na = 2",
        b"a = 1e99999999",
        b"a = " + b"9" * 9999,
        b"a = 99999-01-01",
    ],
)
def test_a_damaged_recipe_is_refused_in_a_sentence(tmp_path, capsys, content):
    (tmp_path / "recipe.toml").write_bytes(content)
    assert main(["train", str(tmp_path / "recipe.toml")]) == USAGE_ERROR
    assert len(capsys.readouterr().err) < 2000
