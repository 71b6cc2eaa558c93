"""What a run is called and was made by, for whoever compares runs with each other."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from torch import nn


@dataclasses.dataclass(frozen=True, kw_only=True)
class Description:
    """The recipe that a run is a part of: its name, what it says, the folder of all its parts."""

    name: str = ""
    folder: Path | None = None
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, recipe: Any, folder: Path) -> Self:
        """Describe a recipe, a dataclass with a ``name``, whose run is in ``folder``."""
        return cls(name=recipe.name, folder=folder, facts=flat(recipe, within="recipe"))

    def name_of(self, folder: Path) -> str:
        """Return what the part of the run in ``folder`` is called.

        >>> Description(name="nsmc").name_of(Path("runs/nsmc/seed-1"))
        'nsmc/seed-1'
        """
        return f"{self.name}/{folder.name}" if self.name else folder.name

    def parameters(self, model: nn.Module, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a run was made by: its settings, its recipe, the config of its model."""
        configs = (getattr(part, "config", None) for part in model.modules())
        config = next((each for each in configs if dataclasses.is_dataclass(each)), None)
        return {**flat(settings), **self.facts, **flat(config, within="model")}


def flat(value: Any, *, within: str = "") -> dict[str, Any]:
    """Return what stands in mappings and dataclasses under dotted names; what is not given is left.

    >>> flat({"a": {"b": 1, "c": None}, "d": ("x", "y")}, within="recipe")
    {'recipe.a.b': 1, 'recipe.d': '["x", "y"]'}
    """
    if value is None:
        return {}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        prefix = f"{within}." if within else ""
        return {
            name: fact
            for key, inner in value.items()
            for name, fact in flat(inner, within=f"{prefix}{key}").items()
        }
    if isinstance(value, list | tuple):
        return {within: json.dumps(value, ensure_ascii=False, default=_plain)}
    return {within: value}


def _plain(value: Any) -> Any:
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else str(value)  # type: ignore[arg-type]
