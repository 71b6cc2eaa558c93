"""A recipe: one TOML file that names everything a published model was made of.

``madang train recipes/ads_instagram.toml`` reads it, and any part can be said otherwise behind it:
``--fine_tuning.training.num_epochs 2``. A key that no part knows stops the run.
"""

import copy
import dataclasses
import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.tasks.registry import DEFAULT, find_task
from madang.training.loop.settings import TrainingSettings


@dataclasses.dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The tokenizer that is trained on the texts of the recipe.

    ``hides_giveaways``: read hashtags that tell the label, and every bare ``#``, as white space.
    """

    vocab_size: int = 8000
    hides_giveaways: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Encoder:
    """The trained encoder that a model begins with, its tokenizer and its size.

    ``folder``: any checkpoint of a BERT, of whatever task, an exported one, a plain Hugging Face
    folder, or the name of a model that ships.
    ``fresh``: the same size and tokenizer, but weights drawn anew: what the network would be
    without its training. ``hides_giveaways``: as in ``Vocabulary``; the pieces stay the same.
    ``dropout``: in place of what the folder's ``config.json`` says of hidden layers.
    """

    folder: str
    fresh: bool = False
    hides_giveaways: bool = False
    dropout: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cooccurrence:
    """Token embeddings that begin as co-occurrence vectors; ``window`` in tokens to each side."""

    window: int = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class WarmUp:
    """Masked-token training on the texts of the recipe, before their labels are seen.

    ``share`` of the tokens is hidden. ``dropout`` takes the place of the model's: a network that
    sees its texts a few times has nothing to forget. ``max_length``: tokens a text is cut to;
    ``None`` is the recipe's.
    """

    share: float = 0.15
    dropout: float = 0.0
    whole_words: bool = False
    max_length: int | None = None
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SelfTraining:
    """A second round of fine-tuning, in which the first round's model labels further texts.

    ``data`` and ``split`` name them; the first ``num_texts`` are read. The round learns from them,
    by the probabilities that the model gives, together with the labelled texts. A teacher that
    the task has takes its share of those probabilities: two that err differently are righter
    together.
    """

    data: str
    split: str = "unlabelled"
    num_texts: int = 100_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class FineTuning:
    """Training with labels, once for each of ``seeds``; the weights that agree are averaged."""

    seeds: tuple[int, ...] = (1,)
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one model is made, from the name of its data to its weights.

    ``name``: under which results are reported. ``data``: data sets that ``madang data list``
    shows and paths of CSV or JSON-lines files, together. ``task``: what the model is to do, a name
    in ``madang.tasks.registry``; ``options`` are the task's own, in a file the table that bears its
    name. ``encoder``: what it begins with; without one, a tokenizer is
    trained (``vocabulary``), a network of the size ``model`` drawn, and ``cooccurrence`` may give
    it its first embeddings. ``max_length``: tokens a text is cut to in training.
    ``reading_length``: tokens it is cut to afterwards; ``None`` is the same.
    ``threshold``: the calibrated probability from which the last of two labels is given.
    ``model``: the fields of BERT's ``config.json``; the size of the vocabulary is the tokenizer's.
    """

    name: str
    data: tuple[str, ...]
    task: str = DEFAULT
    max_length: int = 128
    reading_length: int | None = None
    threshold: float = 0.5
    encoder: Encoder | None = None
    vocabulary: Vocabulary | None = None
    model: BertConfig | None = None
    cooccurrence: Cooccurrence | None = None
    warm_up: WarmUp | None = None
    self_training: SelfTraining | None = None
    fine_tuning: FineTuning = FineTuning()
    options: Any = None

    def __post_init__(self) -> None:
        """Refuse what an encoder already settles with ``SettingError``; fill in the options."""
        refuse_settled(self)
        kind = find_task(self.task).options
        if self.options is None and kind is not None:
            object.__setattr__(self, "options", kind())


def refuse_settled(recipe: Any) -> None:
    """Raise ``SettingError`` for a recipe that names an encoder and gives what one brings."""
    settled = ("vocabulary", "model", "cooccurrence")
    given = [name for name in settled if getattr(recipe, name) is not None]
    if recipe.encoder is not None and given:
        raise SettingError(
            f"{', '.join(given)} and encoder are given; an encoder brings its tokenizer, its "
            f"size and its embeddings. Leave out the one or the other."
        )


RecipeT = TypeVar("RecipeT")


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read the recipe of a task; ``overrides`` are options such as ``--max_length 64``.

    Raises ``SettingError`` as ``read_recipe`` does.
    """
    content = override(read_toml(path), overrides)
    task = find_task(str(content.get("task", DEFAULT)))
    table = content.pop(task.name, None)
    recipe = parse_recipe(path, content, kind=Recipe)
    if table is None or task.options is None:
        return recipe
    return dataclasses.replace(recipe, options=parse_recipe(path, table, kind=task.options))


def read_recipe(path: Path, overrides: Sequence[str], *, kind: type[RecipeT]) -> RecipeT:
    """Read a recipe whose keys are the fields of ``kind``, a dataclass.

    Raises ``SettingError`` for a missing file, broken TOML, an unknown key or a value of another
    type, with the nearest key that there is.
    """
    return parse_recipe(path, override(read_toml(path), overrides), kind=kind)


def parse_recipe(path: Path, content: Mapping[str, Any], *, kind: type[RecipeT]) -> RecipeT:
    """Return what a recipe, or a table of it, says; raises as ``read_recipe`` does."""
    from jsonargparse import ArgumentError, ArgumentParser

    parser = ArgumentParser(exit_on_error=False)
    parser.add_class_arguments(kind)
    try:
        fields = parser.instantiate(parser.parse_object(dict(content))).as_dict()
    except (ArgumentError, TypeError, ValueError) as error:
        raise SettingError(f"{path}: {_explain(str(error), kind)}") from error
    return kind(**fields)


def override(content: Mapping[str, Any], options: Sequence[str]) -> dict[str, Any]:
    """Return a recipe's content with ``--key value`` or ``--key=value`` put in; dots go inwards.

    A value is read as TOML, and where it is none as a text. Raises ``SettingError`` for what is
    no option and for one without a value.

    >>> override({"a": {"b": 1, "c": 2}}, ["--a.b", "[3]", "--name=film"])
    {'a': {'b': [3], 'c': 2}, 'name': 'film'}
    """
    changed = copy.deepcopy(dict(content))
    words = list(options)
    while words:
        key, is_joined, value = words.pop(0).partition("=")
        if not key.startswith("--"):
            raise SettingError(f"{key!r} is no option. Options look like --max_length 64.")
        if not is_joined:
            if not words:
                raise SettingError(f"{key} has no value. Give one behind it.")
            value = words.pop(0)
        *tables, name = key.removeprefix("--").split(".")
        place = changed
        for table in tables:
            inner = place.setdefault(table, {})
            if not isinstance(inner, dict):
                raise SettingError(f"{key}: {table} is {inner!r} in the recipe and has no parts.")
            place = inner
        place[name] = _read_value(value)
    return changed


def _read_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def read_toml(path: Path) -> dict[str, Any]:
    """Return what stands in a recipe's file; raises ``SettingError`` where it is no TOML."""
    path = Path(path)
    if not path.is_file():
        raise SettingError(f"There is no recipe {path}. Those that ship lie in recipes/.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise SettingError(f"{path} nests its brackets too deeply. Mend that place.") from error
    except (ValueError, OverflowError) as error:
        raise SettingError(f"{path} is not TOML: {error}. Mend that place.") from error


def _explain(message: str, kind: type) -> str:
    """Add the nearest known key to what the parser says of an unknown one."""
    unknown = re.search(r"(?:[Oo]ption '|unrecognized arguments: --)([\w.]+)", message)
    if unknown is None:
        return message
    known = _known_keys(kind)
    name = unknown[1].rpartition(".")[2]
    names = {key.rpartition(".")[2] for key in known}
    near = difflib.get_close_matches(name, names, n=1)
    places = [repr(key) for key in known if near and key.rpartition(".")[2] == near[0]]
    if places:
        hint = f"Did you mean {' or '.join(places)}?"
    else:
        hint = "See madang/recipes/recipe.py for all keys."
    return f"unknown key {unknown[1]!r}. {hint}"


def _known_keys(kind: type, within: str = "") -> list[str]:
    """Return the names of all fields of a dataclass and of those within it, with dots."""
    if not dataclasses.is_dataclass(kind):
        return [key for part in get_args(kind) for key in _known_keys(part, within)]
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    return [
        key
        for name in names
        for key in (f"{within}{name}", *_known_keys(hints[name], f"{within}{name}."))
    ]
