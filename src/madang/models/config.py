"""What every model's config is: a frozen dataclass whose fields carry Hugging Face's names.

So ``config.json`` is the config. Of the many further fields that a published ``config.json``
holds, those that would change the computation are listed in ``fixed`` with the one value that is
implemented here; another value is refused, not ignored. The rest says nothing about the model.
"""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from msgspec import Meta

from madang import validation
from madang.errors import SettingError
from madang.validation import Count

# Layers are built before the weights are looked at: without an end, a damaged number has none.
Layers = Annotated[int, Meta(ge=1, le=1000)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The numbers from which a model is built; see the subclass of each family."""

    model_type: ClassVar[str]
    fixed: ClassVar[Mapping[str, Any]] = {}

    vocab_size: Count

    def __post_init__(self) -> None:
        """Refuse a value of the wrong type or out of range with ``SettingError``."""
        validation.check(self)

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
