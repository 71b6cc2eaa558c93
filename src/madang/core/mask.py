"""Masks: which answering positions an asking position may see. ``True`` means *may be seen*.

No mask at all (``None``) is the fastest and means that everything may be seen, so every function
here returns one only where something has to be hidden.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from madang.errors import SettingError


class Sight(NamedTuple):
    """What the asking positions may see: a boolean mask, or "only backwards", or everything.

    ``is_causal`` is set only without a mask; it lets the attention kernel skip what is hidden
    instead of computing and discarding it.
    """

    mask: Tensor | None = None
    is_causal: bool = False


def see_all(attention_mask: Tensor | None) -> Sight:
    """Let every position see every real one.

    ``attention_mask`` (B, S) has 1 at real positions and 0 at padding.
    """
    if attention_mask is None:
        return Sight()
    return Sight(mask=attention_mask.bool()[:, None, None, :])


def see_back(num_asking: int, *, num_past: int, attention_mask: Tensor | None) -> Sight:
    """Let every position see itself and the real ones before it (Vaswani 2017, section 3.2.3).

    The asking positions follow ``num_past`` remembered ones. ``attention_mask``
    (B, num_past + num_asking) covers both; ``SettingError`` when it does not.
    """
    num_answering = num_past + num_asking
    if attention_mask is None:
        if num_past == 0:
            return Sight(is_causal=True)
        return Sight() if num_asking == 1 else Sight(mask=backward(num_asking, num_answering))
    if not torch.compiler.is_exporting() and attention_mask.shape[1] != num_answering:
        raise SettingError(
            f"attention_mask covers {attention_mask.shape[1]} positions, but there are "
            f"{num_past} remembered and {num_asking} new ones. Give a mask of "
            f"{num_answering} columns."
        )
    device = attention_mask.device
    back_TS = backward(num_asking, num_answering, device=device)
    # Padding on the left leaves its own rows nothing to see, and a softmax over nothing is not a
    # number: a position may always see itself.
    itself_TS = back_TS & ~backward(num_asking, num_answering, device=device, reach=-1)
    return Sight(mask=back_TS & attention_mask.bool()[:, None, None, :] | itself_TS)


def backward(
    num_asking: int, num_answering: int, *, device: torch.device | None = None, reach: int = 0
) -> Tensor:
    """Return the boolean (T, S) mask in which the last row stands at the last column.

    A row sees up to ``reach`` columns past its own.

    >>> backward(2, 3).int().tolist()
    [[1, 1, 0], [1, 1, 1]]
    """
    seen_TS = torch.ones(num_asking, num_answering, dtype=torch.bool, device=device)
    return seen_TS.tril(num_answering - num_asking + reach)
