"""The ``madang`` command: the list of commands, and what becomes of an error.

A command is a typed function of its name in a file of its name; ``data list`` is the function
``list`` in ``data.py``. ``signature.py`` reads its command line from its signature. A command is
imported when it is called, so that ``madang --help`` answers at once; that is why its summary
stands here.
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from madang import __version__
from madang.errors import MadangError, SettingError
from madang.suggestion import nearest


class Command(NamedTuple):
    """What a command does, and the extra that installs what it imports."""

    summary: str
    extra: str = ""


COMMANDS = {
    "serve": Command("start the community site"),
    "classify": Command("label a text, or a CSV file of texts"),
    "tag": Command("find the named things in a text"),
    "embed": Command("give a text a vector, or each text of a CSV file"),
    "similar": Command("say how near two texts are, or find the nearest"),
    "compare": Command("say what holds between two texts, by a model for pairs"),
    "encode": Command("give a text and its tokens the vectors of a bare encoder"),
    "recommend": Command(
        "recommend what goes with a history, or to everybody in a file", "evaluate"
    ),
    "explain": Command("show on a page why a model decided as it did"),
    "answer": Command("answer a question out of a text, with offsets"),
    "train": Command("train a model by a recipe", "train"),
    "evaluate": Command("measure a model on a data set", "evaluate"),
    "evaluate-recommender": Command(
        "measure recommenders and baselines on interactions", "evaluate"
    ),
    "adopt": Command("make a checkpoint of a published encoder", "train"),
    "prune": Command("leave out of an encoder's vocabulary what is not written", "train"),
    "export": Command("make a model ready to serve", "train"),
    "probe": Command("let a sentence encoder join a classifier of two labels", "train"),
    "data list": Command("list the data sets"),
    "data show": Command("show a data set's source and licence"),
    "data fetch": Command("download a data set and check it"),
    "data export-decisions": Command("write the moderators' decisions as a data set"),
    "data export-interactions": Command("write what people who agreed opened as a data set"),
    "recommender list": Command("list the versions of the site's recommender"),
    "recommender add": Command("take in an exported model and use it"),
    "recommender use": Command("put a version to use"),
    "recommender back": Command("put the version before to use"),
}
USAGE_ERROR = 2
INTERRUPTED = 130
LONGEST_MESSAGE = 4000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` name and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(words)
    except MadangError as error:
        print(f"madang: {_shortened(str(error))}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `madang … | head`: whoever read has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk, a folder that may not be written
        place = error.filename or "a file"
        print(
            f"madang: {place} could not be read or written ({error.strerror or error}). Check that "
            f"the path is right, that you may use it, and that the disk has space.",
            file=sys.stderr,
        )
        return USAGE_ERROR


def _shortened(message: str) -> str:
    """Leave out the middle of a message that repeats what is too long to be read."""
    half = LONGEST_MESSAGE // 2
    if len(message) <= LONGEST_MESSAGE:
        return message
    return f"{message[:half]} … {message[-half:]}"


def overview(group: str = "") -> str:
    """Return the help of all commands, or of those in a group.

    >>> print(overview("data").splitlines()[0])
    usage: madang data COMMAND …
    """
    prefix = f"{group} " if group else ""
    names = [name for name in COMMANDS if name.startswith(prefix)]
    width = max(map(len, names))
    lines = [f"  madang {name:<{width}}  {COMMANDS[name].summary}" for name in names]
    heading = f"usage: madang {prefix}COMMAND …"
    footer = f"Each has its own help: madang {prefix}COMMAND --help"
    return "\n".join([heading, "", *lines, "", footer])


def find_command(words: Sequence[str]) -> tuple[str, list[str]]:
    """Split the words into a command's name, of one word or two, and what is left.

    Raises ``SettingError`` with the nearest name for a command that does not exist.

    >>> find_command(["data", "show", "nsmc"])
    ('data show', ['nsmc'])
    """
    for num_words in (2, 1):
        name = " ".join(words[:num_words])
        if name in COMMANDS:
            return name, list(words[num_words:])
    given = " ".join(words[: 2 if is_group(words[0]) else 1])
    near = nearest(given, [*COMMANDS, *(name.split()[0] for name in COMMANDS)])
    hint = f"Did you mean `madang {near[0]}`?" if near else "See `madang --help`."
    raise SettingError(f"There is no command {given!r}. {hint}")


def is_group(word: str) -> bool:
    """Say whether commands of two words begin with this one."""
    return any(name.startswith(f"{word} ") for name in COMMANDS)


def load_function(name: str) -> Callable[..., Any]:
    """Import the function of a command: of its last word's name, in the file of its first."""
    *_, last = words = name.replace("-", "_").split()
    module = importlib.import_module(f"madang.commands.{words[0]}")
    function: Callable[..., Any] = getattr(module, last)
    return function


def _dispatch(words: list[str]) -> int:
    if words[:1] == ["--version"]:
        print(f"madang {__version__}")
        return 0
    group = words[0] if words and is_group(words[0]) else ""
    if words[len(group.split()) :][:1] in ([], ["-h"], ["--help"]):
        print(overview(group))
        return 0
    name, rest = find_command(words)
    return _run(name, rest)


def _run(name: str, arguments: list[str]) -> int:
    # Imported here: `madang --help` answers without it.
    from madang.commands.signature import SignatureParser

    command = COMMANDS[name]
    try:
        function = load_function(name)
        result = function(**SignatureParser(function, program=f"madang {name}").parse(arguments))
    except ModuleNotFoundError as error:
        if not command.extra or (error.name or "").startswith("madang"):
            raise
        raise SettingError(
            f"`madang {name}` needs {error.name}, which is not installed: "
            f"pip install 'madang[{command.extra}]'."
        ) from error
    return result if isinstance(result, int) else 0
