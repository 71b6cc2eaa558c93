"""A function's signature as a command line, so that a command is nothing but a typed function.

What Python takes by position is given by position (or by ``--name``), what is keyword-only is an
option, a bool that is False by default is a flag, a ``tuple[T, ...]`` takes several values, a
dataclass stands for its fields, and the docstring is the help.
"""

import argparse
import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn

import docstring_parser

from madang.errors import SettingError
from madang.suggestion import did_you_mean

OVERRIDES = "overrides"
BY_NAME = "by_name_"


class _Parser(argparse.ArgumentParser):
    """A parser of the standard library whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        message = " ".join(message.split()).rstrip(".")
        raise SettingError(f"{message}. See `{self.prog} --help`.")


class SignatureParser:
    """Reads the arguments of one function from words."""

    def __init__(self, function: Callable[..., Any], *, program: str) -> None:
        docstring = docstring_parser.parse(inspect.getdoc(function) or "")
        helps = {each.arg_name: each.description for each in docstring.params}
        self.parameters: dict[str, inspect.Parameter] = {}
        self.tables: dict[str, Any] = {}
        for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
            if dataclasses.is_dataclass(parameter.annotation):
                self.tables[name] = parameter.annotation
                self.parameters |= inspect.signature(self.tables[name], eval_str=True).parameters
            else:
                self.parameters[name] = parameter
        self.takes_overrides = self.parameters.pop(OVERRIDES, None) is not None
        self.program = program
        # No abbreviations: an option that is spelt out today shall not mean another one tomorrow.
        self._parser = _Parser(
            prog=program, description=docstring.short_description, allow_abbrev=False
        )
        for name, parameter in self.parameters.items():
            self._add(name, parameter, helps.get(name) or "")

    def parse(self, words: Sequence[str]) -> dict[str, Any]:
        """Return the function's arguments by name.

        Raises ``SettingError`` for an unknown, missing or doubly given argument and a value of
        another type.
        """
        known, overrides = self._split(words)
        settings = vars(self._parser.parse_args(known))
        values = {name: self._value(name, settings) for name in self.parameters}
        for name, table in self.tables.items():
            own = {field.name: values.pop(field.name) for field in dataclasses.fields(table)}
            values[name] = table(**own)
        return {**values, OVERRIDES: overrides} if self.takes_overrides else values

    def _add(self, name: str, parameter: inspect.Parameter, help: str) -> None:
        is_positional = parameter.kind is not parameter.KEYWORD_ONLY
        has_default = parameter.default is not parameter.empty
        default = parameter.default if has_default else None
        kind, is_several = _value_type(parameter.annotation)
        help = help.replace("%", "%%")
        if default not in (None, False, "", ()):
            help += f" (default: {' '.join(map(str, default)) if is_several else default})"
        option: dict[str, Any] = {"type": kind, "default": default, "help": help}
        if typing.get_origin(kind) is Literal:
            option |= {"type": str, "choices": typing.get_args(kind)}
        if is_several:
            option |= {"nargs": "+"}
        if is_positional:
            self._parser.add_argument(name, **{"nargs": "?", **option})
            option |= {"dest": BY_NAME + name, "default": None, "help": argparse.SUPPRESS}
        elif kind is bool and default is False:
            option = {"action": "store_true", "help": help}
        else:
            option["required"] = not has_default
        self._parser.add_argument(f"--{name}", **option)

    def _value(self, name: str, settings: dict[str, Any]) -> Any:
        parameter = self.parameters[name]
        value, by_name = settings[name], settings.get(BY_NAME + name)
        if by_name is not None:
            if value is not None and value != parameter.default:
                raise SettingError(f"{name} is given twice: {value} and {by_name}. Give it once.")
            value = by_name
        if value is None and parameter.default is parameter.empty:
            raise SettingError(f"{name} is missing. See `{self.program} --help`.")
        return tuple(value) if isinstance(value, list) else value

    def _split(self, words: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
        """Part the options that the signature knows from those that it does not."""
        options = [f"--{name}" for name in self.parameters] + ["--help"]
        known: list[str] = []
        unknown: list[str] = []
        target = known
        for index, word in enumerate(words):
            if word == "--":
                return known + list(words[index:]), tuple(unknown)
            if word.startswith("--"):
                word = _with_underscores(word, options)
                target = known if word.partition("=")[0] in options else unknown
            target.append(word)
            if target is unknown and (not word.startswith("--") or "=" in word):
                target = known
        if unknown and not self.takes_overrides:
            near = did_you_mean(
                unknown[0].partition("=")[0], options, otherwise=f"See `{self.program} --help`."
            )
            raise SettingError(f"There is no option {unknown[0]}. {near}")
        return known, tuple(unknown)


def _with_underscores(word: str, options: Sequence[str]) -> str:
    """Return an option as Python names it, where it was written with hyphens.

    >>> _with_underscores("--from-site=a-b", ["--from_site"]), _with_underscores("--a-b", [])
    ('--from_site=a-b', '--a-b')
    """
    name, equals, value = word.partition("=")
    named = "--" + name.removeprefix("--").replace("-", "_")
    return named + equals + value if named in options else word


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
