"""The words of a command line, parted into options with their values and words that have a place.

A word of two hyphens and a name is an option; any other word is a value, so that texts, ids and
numbers may begin with a hyphen. Behind ``--`` no word is an option, and what is joined to an option
by ``=`` is its value, whatever it looks like. argparse tells options from values by their looks in
another way and refuses many a text.
"""

import dataclasses
import enum
import re
import shlex
from collections import deque
from collections.abc import Mapping, Sequence

from madang.errors import SettingError
from madang.suggestion import did_you_mean

# Two hyphens and a letter; what holds a space before any "=" is a text.
OPTION = re.compile(r"--(?P<name>[^\W\d_][^\s=]*)(?:=(?P<value>.*))?", re.DOTALL)


class Takes(enum.Enum):
    """How many values an option takes: none, one, or all that follow."""

    NONE = 0
    ONE = 1
    SEVERAL = 2


@dataclasses.dataclass
class Given:
    """What was given: the values of each option, words that have a place, keys of a recipe.

    ``unknown`` is the first word that looks like an option and is none.
    """

    options: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    places: list[str] = dataclasses.field(default_factory=list)
    overrides: list[str] = dataclasses.field(default_factory=list)
    unknown: str = ""
    wants_help: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class CommandLine:
    """What words a program takes; options it does not know are its ``overrides``, if it has any."""

    program: str
    options: Mapping[str, Takes]
    num_places: int
    takes_overrides: bool = False

    def read(self, words: Sequence[str]) -> Given:
        """Part the words.

        Raises ``SettingError`` for an unknown option, one without its value, and words too many.
        """
        given, waiting = Given(), deque(words)
        current = ""  # the option that takes what follows
        while waiting:
            word = waiting.popleft()
            if word == "--":
                given.places += waiting
                break
            if word == "--help" or (word == "-h" and not current):
                given.wants_help = True
                return given
            option = OPTION.fullmatch(word)
            if option is not None and (self.takes_overrides or self._known(word)):
                current = self._take(given, option, waiting)
            elif current:
                self._check_value(word, current)
                given.options[current].append(word)
            else:
                if option is not None or self._is_short(word):
                    given.unknown = given.unknown or word
                given.places.append(word)
        self._check(given)
        return given

    def _take(self, given: Given, option: re.Match[str], waiting: deque[str]) -> str:
        """Take an option and its value; return its name if it takes what follows too."""
        word, value = option[0], option["value"]
        name = self._known(word)
        takes = self.options.get(name, Takes.ONE)
        if takes is Takes.NONE:
            if value is not None:
                raise SettingError(f"--{name} takes no value. Give it alone, or leave it out.")
            given.options[name] = []
            return ""
        if value is None:
            value = self._next(word, waiting)
        if name:
            given.options.setdefault(name, []).append(value)
        else:
            given.overrides.append(f"--{option['name']}={value}")
        return name if takes is Takes.SEVERAL else ""

    def _next(self, word: str, waiting: deque[str]) -> str:
        """Return the value behind an option."""
        following = waiting[0] if waiting else ""
        if waiting and following != "--" and not OPTION.fullmatch(following):
            return waiting.popleft()
        if not self._known(word) and (near := self._nearest(word)):
            raise SettingError(f"There is no option {word}. {near}")
        fault = f"{word} needs a value behind it"
        if not waiting or self._known(following):
            raise SettingError(f"{fault}. See `{self.program} --help`.")
        joined = shlex.quote(f"{word}={following}")
        raise SettingError(f"{fault}; one that begins with -- is joined to it: {joined}")

    def _check_value(self, word: str, name: str) -> None:
        """Refuse a word that looks like an option behind one that takes several values."""
        if OPTION.fullmatch(word):
            joined = shlex.quote(f"--{name}={word}")
            raise SettingError(
                f"There is no option {word}. {self._nearest(word) or self._see_help()} "
                f"A value of --{name} that begins with -- is joined to it: {joined}"
            )

    def _check(self, given: Given) -> None:
        num_surplus = len(given.places) - self.num_places
        if given.unknown:
            hint = self._nearest(given.unknown) or self._see_help()
            if num_surplus <= 0:
                hint += f" A text that begins so stands behind --: {self._spelt(given)}"
            raise SettingError(f"There is no option {given.unknown}. {hint}")
        if num_surplus > 0:
            switches = [f"--{name}" for name in given.options if not given.options[name]]
            hint = f" {', '.join(switches)} can not have a value." if switches else ""
            raise SettingError(
                f"{given.places[self.num_places]!r} is one word too many.{hint} A text of several "
                f"words stands in quotes. {self._see_help()}"
            )

    def _known(self, word: str) -> str:
        """Return the name of a known option as Python writes it, "" for any other word."""
        option = OPTION.fullmatch(word)
        name = option["name"].replace("-", "_") if option else ""
        return name if name in self.options else ""

    def _is_short(self, word: str) -> bool:
        """Say whether a word is the name of an option but for its second hyphen."""
        return word.startswith("-") and bool(self._known(f"-{word}"))

    def _nearest(self, word: str) -> str:
        name = "--" + word.partition("=")[0].lstrip("-").replace("-", "_")
        return did_you_mean(name, [*(f"--{each}" for each in self.options), "--help"])

    def _see_help(self) -> str:
        return f"See `{self.program} --help`."

    def _spelt(self, given: Given) -> str:
        """Return the command line with ``--`` before the words that have a place."""
        options = [
            word
            for name, values in given.options.items()
            for word in ([f"--{name}={each}" for each in values] or [f"--{name}"])
        ]
        return shlex.join([*self.program.split(), *options, "--", *given.places])
