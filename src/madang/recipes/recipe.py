"""What a recipe is, how it is read, and which kinds there are.

``madang train recipes/ads_instagram.toml`` reads one, and any part can be said otherwise behind it:
``--fine_tuning.training.num_epochs 2``. A key that its kind does not know stops the run.
"""

import abc
import copy
import dataclasses
import importlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from madang import storage, validation
from madang.errors import CheckpointError, SettingError
from madang.suggestion import did_you_mean
from madang.training.reporting.description import Description
from madang.training.reporting.mlflow_tracker import track_model
from madang.training.settings import TrainingSettings

KIND = "kind"


class Kind(NamedTuple):
    """Where the class of a kind's recipes is, and a key that only its recipes have."""

    target: str
    key: str


KINDS = {
    "fine_tuning": Kind("madang.recipes.fine_tuning:FineTuningRecipe", "data"),
    "distillation": Kind("madang.recipes.distillation:DistillationRecipe", "teacher"),
    "pretraining": Kind("madang.recipes.pretraining:PretrainingRecipe", "sources"),
    "recommendation": Kind("madang.recipes.recommendation:RecommendationRecipe", "interactions"),
    "shared": Kind("madang.recipes.shared:SharedRecipe", "recipes"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe(abc.ABC):
    """How a model is made; each kind has further fields.

    ``name``: under which results are reported; ``runs/NAME`` is the folder of its run. ``hints``
    are what to do with a finished ``{checkpoint}``; ``{export}`` is a folder beside it.
    """

    hints: ClassVar[tuple[str, ...]] = ("Measure it: madang evaluate --model {checkpoint}",)

    name: str

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Build a recipe from what stands in its file, ``kind`` aside.

        Raises ``SettingError`` for an unknown key and a value of another type or out of range.
        """
        return validation.convert(content, cls)

    @abc.abstractmethod
    def run(self, folder: Path, *, resume: bool = True) -> list[Path]:
        """Train what the recipe describes; return the folders of the finished checkpoints.

        ``folder`` keeps what was made on the way, so that an interrupted run goes on.
        """


@dataclasses.dataclass(kw_only=True)
class Run:
    """The parts of one run of a recipe, each computed when the next one asks for it.

    ``folder`` keeps them; with ``resume`` what it has of an interrupted run is taken over.
    """

    recipe: Recipe
    folder: Path
    resume: bool = True

    @property
    def checkpoint(self) -> Path:
        """The folder of the finished checkpoint."""
        return self.folder / "model"

    @property
    def description(self) -> Description:
        """What trackers are told of the recipe."""
        return Description.of(self.recipe, self.folder)

    def check_same(self, part: str, given: Mapping[str, Any]) -> None:
        """Keep in the folder with which encoder or teacher, a ``part``, the run began.

        Raises ``SettingError`` where an interrupted run in the folder began with another one, and
        ``CheckpointError`` where what it kept can not be read.
        """
        path = self.folder / f"{part}.json"
        found = _read_record(path) if self.resume and path.is_file() else given
        if found != given:
            raise SettingError(
                f"The run in {self.folder} began with another {part} ({found}) than the recipe "
                f"names now ({given}). Begin anew (--fresh, resume=False), or give another "
                f"folder (--output)."
            )
        storage.write_text(path, json.dumps(given) + "\n")

    def track_model(self, part: str, settings: TrainingSettings) -> None:
        """Give the finished checkpoint to MLflow, with the run of a part, if that is asked for."""
        if settings.track_model and "mlflow" in settings.trackers:
            track_model(self.folder / part, self.checkpoint, home=self.folder)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        return validation.parse_json(path.read_bytes())
    except SettingError as error:
        raise CheckpointError(
            f"{path} can not be read ({error}). It was cut off or edited: begin anew "
            f"(--fresh, resume=False)."
        ) from error


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe of any kind; ``overrides`` are options such as ``--max_length 64``.

    Raises ``SettingError`` for a missing file, broken TOML, a recipe that does not say its kind, an
    unknown key, with the nearest key that there is, and a value that is not allowed.
    """
    content = override(read_toml(path), overrides)
    try:
        return _class_of(content.pop(KIND, None), content).of(content)
    except SettingError as error:
        raise SettingError(f"{path}: {error}") from error


def _class_of(name: object, content: Mapping[str, Any]) -> type[Recipe]:
    """Return the class of the kind that a recipe names; its content tells what it should say."""
    if isinstance(name, str) and name in KINDS:
        module, _, attribute = KINDS[name].target.partition(":")
        found: type[Recipe] = getattr(importlib.import_module(module), attribute)
        return found
    if name is not None:
        known = f"Known are {', '.join(KINDS)}."
        hint = did_you_mean(str(name), KINDS, otherwise=known)
        raise SettingError(f"there is no kind {name!r}. {hint}")
    meant = next((each for each, kind in KINDS.items() if kind.key in content), None)
    if meant is None:
        lines = " or ".join(f'kind = "{each}"' for each in KINDS)
        raise SettingError(f"a recipe says its kind. Add one line of these at the top: {lines}")
    raise SettingError(f'a recipe says its kind. Add this line at the top: kind = "{meant}"')


def override(content: Mapping[str, Any], options: Sequence[str]) -> dict[str, Any]:
    """Return a recipe's content with ``--key value`` or ``--key=value`` put in; dots go inwards.

    A value is read as TOML, and where it is none as a text; ``none`` takes a value away. Raises
    ``SettingError`` for what is no option and for one without a value.

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
    if text in ("none", "null"):
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def read_toml(path: Path) -> dict[str, Any]:
    """Return what stands in a recipe's file; raises ``SettingError`` where it is no TOML."""
    if not path.is_file():
        raise SettingError(f"There is no recipe {path}. Those that ship lie in recipes/.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise SettingError(
            f"{path} is not TOML: its brackets are nested too deeply. Mend that place."
        ) from None
    except ValueError as error:
        raise SettingError(f"{path} is not TOML: {error}. Mend that place.") from error
