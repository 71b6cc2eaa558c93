"""The ``madang`` command: a table of names, and a function that is imported when it is called.

A command is a typed function in a file of its own; ``signature.py`` reads its command line from its
signature. Nothing heavy is imported here, so that ``madang --help`` answers at once.
"""

import difflib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from madang import __version__
from madang.errors import MadangError, SettingError


class Command(NamedTuple):
    """Where a command's function is, what it does, and the extra that installs what it imports."""

    target: str
    summary: str
    extra: str = ""


COMMANDS = {
    "serve": Command("madang.community.command:serve", "start the community site"),
    "classify": Command(
        "madang.commands.classify:classify", "label a text, or a CSV file of texts"
    ),
    "tag": Command("madang.commands.tag:tag", "find the named things in a text"),
    "embed": Command(
        "madang.commands.embed:embed", "give a text a vector, or each text of a CSV file"
    ),
    "similar": Command(
        "madang.commands.embed:similar", "say how near two texts are, or find the nearest"
    ),
    "recommend": Command(
        "madang.commands.recommend:recommend",
        "recommend what goes with a history, or to everybody in a file",
        "evaluate",
    ),
    "explain": Command(
        "madang.commands.explain:explain", "show on a page why a model decided as it did"
    ),
    "answer": Command(
        "madang.commands.answer:answer", "answer a question out of a text, with offsets"
    ),
    "train": Command("madang.commands.train:train", "train a model by a recipe", "train"),
    "evaluate": Command(
        "madang.commands.evaluate:evaluate", "measure a model on a data set", "evaluate"
    ),
    "evaluate-recommender": Command(
        "madang.commands.evaluate_recommender:evaluate_recommender",
        "measure recommenders and baselines on interactions",
        "evaluate",
    ),
    "adopt": Command(
        "madang.export.adoption:adopt_command",
        "make a checkpoint of a published BERT folder",
        "train",
    ),
    "export": Command("madang.commands.export:export", "make a model ready to serve", "train"),
    "probe": Command(
        "madang.export.probe:probe",
        "let a sentence encoder join a classifier of two labels",
        "train",
    ),
    "data list": Command("madang.commands.data:list_datasets", "list the data sets"),
    "data show": Command("madang.commands.data:show", "show a data set's source and licence"),
    "data fetch": Command("madang.commands.data:fetch", "download a data set and check it"),
    "data export-decisions": Command(
        "madang.community.moderation.command:export_decisions",
        "write the moderators' decisions as a data set",
    ),
    "data export-interactions": Command(
        "madang.community.recommendations.command:export_interactions",
        "write what people who agreed opened as a data set",
    ),
    "recommender list": Command(
        "madang.community.recommendations.command:list_versions",
        "list the versions of the site's recommender",
    ),
    "recommender add": Command(
        "madang.community.recommendations.command:add", "take in an exported model and use it"
    ),
    "recommender use": Command(
        "madang.community.recommendations.command:use", "put a version to use"
    ),
    "recommender back": Command(
        "madang.community.recommendations.command:back", "put the version before to use"
    ),
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
    near = difflib.get_close_matches(given, [*COMMANDS, "data"], n=1)
    hint = f"Did you mean `madang {near[0]}`?" if near else "See `madang --help`."
    raise SettingError(f"There is no command {given!r}. {hint}")


def is_group(word: str) -> bool:
    """Say whether commands of two words begin with this one."""
    return any(name.startswith(f"{word} ") for name in COMMANDS)


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
    command = COMMANDS[name]
    try:
        function = load_function(command.target)
        result = function(**parse(function, arguments, program=f"madang {name}"))
    except ModuleNotFoundError as error:
        if not command.extra or (error.name or "").startswith("madang"):
            raise
        raise SettingError(
            f"`madang {name}` needs {error.name}, which is not installed: "
            f"pip install 'madang[{command.extra}]'."
        ) from error
    return result if isinstance(result, int) else 0


def load_function(target: str) -> Callable[..., Any]:
    """Import the function that ``module:name`` names."""
    module, _, attribute = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def parse(
    function: Callable[..., Any], arguments: Sequence[str], *, program: str
) -> dict[str, Any]:
    """Read a command line by a function's signature; ``--help`` prints it and leaves.

    A parameter ``overrides`` gets the options that the signature does not know, as they stand.

    Raises ``SettingError`` for a value of the wrong type and an unknown or missing argument.
    """
    from madang.commands.signature import SignatureParser

    return SignatureParser(function, program=program).parse(arguments)
