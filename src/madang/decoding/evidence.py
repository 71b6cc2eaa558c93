"""The evidence of a long text's tokens, joined from the windows in which it was read.

A classifier's logits are the mean of its tokens' evidence. Where windows overlap, a token's
evidence comes from the window in which its shorter side of context is longest. The mean then runs
over all tokens of the text, each once, as if it had been read in one piece.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def join_evidence(spans: Sequence[tuple[int, int]], evidence: Sequence[Floats]) -> Floats:
    """Return the evidence (T, C) of a whole text from that of its windows, (T_w, C) each.

    ``spans`` are the tokens of the text in each window, in order and overlapping. Each window has
    special tokens around them; those before the first window and behind the last are kept.

    >>> first, second = np.array([[9.0, 1.0, 2.0, 8.0]]).T, np.array([[7.0, 5.0, 3.0, 6.0]]).T
    >>> join_evidence([(0, 2), (1, 3)], [first, second])[:, 0].tolist()
    [9.0, 1.0, 2.0, 3.0, 6.0]
    """
    if len(spans) == 1:
        return evidence[0]
    before = _num_before(spans[0], evidence[0])
    borders = [0]
    for (_, stop), (start, _) in pairwise(spans):
        # Up to here the earlier window has no less to the right than the later one to the left.
        borders.append((stop - 1 + start) // 2 + 1)
    borders.append(spans[-1][1])
    parts = [evidence[0][:before]]
    for (start, _), evidence_TC, (low, high) in zip(
        spans, evidence, pairwise(borders), strict=True
    ):
        parts.append(evidence_TC[before + low - start : before + high - start])
    parts.append(evidence[-1][before + spans[-1][1] - spans[-1][0] :])
    return np.concatenate(parts)


def _num_before(span: tuple[int, int], evidence_TC: Floats) -> int:
    """Return how many special tokens stand before a window's text: half of them, rounded up."""
    num_special = len(evidence_TC) - (span[1] - span[0])
    return (num_special + 1) // 2
