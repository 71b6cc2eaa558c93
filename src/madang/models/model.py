"""What a checkpoint has to know of any model."""

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import nn

from madang.models.config import ModelConfig


class Model(nn.Module):
    """A network that can be saved: its config, its family here, its class at Hugging Face.

    ``further_fields`` go into ``config.json`` beside the config. ``table`` names the family's key
    table where it is not that of ``architecture``, for two models here that are one class there.
    """

    family: ClassVar[str]
    architecture: ClassVar[str]
    table: ClassVar[str] = ""
    further_fields: ClassVar[Mapping[str, Any]] = {}
    config: ModelConfig

    @property
    def further_files(self) -> Mapping[str, Any]:
        """Paths in the model folder and the JSON there, for programs that want to be told more."""
        return {}

    @property
    def num_labels(self) -> int:
        """The number of labels; 0 for a model without."""
        return 0
