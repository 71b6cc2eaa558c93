"""A function's signature as a command line, so that a command is nothing but a typed function.

What Python takes by position is given by position (or by ``--name``), what is keyword-only is an
option, a bool is a switch, a ``tuple[T, ...]`` takes several values, a dataclass stands for its
fields, and the docstring is the help. ``words`` says which word is an option.
"""

import argparse
import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any, Literal

import docstring_parser

from madang.commands.words import CommandLine, Given, Takes
from madang.errors import SettingError
from madang.suggestion import did_you_mean

OVERRIDES = "overrides"
EXPECTED = {int: "a whole number", float: "a number"}


@dataclasses.dataclass(frozen=True)
class _Parameter:
    """What is given under a name: of which type, how often, where, and what it is otherwise."""

    name: str
    kind: Any
    is_several: bool
    is_place: bool
    default: Any

    @classmethod
    def of(cls, parameter: inspect.Parameter) -> "_Parameter":
        """Read a parameter of a function."""
        kind, is_several = _value_type(parameter.annotation)
        is_place = parameter.kind is not parameter.KEYWORD_ONLY
        found = cls(parameter.name, kind, is_several, is_place, parameter.default)
        assert kind is not bool or found.takes is Takes.NONE, f"{found.name} is no switch"
        assert not (is_place and is_several), f"{found.name} takes several: make it an option"
        return found

    @property
    def is_required(self) -> bool:
        """Whether there is no default."""
        return self.default is inspect.Parameter.empty

    @property
    def takes(self) -> Takes:
        """How many values stand behind its name."""
        if self.kind is bool and self.default is False:
            return Takes.NONE
        return Takes.SEVERAL if self.is_several else Takes.ONE

    def convert(self, word: str) -> Any:
        """Return a word as a value; ``SettingError`` for one that is none."""
        if typing.get_origin(self.kind) is Literal:
            allowed = typing.get_args(self.kind)
            if word in allowed:
                return word
            hint = did_you_mean(word, allowed)
            expected = f"allowed are {', '.join(allowed)}. {hint}".rstrip()
            raise SettingError(f"--{self.name} is {word!r}; {expected}")
        try:
            return self.kind(word)
        except ValueError as error:
            expected = EXPECTED[self.kind]
            raise SettingError(f"--{self.name} is {word!r}; it must be {expected}.") from error


class SignatureParser:
    """Reads the arguments of one function from words."""

    def __init__(self, function: Callable[..., Any], *, program: str) -> None:
        docstring = docstring_parser.parse(inspect.getdoc(function) or "")
        helps = {each.arg_name: each.description for each in docstring.params}
        found: dict[str, inspect.Parameter] = {}
        self.tables: dict[str, Any] = {}
        for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
            if dataclasses.is_dataclass(parameter.annotation):
                self.tables[name] = parameter.annotation
                found |= inspect.signature(self.tables[name], eval_str=True).parameters
            else:
                found[name] = parameter
        self.takes_overrides = found.pop(OVERRIDES, None) is not None
        self.parameters = {name: _Parameter.of(each) for name, each in found.items()}
        self.places = [name for name, each in self.parameters.items() if each.is_place]
        self.program = program
        self._line = CommandLine(
            program=program,
            options={name: each.takes for name, each in self.parameters.items()},
            num_places=len(self.places),
            takes_overrides=self.takes_overrides,
        )
        # The help alone is argparse's.
        self._help = argparse.ArgumentParser(prog=program, description=docstring.short_description)
        for name, each in self.parameters.items():
            _describe(self._help, each, helps.get(name) or "")

    def parse(self, words: Sequence[str]) -> dict[str, Any]:
        """Return the function's arguments by name; ``--help`` prints the help and ends the program.

        Raises ``SettingError`` for an unknown, missing or doubly given argument and a value of
        another type.
        """
        given = self._line.read(words)
        if given.wants_help:
            self._help.print_help()
            raise SystemExit(0)
        values = {name: self._value(name, given) for name in self.parameters}
        for name, table in self.tables.items():
            own = {field.name: values.pop(field.name) for field in dataclasses.fields(table)}
            values[name] = table(**own)
        return {**values, OVERRIDES: tuple(given.overrides)} if self.takes_overrides else values

    def _value(self, name: str, given: Given) -> Any:
        parameter = self.parameters[name]
        if parameter.takes is Takes.NONE:
            return name in given.options
        words = list(given.options.get(name, ()))
        if parameter.is_place:
            place = self.places.index(name)
            words = given.places[place : place + 1] + words
        if len(words) > 1 and not parameter.is_several:
            raise SettingError(f"{name} is given twice: {' and '.join(words)}. Give it once.")
        if not words and parameter.is_required:
            shown = name if parameter.is_place else f"--{name}"
            raise SettingError(f"{shown} is missing. See `{self.program} --help`.")
        if not words:
            return parameter.default
        values = tuple(map(parameter.convert, words))
        return values if parameter.is_several else values[0]


def _describe(help: argparse.ArgumentParser, parameter: _Parameter, what: str) -> None:
    """Add a parameter to the help."""
    what, default = what.replace("%", "%%"), parameter.default
    if not parameter.is_required and default not in (None, False, "", ()):
        shown = " ".join(map(str, default)) if parameter.is_several else default
        what += f" (default: {shown})"
    if parameter.is_place:
        help.add_argument(parameter.name, nargs="?", help=what)
    elif parameter.takes is Takes.NONE:
        help.add_argument(f"--{parameter.name}", action="store_true", help=what)
    else:
        choices = typing.get_args(parameter.kind) or None
        nargs = "+" if parameter.is_several else None
        required = parameter.is_required
        name = f"--{parameter.name}"
        help.add_argument(name, choices=choices, nargs=nargs, required=required, help=what)


def _value_type(annotation: Any) -> tuple[Any, bool]:
    """Return what one word is turned into, and whether there may be several.

    None is only ever a default: on a command line "null" and "~" are texts like any other.
    """
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        choices = [choice for choice in typing.get_args(annotation) if choice is not type(None)]
        annotation = choices[0] if len(choices) == 1 else annotation
    if typing.get_origin(annotation) is tuple:
        return typing.get_args(annotation)[0], True
    return annotation, False
