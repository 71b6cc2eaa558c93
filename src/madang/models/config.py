"""What every model's config is: a frozen dataclass whose fields carry Hugging Face's names.

So ``config.json`` is the config. Of the many further fields that a published ``config.json``
holds, those that would change the computation are listed in ``fixed`` with the one value that is
implemented here; another value is refused, not ignored. The rest says nothing about the model.
"""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from madang.errors import SettingError

# More than any published model has.
MOST_LAYERS, MOST = 1_000, 100_000_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The numbers from which a model is built; see the subclass of each family."""

    model_type: ClassVar[str]
    fixed: ClassVar[Mapping[str, Any]] = {}

    vocab_size: int

    def __post_init__(self) -> None:
        """Refuse a value of the wrong type or out of range with ``SettingError``."""
        for field in dataclasses.fields(self):
            _check(field.name, getattr(self, field.name), field.type)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Build a config from the fields of a ``config.json``; others than ours are left out.

        Raises ``SettingError`` for a value that is not implemented or out of range.
        """
        for name, value in {"model_type": cls.model_type, **cls.fixed}.items():
            if fields.get(name, value) != value:
                raise SettingError(
                    f"config.json has {name} = {fields[name]!r}; only {value!r} is implemented "
                    f"for {cls.model_type}. Use a checkpoint with {value!r}."
                )
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in fields.items() if name in known})

    def to_fields(self) -> dict[str, Any]:
        """Return the fields of a ``config.json`` that opens elsewhere as this model."""
        return {"model_type": self.model_type, **dataclasses.asdict(self), **self.fixed}


def _check(name: str, value: Any, allowed: Any) -> None:
    """Refuse a value that is not of the field's type, or a count or dropout out of range."""
    types = tuple(typing.get_origin(part) or part for part in typing.get_args(allowed) or [allowed])
    if float in types:
        types = (*types, int)
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise SettingError(
            f"{name} = {value!r} is of the wrong type; it must be "
            f"{' or '.join(kind.__name__ for kind in types)}. Correct it."
        )
    if "dropout" in name and value is not None and not 0 <= value < 1:
        raise SettingError(f"{name} = {value!r}; it must be at least 0 and below 1. Correct it.")
    if types[0] is int and value is not None and not name.endswith("token_id"):
        # A network of a billion layers would fill the memory before its weights are missed.
        most = MOST_LAYERS if "layers" in name else MOST
        if not 1 <= value <= most:
            allowed = f"at most {most:,}" if value > most else "at least 1"
            raise SettingError(f"{name} = {value!r}; it must be {allowed}. Correct it.")
