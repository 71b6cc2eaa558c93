"""Every ``madang`` command that an error, a hint, a help, a card or a sentence names is accepted.

Advice is collected, not listed: all strings of the source, docstrings among them, and every text
in backticks on a page. A command stands in backticks or goes to the end of its line. What an
f-string puts in is filled in by a word. Whole blocks of code are for ``test_code_blocks``.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from madang.commands.cli import COMMANDS, find_command, is_group, load_function
from madang.commands.signature import SignatureParser
from madang.commands.words import Takes
from madang.errors import SettingError
from madang.tasks import registry

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "madang"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Texts that people read and that are no Python: words of pages, cards, recipes with their comments.
TEXTS = [
    *sorted(path for path in SOURCE.rglob("*") if path.suffix in (".toml", ".html", ".md", ".po")),
    *sorted((ROOT / "recipes").glob("*.toml")),
]
FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
# A text of TOML or of a catalogue, which is the rest of a line, in quotes.
LINE = re.compile(r"^[^\"#\n]*\"(.*)\"$", re.MULTILINE)
QUOTED = re.compile(r"`+(madang\s[^`]+)`+")
# Without backticks a command is one whose name there is; two spaces or a comma end it.
FIRST = "|".join({name.split()[0] for name in COMMANDS})
PLAIN = re.compile(rf"(?<![\w`/.-])(madang (?:{FIRST})\b.*?)(?=  |, |$)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--([a-z]\w*(?:-[a-z]+)*)(?![\w.-]*[.<])")
# How a command would be called that CONTRIBUTING and a quiz add, and what stands for any command.
EXAMPLES = {"translate", "NAME", "COMMAND", "WORD"}
# Of programs that are not ours, and keys of a recipe.
OTHER_OPTIONS = {"batch", "key", "name", "max_length", "no", "a", "version", "help"}
WORD = "WORD"


class Advice(NamedTuple):
    """A command that is named, and where."""

    place: str
    command: str


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a file of Python with their lines; a word stands for what is put in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {part for node in joined for part in ast.walk(node)} - set(joined)
    for node in ast.walk(tree):
        if node in parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            values = (
                str(each.value) if isinstance(each, ast.Constant) else WORD for each in node.values
            )
            yield node.lineno, "".join(values)


def commands(text: str) -> Iterator[str]:
    """Yield the commands that a text names."""
    for found in QUOTED.findall(text):
        yield " ".join(found.split())
    yield from PLAIN.findall(QUOTED.sub("", text))


def collect() -> Iterator[Advice]:
    """Yield all that is advised, once a place."""
    for path in sorted(SOURCE.rglob("*.py")):
        for line, text in strings(path):
            place = f"{path.relative_to(ROOT)}:{line}"
            yield from (Advice(place, command) for command in commands(text))
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        if path.suffix in (".toml", ".po"):
            text = LINE.sub(r"\1", text.replace('"\n"', ""))
        text = text.replace('\\"', '"').replace("</code>", "\n")
        yield from (Advice(str(path.relative_to(ROOT)), each) for each in commands(text))
    for path in PAGES:
        text = FENCED.sub("", path.read_text(encoding="utf-8"))
        found = QUOTED.findall(text)
        yield from (Advice(path.name, " ".join(command.split())) for command in found)
    for task in registry.tasks():
        command = task.opening.command.format(name="folder")
        yield Advice(f"the card of {task.name}", command)


ALL = sorted(set(collect()))


def check(command: str) -> None:
    """Raise ``SettingError`` for a command that is refused; one by its bare name is a name."""
    program, *words = shlex.split(command, comments=True)
    assert program == "madang"
    if not words or words == ["--help"] or EXAMPLES & {*words[:2]}:
        return
    if len(words) == 1 and is_group(words[0]):
        return
    name, rest = find_command(words)
    if rest:
        SignatureParser(load_function(name), program=f"madang {name}").parse(rest)


@pytest.mark.parametrize("advice", ALL, ids=lambda advice: f"{advice.place} {advice.command}"[:90])
def test_a_command_that_is_named_is_accepted(advice: Advice) -> None:
    check(advice.command)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Say `madang train a.toml\n--fresh`, or wait.", ["madang train a.toml --fresh"]),
        ("Measure it: madang evaluate --model X", ["madang evaluate --model X"]),
        ("#   madang train a.toml     one GPU\n", ["madang train a.toml"]),
        ("``madang data``; a madang is a yard", ["madang data"]),
    ],
)
def test_commands_are_found_in_sentences(text: str, expected: list[str]) -> None:
    assert list(commands(text)) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        "madang pretrain",
        "madang evaluate --baseline false",
        "madang evaluate --modle x",
        "madang export --model x",
        "madang train a.toml --fresh.",
        "madang data lists",
    ],
)
def test_a_wrong_command_would_be_found(wrong: str) -> None:
    assert list(commands(f"Type `{wrong}`.")) == [wrong]
    with pytest.raises(SettingError):
        check(wrong)


def test_much_is_collected() -> None:
    places = " ".join(advice.place for advice in ALL)
    for room in (
        "commands/",
        "recipes/",
        "datasets/",
        "shipped/gifts",
        "serving.md",
        "the card of",
    ):
        assert room in places, room
    assert len(ALL) > 80


def options() -> dict[str, Takes]:
    """Return the options of all commands by their names in Python."""
    found: dict[str, Takes] = {}
    for name in COMMANDS:
        parser = SignatureParser(load_function(name), program=name)
        found |= {each.name: each.takes for each in parser.parameters.values()}
    return found


def test_an_option_that_is_named_is_one() -> None:
    known = options()
    for path in sorted(SOURCE.rglob("*.py")):
        for line, text in strings(path):
            for option in OPTION.findall(text):
                name = option.replace("-", "_")
                where = f"{path.relative_to(ROOT)}:{line}: --{option}"
                assert name in known or name in OTHER_OPTIONS, where
                if known.get(name) is Takes.NONE:
                    assert not re.search(rf"--{option}[ =](true|false)\b", text, re.I), where
