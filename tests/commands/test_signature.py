"""A function's signature is its command line."""

import dataclasses
import shlex
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.commands.signature import SignatureParser
from madang.errors import SettingError


def classify(
    text: str | None = None,
    *,
    model: str = "ads",
    output: Path | None = None,
    threads: int = 1,
    splits: tuple[str, ...] = ("train", "test"),
    fresh: bool = False,
    kind: Literal["int8", "fp32"] = "int8",
) -> None:
    """Give a text its label.

    Args:
        text: the text to judge.
        model: a name or a folder.
    """


def export(model: Path, output: Path) -> None:
    """Write a model."""


def train(recipe: Path, *, seed: int, fresh: bool = False, overrides: tuple[str, ...] = ()) -> None:
    """Train what a recipe says."""


def parsed(function: Any, *words: str) -> dict[str, Any]:
    return SignatureParser(function, program="madang do").parse(words)


def test_what_is_not_given_has_the_functions_default() -> None:
    assert parsed(classify) == {
        "text": None,
        "model": "ads",
        "output": None,
        "threads": 1,
        "splits": ("train", "test"),
        "fresh": False,
        "kind": "int8",
    }


def test_words_become_what_the_signature_says() -> None:
    line = "hi --model=runs/x --output a.csv --threads 2 --splits dev --fresh --kind fp32"
    assert parsed(classify, *line.split()) == {
        "text": "hi",
        "model": "runs/x",
        "output": Path("a.csv"),
        "threads": 2,
        "splits": ("dev",),
        "fresh": True,
        "kind": "fp32",
    }


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "~",
        "",
        "1e3",
        "true",
        "[a]",
        "{x: 1}",
        "a: b",
        "# 광고",
        "&a",
        "-5% 할인",
        "'q'",
        "🙂",
    ],
)
def test_a_text_is_taken_as_it_stands(text: str) -> None:
    assert parsed(classify, text)["text"] == text
    assert parsed(classify, "--", text)["text"] == text
    if not text.startswith("-"):
        assert parsed(classify, "--model", text)["model"] == text


HYPHENS = [
    *("-50% 할인", "- 하나", "-둘", "-", "-?", "-h5", "-3", "-1.5", "-abc_7", "-x=1", "-model."),
    *("--", "---", "-- 하나", "--50%", "--할인 지금만", "--5"),
]


@pytest.mark.parametrize("text", HYPHENS)
def test_a_text_may_begin_with_a_hyphen(text: str) -> None:
    if text != "--":  # alone it ends the options
        assert parsed(classify, text, "--model", "m")["text"] == text
        assert parsed(classify, "--model", text)["model"] == text
        assert parsed(classify, "--splits", "007", text, "1.0")["splits"] == ("007", text, "1.0")
        assert parsed(train, "r", "--seed", "1", "--a", text)["overrides"] == (f"--a={text}",)
    assert parsed(classify, "--model", "m", "--", text)["text"] == text
    assert parsed(classify, f"--model={text}")["model"] == text
    assert parsed(classify, f"--splits={text}", "007")["splits"] == (text, "007")


def test_numbers_may_be_negative() -> None:
    assert parsed(classify, "--threads", "-2")["threads"] == -2
    assert parsed(train, "-r.toml", "--seed", "-1")["seed"] == -1


@given(st.lists(st.from_regex(r"-?[^-\0][^\0]*", fullmatch=True), min_size=1))
def test_ids_come_as_they_were_typed(ids: list[str]) -> None:
    assert parsed(classify, "--splits", *ids, "--fresh")["splits"] == tuple(ids)
    several = [word for each in ids for word in ("--splits", each)]
    assert parsed(classify, *several)["splits"] == tuple(ids)


def advice(function: Any, *words: str) -> list[str]:
    """Return the words behind the last colon of what is said of a wrong line."""
    with pytest.raises(SettingError) as caught:
        parsed(function, *words)
    return shlex.split(str(caught.value).rpartition(": ")[2])


@given(st.from_regex(r"--[가-힣a-z][^\0]*", fullmatch=True))
def test_what_is_said_of_a_text_like_an_option_works_when_typed(text: str) -> None:
    try:
        given = parsed(classify, text)["text"]
    except SystemExit:  # --help
        return
    except SettingError as error:
        if "takes no value" in str(error) or "needs a value" in str(error):
            return  # it is one
        program, do, *words = shlex.split(str(error).partition(" stands behind --: ")[2])
        assert (program, do) == ("madang", "do")
        given = parsed(classify, *words)["text"]
    assert given in (text, None), "None where the text is an option with its value"


def test_what_is_said_keeps_what_else_was_given() -> None:
    line = ["--할인", "--model", "내 것", "--fresh", "--splits", "a", "-b"]
    words = advice(classify, *line)[2:]
    expected = {"text": "--할인", "model": "내 것", "fresh": True, "splits": ("a", "-b")}
    assert expected.items() <= parsed(classify, *words).items()


def test_a_value_like_an_option_is_joined_to_its_option() -> None:
    assert advice(classify, "--model", "--뭐") == ["--model=--뭐"]
    assert parsed(classify, "--model=--뭐")["model"] == "--뭐"
    assert advice(classify, "--splits", "a", "--나") == ["--splits=--나"]
    assert parsed(classify, "--splits", "a", "--splits=--나", "-b")["splits"] == ("a", "--나", "-b")


def test_a_position_may_be_named() -> None:
    expected = {"model": Path("in"), "output": Path("out")}
    assert parsed(export, "in", "out") == expected
    assert parsed(export, "in", "--output", "out") == expected
    assert parsed(export, "--output", "out", "--model=in") == expected


def test_overrides_get_what_the_signature_does_not_know() -> None:
    line = "r.toml --a.b 1 --seed 3 --c=[1,2] --d.e -4"
    values = parsed(train, *line.split())
    assert values["seed"] == 3
    assert values["recipe"] == Path("r.toml")
    assert values["overrides"] == ("--a.b=1", "--c=[1,2]", "--d.e=-4")


@pytest.mark.parametrize(
    ("function", "words", "message"),
    [
        (classify, ["--modle", "x"], "Did you mean '--model'?"),
        (classify, ["--zzz"], "no option --zzz. See `madang do --help`"),
        (classify, ["a", "b"], "'b' is one word too many"),
        (classify, ["--fresh", "a", "false"], "'false' is one word too many. --fresh can not have"),
        (classify, ["--fresh=false"], "--fresh takes no value. Give it alone"),
        (classify, ["-model", "x"], "no option -model. Did you mean '--model'?"),
        (classify, ["--model", "a", "--model", "b"], "model is given twice: a and b"),
        (train, ["r.toml", "--frsh"], "no option --frsh. Did you mean '--fresh'?"),
        (train, ["r.toml", "--seed", "1", "--a.b"], "--a.b needs a value behind it"),
        (classify, ["--threads", "many"], "threads.*many"),
        (classify, ["--threads", "1.5"], "threads.*1.5"),
        (classify, ["--kind", "int4"], "kind.*int4"),
        (classify, ["--model"], "--model needs a value behind it"),
        (export, ["in"], "output is missing"),
        (export, ["a", "--model", "b", "--output", "c"], "given twice: a and b"),
        (train, ["r.toml"], "seed"),
    ],
)
def test_a_wrong_line_is_refused_in_one_sentence(
    function: Any, words: list[str], message: str
) -> None:
    with pytest.raises(SettingError, match=message) as caught:
        parsed(function, *words)
    assert "\n" not in str(caught.value)


@dataclasses.dataclass(frozen=True)
class Columns:
    user: str = "user"
    core: int = 1


def measure(data: str, *, columns: Columns = Columns(), k: int = 10) -> None:
    """Measure data.

    Args:
        data: what is measured.
        user: the column of people.
    """


def test_a_dataclass_stands_for_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    assert parsed(measure, "views") == {"data": "views", "columns": Columns(), "k": 10}
    given = parsed(measure, "views", "--user", "who", "--core", "2", "--k", "5")
    assert given == {"data": "views", "columns": Columns(user="who", core=2), "k": 5}
    with pytest.raises(SettingError, match="There is no option --columns"):
        parsed(measure, "views", "--columns", "who")
    with pytest.raises(SystemExit):
        parsed(measure, "--help")
    assert "the column of people" in capsys.readouterr().out


def test_help_says_what_the_docstring_says(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parsed(classify, "--help")
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert "Give a text its label." in printed
    assert "the text to judge." in printed
    assert "by_name" not in printed
