"""Whoever follows CONTRIBUTING to add a data set, a task, a command or a label gets what works.

``toy/`` holds the files that its steps ask for, laid out as in the project. They are put into a
copy of the source together with one line in each registry; nothing else of the copy is touched.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOY = Path(__file__).parent / "toy"
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# What is written into registries: the file, where the list begins and ends, the line at its end.
LINES = [
    ("datasets/registry.py", "\nSETS = (\n", "\n)", '    "toy_sentences",'),
    ("tasks/registry.py", "\nFOLDERS = {\n", "\n}", '    "parity": "parity",'),
    ("commands/cli.py", "\nCOMMANDS = {\n", "\n}", '    "count": Command("count sentences"),'),
    (
        "community/site/settings.py",
        "\nINSTALLED_APPS = [\n",
        '\n    "django.contrib.auth"',
        '    "madang.community.brevity",',
    ),
]
# Laws that are to hold for the copy as well.
NAMED_ONCE = "test_a_task_is_named_in_the_registry_and_nowhere_else_outside_its_folder"
LOADS_LITTLE = "test_what_is_said_and_what_answers_loads_nothing_of_the_workshop"
TEXT = "비가 온다. 바람이 분다."


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source to which the toy was added."""
    place = tmp_path_factory.mktemp("copy")
    unneeded = shutil.ignore_patterns("__pycache__", "shipped")
    shutil.copytree(ROOT / "src", place / "src", ignore=unneeded)
    shutil.copytree(TOY, place, dirs_exist_ok=True)
    for name, begin, end, line in LINES:
        path = place / "src" / "madang" / name
        before, found, rest = path.read_text(encoding="utf-8").partition(begin)
        assert found, f"{name} has no list {begin!r}"
        entries, _, after = rest.partition(end)
        text = f"{before}{begin}{entries}\n{line}{end}{after}"
        path.write_text(text, encoding="utf-8")
    return place


def run(copy: Path, *arguments: str) -> str:
    """Run Python on the copy, without the network, and return what it printed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "MADANG_DATA": str(copy / "data"),
        "MADANG_HOME": str(copy / "var"),
        "MADANG_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
    }
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return done.stdout


def test_a_task_of_one_folder_is_trained_measured_exported_and_asked(copy: Path) -> None:
    steps = [
        ["data", "show", "toy_sentences"],
        ["train", "recipes/parity.toml"],
        ["evaluate", "--model", "runs/parity/model", "--splits", "validation", "--baseline"],
        ["export", "--model", "runs/parity/model", "--output", "runs/parity/export"],
    ]
    code = f"from madang.commands.cli import main\nassert not any(map(main, {steps!r}))"
    printed = run(copy, "-c", code)
    assert "Twelve lines of a few sentences" in printed
    assert re.search(r"accuracy .*\d", printed)
    assert "always odd" in printed
    card = (copy / "runs" / "parity" / "export" / "README.md").read_text(encoding="utf-8")
    assert "A toy" in card
    assert "It counts worse than a rule does." in card
    answer = run(copy, "-m", "madang", "count", TEXT, "--model", "runs/parity/export")
    assert answer.strip() in ("even", "odd")


def test_the_laws_of_tasks_hold_for_the_toy(copy: Path) -> None:
    tests = ROOT / "tests"
    laws = [
        f"{tests}/tasks/test_registry.py",
        f"{tests}/contracts/test_tasks.py::{NAMED_ONCE}",
        f"{tests}/contracts/test_tasks.py::{LOADS_LITTLE}",
    ]
    settings = ["-p", "no:cacheprovider", "--rootdir", str(ROOT), "-c", f"{ROOT}/pyproject.toml"]
    only = ["-rA", "-k", f"parity or {NAMED_ONCE} or {LOADS_LITTLE}"]
    passed = run(copy, "-m", "pytest", *settings, *only, *laws)
    assert passed.count("PASSED") == 7
    assert "[parity]" in passed


def test_a_label_of_one_folder_stands_beside_a_post(copy: Path) -> None:
    assert run(copy, "visit.py").splitlines()[-2:] == ["200 True", "200 False"]


@pytest.mark.parametrize("section", re.findall(r"^## (Add .*)$", PAGE, re.MULTILINE))
def test_a_section_names_files_that_are_there(section: str) -> None:
    _, _, rest = PAGE.partition(f"## {section}\n")
    steps = rest.partition("\n## ")[0]
    assert re.match(r"\s*(?:[^\n]+\n)*\s*1\. ", steps), "it has numbered steps"
    named = re.findall(r"`((?:src|tests|docs|recipes)/[\w/.]+)`", steps)
    named = [name for name in named if "NAME" not in name]
    assert named, "its steps name files"
    for name in named:
        assert (ROOT / name).exists(), name
