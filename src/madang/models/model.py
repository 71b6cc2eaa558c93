"""What a checkpoint has to know of any model, and how the weights of every model start."""

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import nn

from madang.models.config import ModelConfig


class Model(nn.Module):
    """A network that can be saved: its config, its family here, its class at Hugging Face.

    ``num_labels`` is 0 for a model without labels. ``further_fields`` go into ``config.json``
    beside the config. ``table`` names the family's key table where it is not that of
    ``architecture``, for two models here that are one class there.
    """

    family: ClassVar[str]
    architecture: ClassVar[str]
    table: ClassVar[str] = ""
    further_fields: Mapping[str, Any] = {}
    config: ModelConfig
    num_labels: int = 0

    @property
    def further_files(self) -> Mapping[str, Any]:
        """Paths in the model folder and the JSON there, for programs that want to be told more."""
        return {}


def initialize(part: nn.Module, *, std: float) -> None:
    """Draw the part's matrices anew from N(0, ``std``²) and set its offsets to zero.

    Norms stay at one. Source: Devlin 2018's released code (0.02); the other families follow it.
    """
    for name, parameter in part.named_parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=std)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
