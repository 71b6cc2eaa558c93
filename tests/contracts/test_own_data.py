"""Whoever types what the page on own data says, file by file, has a model that answers.

The encoder that the page names takes a minute to export for each task; a tiny one takes its place.
"""

import re
import shlex
from pathlib import Path

import pytest

from madang.commands.cli import main
from madang.recipes.recipe import read_toml
from madang.tasks.registry import learned_names

PAGE = (Path(__file__).parents[2] / "docs" / "own-data.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
RECIPES = [Path(name).stem for name in FILES if name.endswith(".toml")]
SMALL = (
    "--model",
    "{hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32}",
)
TINY = {
    "fine_tuning": (
        *("--encoder", "none", "--vocabulary.vocab_size", "150", *SMALL),
        *("--fine_tuning.training.energy", "false", "--fine_tuning.training.num_epochs", "1"),
    ),
    "recommendation": (*SMALL, "--training.energy", "false", "--training.num_epochs", "1"),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        Path(name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", RECIPES)
def test_a_file_becomes_a_model_that_is_measured_exported_and_asked(
    name: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meant = (f"{name}.toml", f"runs/{name}/model", f"runs/{name}/export")
    own = [words for words in COMMANDS if any(word in meant for word in words)]
    assert [words[0] for words in own[:3]] == ["train", "evaluate", "export"]
    for words in own:
        kind = read_toml(Path(f"{name}.toml"))["kind"]
        further = TINY[kind] if words[0] == "train" else ()
        assert main([*words, *further]) == 0, capsys.readouterr().err
        printed = capsys.readouterr().out
        if words[0] == "train":
            advised = re.search(r"^Measure it: madang (.*)$", printed, re.MULTILINE)
            assert advised is not None
            assert main(shlex.split(advised[1])) == 0
            assert re.search(r" (rows|people)\n", capsys.readouterr().out)
        elif words[0] != "export":
            assert printed


def test_each_task_that_is_learned_is_on_the_page(place: Path) -> None:
    recipes = [read_toml(Path(f"{name}.toml")) for name in RECIPES]
    tuned = [each for each in recipes if each["kind"] == "fine_tuning"]
    assert {each.get("task", "classification") for each in tuned} == set(learned_names())
    assert [each["name"] for each in recipes if each["kind"] == "recommendation"] == ["orders"]


def test_every_command_of_the_page_is_run() -> None:
    for words in COMMANDS:
        assert any(name in word for name in RECIPES for word in words), words
