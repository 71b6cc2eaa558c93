"""Every line of ours on the page for users of the old KoBERT package runs, on a small stand-in."""

import os
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
import torch
import transformers

from madang.commands.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "kobert.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|sh|toml)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHORTER = ["--fine_tuning.training.num_epochs", "1"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with ``kobert``: its tokenizer, its width, one thin layer, as the hub holds it."""
    data = os.environ.get("MADANG_DATA")
    if not data:
        pytest.skip("MADANG_DATA is not set: KoBERT's tokenizer can not be read")
    monkeypatch.chdir(tmp_path)
    config = transformers.BertConfig(
        vocab_size=8002, num_hidden_layers=1, intermediate_size=8, pad_token_id=1
    )
    config.architectures = ["BertModel"]
    config.save_pretrained("kobert")
    torch.manual_seed(0)
    torch.save(transformers.BertModel(config).state_dict(), "kobert/pytorch_model.bin")
    for path in (Path(data) / "weights" / "kobert-tokenizer").iterdir():
        if path.suffix in (".model", ".json"):
            shutil.copy(path, "kobert")
    lines = ["text,label", *(f"{word} 영화 {n},{n % 2}" for n in range(20) for word in "좋싫")]
    Path("reviews.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def run_commands(block):
    """Run the commands of a block; training is cut short and reads forty reviews."""
    for line in block.splitlines():
        program, *words = shlex.split(line)
        assert program == "madang", line
        if words[0] == "train":
            recipe = Path(words[1])
            text = recipe.read_text(encoding="utf-8")
            assert tomllib.loads(text)["data"] == ["nsmc"]
            recipe.write_text(text.replace('"nsmc"', '"reviews.csv"'), encoding="utf-8")
            words += SHORTER
        assert main(words) == 0, line


def test_every_line_of_ours_runs(place, capsys):
    names: dict[str, object] = {}
    for kind, block in BLOCK.findall(PAGE):
        if kind == "sh":
            run_commands(block)
        elif kind == "toml":
            Path("kobert_nsmc.toml").write_text(block, encoding="utf-8")
        else:
            exec(compile(block, "docs/kobert.md", "exec"), names)
    assert (place / "runs/kobert_nsmc/model/model.safetensors").is_file()


def test_every_line_of_ours_in_the_table_stands_in_a_block_that_runs():
    run = "".join(block for kind, block in BLOCK.findall(PAGE) if kind == "python")
    cells = [row.split("|")[2] for row in PAGE.splitlines() if row.startswith("| `")]
    lines = {line for cell in cells for line in re.findall(r"`([^`]*[=(][^`]*)`", cell)}
    lines = {line for line in lines if not line.startswith("schedule")}
    assert len(lines) > 6
    assert sorted(line for line in lines if line not in run) == []
