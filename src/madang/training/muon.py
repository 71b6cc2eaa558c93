"""Muon for the matrices inside the blocks, AdamW for all else, as one optimizer.

Muon's step is the momentum with its singular values made alike, so that no direction of a matrix
is left behind for being rare. Sources: Jordan 2024 (Muon); the step's size, which lets one
learning rate and weight decay serve both, Liu 2025 (Muon is scalable), section 2.2.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.optim import AdamW, Muon


class MuonAndAdamW:
    """What the loop needs of an optimizer: its groups, its state by parameter, and steps."""

    def __init__(self, *parts: Muon | AdamW) -> None:
        self.parts = parts
        self.param_groups: list[dict[str, Any]] = [
            group for part in parts for group in part.param_groups
        ]
        # No parameter has two optimizers, so that one mapping can hold the state of all.
        self.state: defaultdict[Tensor, dict[str, Tensor]] = defaultdict(dict)
        for part in parts:
            part.state = self.state

    def zero_grad(self, *, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters."""
        for part in self.parts:
            part.zero_grad(set_to_none=set_to_none)

    def step(self) -> None:
        """Update all parameters once."""
        for part in self.parts:
            part.step()  # type: ignore[no-untyped-call]


def build_muon(groups: Sequence[dict[str, Any]], *, learning_rate: float) -> Muon:
    """Return Muon over groups of matrices, its steps as long as AdamW's (Liu 2025, equation 4)."""
    return Muon(groups, lr=learning_rate, adjust_lr_fn="match_rms_adamw")


def part_groups(
    groups: Sequence[dict[str, Any]], hidden: Sequence[nn.Parameter]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Split every group into what is ``hidden`` and what is not; empty groups are left out."""
    is_hidden = {id(parameter) for parameter in hidden}
    parted = [
        [
            {**group, "params": [p for p in group["params"] if (id(p) in is_hidden) == wanted]}
            for group in groups
        ]
        for wanted in (True, False)
    ]
    inner, outer = ([group for group in side if group["params"]] for side in parted)
    return inner, outer
