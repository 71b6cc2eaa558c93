"""The best sequence of tags, and how probable a part of it is, in a linear-chain model.

A path scores ``emission[0, c0] + transition[0, c0] + emission[1, c1] + transition[c0, c1] + …``:
what stands before a text counts as tag 0, which is "outside" wherever there are entities. So a
transition that is forbidden after "outside" is forbidden at the beginning too, and a text cut out
of a longer one is read like any other. A forbidden transition is a large negative score. With
transitions of zero the model is a plain classifier of each position.

Sources: Viterbi 1967; Rabiner 1989, section III (forward and backward variables); Lafferty 2001,
section 3 (conditional random fields).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Tags = NDArray[np.int64]

# An emission is at least e⁻⁵⁰⁰ of the largest of its position, so that no share is ever 0 of 0.
LEAST_LOG_WEIGHT = -500.0


def viterbi(
    emission_BTC: Floats, transition_CC: Floats, lengths: Sequence[int] | None = None
) -> list[Tags]:
    """Return the best tags of each text, as many as it has positions.

    ``transition_CC`` goes from the first axis to the second; ``lengths`` (B) leave padding out.

    >>> emission = np.array([[[0.0, 1.0], [0.4, 0.5], [1.0, 0.0]]])
    >>> viterbi(emission, np.zeros((2, 2)))[0].tolist()
    [1, 1, 0]
    >>> viterbi(emission, np.array([[0.0, 0.0], [0.0, -9.0]]))[0].tolist()
    [1, 0, 0]
    """
    num_texts, num_positions, _ = emission_BTC.shape
    lengths_B = np.full(num_texts, num_positions) if lengths is None else np.asarray(lengths)
    if not num_positions:
        return [np.zeros(0, np.int64) for _ in range(num_texts)]
    emission_BTC = emission_BTC.astype(np.float64)
    # Along the last axis are the tags that one may come from.
    origin_CC = np.ascontiguousarray(transition_CC.T, np.float64)
    score_BC = emission_BTC[:, 0] + origin_CC[:, 0]
    origin_TBC = np.empty((num_positions, *score_BC.shape), np.int64)
    last_BC = score_BC.copy()
    for position in range(1, num_positions):
        ways_BCC = score_BC[:, None, :] + origin_CC
        origin_TBC[position] = ways_BCC.argmax(axis=2)
        score_BC = ways_BCC.max(axis=2) + emission_BTC[:, position]
        ended_B = lengths_B == position + 1
        if ended_B.any():
            last_BC[ended_B] = score_BC[ended_B]
    return [
        _trace(int(last_C.argmax()), origin_TBC[:length, text])
        for text, (last_C, length) in enumerate(zip(last_BC, lengths_B.tolist(), strict=True))
    ]


def _trace(last: int, origin_TC: Tags) -> Tags:
    """Return the tags of the path that ends in ``last``, backwards by where each came from."""
    tags_T = np.empty(len(origin_TC), np.int64)
    for position in range(len(origin_TC) - 1, -1, -1):
        tags_T[position] = last
        last = int(origin_TC[position, last])
    return tags_T


class Chain:
    """The sums over all paths of one text, scaled at each position (Rabiner 1989, V A).

    ``weight_TC`` and ``weight_CC`` are the exponentials of emissions and transitions.
    ``forward_TC`` are the sums over all paths up to a tag, its own emission included, and
    ``backward_TC`` those over all paths from it on; ``scale_T`` is what each forward step was
    divided by. ``log_partition`` is the logarithm of the sum over all paths.
    """

    def __init__(self, emissions: Floats, transitions: Floats) -> None:
        """Run forward and backward over one text: its emissions (T, C), T ≥ 1, and transitions."""
        # Of each position and of all transitions the largest weight is 1: none overflows.
        largest_T1 = emissions.max(axis=1, keepdims=True).astype(np.float64)
        self.weight_TC = np.exp(np.maximum(emissions - largest_T1, LEAST_LOG_WEIGHT))
        largest = float(transitions.max())
        self.weight_CC = np.exp(transitions.astype(np.float64) - largest)
        self.forward_TC = np.empty_like(self.weight_TC)
        self.scale_T = np.empty(len(self.weight_TC))
        share_C = self.weight_CC[0]
        for position, weight_C in enumerate(self.weight_TC):
            share_C = (share_C if not position else share_C @ self.weight_CC) * weight_C
            self.scale_T[position] = share_C.sum()
            share_C = self.forward_TC[position] = share_C / self.scale_T[position]
        self.backward_TC = np.ones_like(self.weight_TC)
        for position in range(len(self.weight_TC) - 2, -1, -1):
            after_C = self.weight_TC[position + 1] * self.backward_TC[position + 1]
            self.backward_TC[position] = self.weight_CC @ after_C / self.scale_T[position + 1]
        self.log_partition = float((np.log(self.scale_T) + largest_T1[:, 0] + largest).sum())

    def probability(self, start: int, tags: Sequence[int], *, never_next: int) -> float:
        """Return the probability that exactly ``tags`` stand from ``start`` on.

        ``never_next`` is the tag that would continue them; it does not follow.

        >>> chain = Chain(np.zeros((2, 2)), np.zeros((2, 2)))
        >>> round(chain.probability(0, [1], never_next=1), 4)
        0.25
        """
        share = self.forward_TC[start, tags[0]]
        for position, (before, tag) in enumerate(pairwise(tags), start=start + 1):
            step = self.weight_CC[before, tag] * self.weight_TC[position, tag]
            share *= step / self.scale_T[position]
        stop = start + len(tags)
        if stop < len(self.weight_TC):
            ways_C = self.weight_CC[tags[-1]] * self.weight_TC[stop] * self.backward_TC[stop]
            ways_C[never_next] = 0.0
            share *= ways_C.sum() / self.scale_T[stop]
        return float(share)
