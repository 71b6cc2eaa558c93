"""What README, tour and docs tell people to type works.

Every ``madang`` command in them fits its signature and names recipes and data sets that exist. In
README, tour and the page on serving, commands that answer are run, on the models that ship. The
blocks of Python of all pages are run, those of one page one after another. A block that can not run
bears a comment in the source, which no reader sees: ``<!-- not run: why -->`` on the line before.
"""

import dataclasses
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from madang.commands.cli import find_command, load_function, main
from madang.commands.signature import SignatureParser
from madang.datasets.registry import CARDS
from madang.evaluation.run import default_splits, trained_on
from madang.formats.catalogue import SHIPPED
from madang.formats.manifest import read_manifest
from madang.recipes.recipe import read_recipe
from madang.serving import Embedder, Recommender
from madang.tasks.registry import find_evaluation, find_task

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN = [ROOT / "README.md", ROOT / "docs" / "index.md", ROOT / "docs" / "serving.md"]
BLOCK = re.compile(
    r"(?P<mark><!-- not run: [^\n]+ -->\n)?^ *```(?P<language>\w*)\n(?P<body>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)
# Commands that answer at once; others train, measure for minutes, or run until they are stopped.
ANSWERING = {"classify", "tag", "embed", "similar", "recommend", "explain", "data list"}
# Their blocks of Python read real data; those on KoBERT have a test of their own.
WITH_DATA = {"datasets.md", "recommendation-evaluation.md"}
OWN_TEST = {"kobert.md"}
# Pages may leave so many blocks out.
MOST_MARKS = 2


class Block(NamedTuple):
    """A block of code of a page: its language, whether it bears the mark, its text."""

    page: Path
    language: str
    is_marked: bool
    body: str

    @property
    def commands(self) -> list[list[str]]:
        """The words of each ``madang`` command in the block, without ``madang``."""
        lines = self.body.replace("\\\n", " ").splitlines()
        found = (shlex.split(line, comments=True) for line in lines if "madang " in line)
        return [words[1:] for words in found if words[:1] == ["madang"]]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of code of a page."""
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(page, found["language"], bool(found["mark"]), found["body"])


ALL = [block for page in PAGES for block in blocks(page)]
TYPED = [words for block in ALL if not block.is_marked for words in block.commands]
# Whole commands within sentences: those with an option, and with nothing left out.
SAID = re.compile(r"`madang ([^`…]* --[^`…]*)`")
TYPED += [shlex.split(each) for page in PAGES for each in SAID.findall(page.read_text("utf-8"))]


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoint: Path, encoder_checkpoint: Path
) -> Path:
    """A folder in which the pages' files lie: a table of posts, and models under ``runs/``."""
    monkeypatch.chdir(tmp_path)
    rows = ["text", "오늘 서울은 맑아요", "비 오는 날의 산책", '"지금 할인, 프로필 링크"', ""]
    Path("posts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    shutil.copytree(SHIPPED / "gifts", "runs/gifts/export")
    shutil.copytree(checkpoint, "runs/nsmc/model")
    shutil.copytree(encoder_checkpoint, "runs/sentence/model")
    describe(shutil.copytree(SHIPPED / "gifts", "runs/described/export"))
    return tmp_path


def describe(folder: Path) -> None:
    """Let a recommender place an item by the vector of its title: all at the same place."""
    recommender, width = Recommender.load(folder), Embedder.load("sentence").width
    table = recommender.table
    table = dataclasses.replace(
        table,
        catalogue=dataclasses.replace(table.catalogue, describer="sentence"),
        description_map=np.zeros((width + 1, table.vectors_VD.shape[1] + 1), np.float32),
    )
    table.save(Path(folder), recommender.manifest)


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_a_command_fits_its_signature_and_names_what_is_there(words: list[str]) -> None:
    name, rest = find_command(words)
    settings = SignatureParser(load_function(name), program=f"madang {name}").parse(rest)
    for word in words:
        if word.startswith("recipes/"):
            assert (ROOT / word).is_file(), word
            if name == "train":
                read_recipe(ROOT / word, settings["overrides"])
    data = settings.get("data") or ()
    for each in (data,) if isinstance(data, str) else data:
        assert each in CARDS or not each.isidentifier(), each


def evaluations() -> Iterator[tuple[str, str]]:
    """Yield each shipped model and each data set on which a page measures it."""
    for words in TYPED:
        name, rest = find_command(words)
        if name == "evaluate":
            given = SignatureParser(load_function(name), program="madang evaluate").parse(rest)
            model = given.get("model", "ads")
            if (SHIPPED / model).is_dir():
                data = given.get("data") or trained_on(model, read_manifest(SHIPPED / model))
                yield from ((model, each) for each in data)


@pytest.mark.skipif(not os.environ.get("MADANG_DATA"), reason="MADANG_DATA is not set")
@pytest.mark.parametrize(("model", "data"), sorted(set(evaluations())))
def test_what_a_page_measures_a_model_on_is_data_of_its_task(model: str, data: str) -> None:
    manifest = read_manifest(SHIPPED / model)
    splits = default_splits(find_task(manifest.task), data, manifest)
    assert splits or data in trained_on(model, manifest)
    for split in splits:
        assert len(find_evaluation(manifest.task).load(data, split, manifest)) > 0


def test_what_is_made_by_make_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for block in ALL:
        for target in re.findall(r"^make (\w+)", block.body, re.MULTILINE):
            assert target in targets, f"{block.page.name}: make {target}"


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_the_commands_that_answer_run(
    page: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed: list[str] = []
    for block in blocks(page):
        if block.language == "json":  # what the first command of the block before prints
            assert keys(json.loads(printed[0])) == keys(json.loads(block.body)), block.body
        printed = [] if block.is_marked else [answer(words, capsys) for words in block.commands]


def answer(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command, if it is one that answers, and return what it printed."""
    if find_command(words)[0] not in ANSWERING:
        return ""
    assert main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def keys(answer: object) -> object:
    """Return what an answer in JSON is made of: the names of its fields, and of those within."""
    if isinstance(answer, dict):
        return {name: keys(value) for name, value in answer.items()}
    return keys(answer[0]) if isinstance(answer, list) and answer else None


@pytest.mark.parametrize(
    "page",
    sorted({block.page for block in ALL if block.language == "python"}),
    ids=lambda page: page.name,
)
def test_the_blocks_of_python_run(page: Path, place: Path) -> None:
    if page.name in OWN_TEST:
        pytest.skip("tests/contracts/test_kobert_page.py runs them")
    if page.name in WITH_DATA and not os.environ.get("MADANG_DATA"):
        pytest.skip("MADANG_DATA is not set")
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.language == "python" and not block.is_marked:
            exec(compile(block.body, str(page), "exec"), names)


def test_what_blocks_of_python_import_is_there() -> None:
    lines = (
        line for block in ALL if block.language == "python" for line in block.body.splitlines()
    )
    for line in lines:
        if line.startswith("from madang"):
            exec(line, {})


def test_few_blocks_are_left_out() -> None:
    assert sum(block.is_marked for block in ALL) <= MOST_MARKS
