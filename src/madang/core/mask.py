"""Attention masks: which keys a query may see. ``True`` means *may be seen*.

No mask at all (``None``) is the fastest and means that everything may be seen, so every function
here returns one only where something has to be hidden.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from madang.errors import SettingError


class AttentionMask(NamedTuple):
    """What queries may see: what ``visible`` says, or nothing later than themselves, or all.

    ``visible`` is boolean and broadcasts to (B, H, T, S). ``is_causal`` is set only without it;
    it lets the attention kernel skip what is hidden instead of computing and discarding it.
    """

    visible: Tensor | None = None
    is_causal: bool = False


EVERYTHING = AttentionMask()


def padding_mask(attention_mask: Tensor | None) -> AttentionMask:
    """Let every position see every real one.

    ``attention_mask`` (B, S) has 1 at real positions and 0 at padding.
    """
    if attention_mask is None:
        return EVERYTHING
    return AttentionMask(visible=attention_mask.bool()[:, None, None, :])


def causal_mask(num_queries: int, *, num_past: int, attention_mask: Tensor | None) -> AttentionMask:
    """Let every position see itself and the real ones before it (Vaswani 2017, section 3.2.3).

    The queries follow ``num_past`` positions of a cache. ``attention_mask``
    (B, num_past + num_queries) covers both; ``SettingError`` when it does not.
    """
    num_keys = num_past + num_queries
    if attention_mask is None:
        if num_past == 0:
            return AttentionMask(is_causal=True)
        if num_queries == 1:
            return AttentionMask()
        return AttentionMask(visible=causal_matrix(num_queries, num_keys))
    # An exported graph has symbols for sizes, and comparing them would fix them.
    if not torch.compiler.is_exporting() and attention_mask.shape[1] != num_keys:
        raise SettingError(
            f"attention_mask covers {attention_mask.shape[1]} positions, but there are "
            f"{num_past} in the cache and {num_queries} new ones. Give a mask of "
            f"{num_keys} columns."
        )
    device = attention_mask.device
    causal_TS = causal_matrix(num_queries, num_keys, device=device)
    # Padding on the left leaves its own rows nothing to see, and a softmax over nothing is not a
    # number: a position may always see itself.
    itself_TS = causal_TS & ~causal_matrix(num_queries, num_keys, device=device, diagonal=-1)
    return AttentionMask(visible=causal_TS & attention_mask.bool()[:, None, None, :] | itself_TS)


def causal_matrix(
    num_queries: int, num_keys: int, *, device: torch.device | None = None, diagonal: int = 0
) -> Tensor:
    """Return the boolean (T, S) lower triangle whose last row stands at the last column.

    A row sees up to ``diagonal`` columns past its own.

    >>> causal_matrix(2, 3).int().tolist()
    [[1, 1, 0], [1, 1, 1]]
    """
    visible_TS = torch.ones(num_queries, num_keys, dtype=torch.bool, device=device)
    return visible_TS.tril(num_keys - num_queries + diagonal)
