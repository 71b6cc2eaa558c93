"""The best sequence of tags, and how probable a part of it is, in a linear-chain model.

A path scores ``emission[0, c0] + transition[0, c0] + emission[1, c1] + transition[c0, c1] + …``:
what stands before a text counts as tag 0, which is "outside" wherever there are entities. So a
transition that is forbidden after "outside" is forbidden at the beginning too, and a text cut out
of a longer one is read like any other. A forbidden transition is a large negative score. With
transitions of zero the model is a plain classifier of each position.

Sources: Viterbi 1967; Rabiner 1989, section III (forward and backward variables); Lafferty 2001,
section 3 (conditional random fields).
"""

import dataclasses
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chain:
    """The sums over all paths of one text, as shares of 1 at each position (Rabiner 1989, V A).

    ``weight_TC`` and ``weight_CC`` are emissions and transitions as factors. ``forward_TC``: the
    share of the ways up to a tag, its own emission included; ``backward_TC``: of the ways on from
    it; ``scale_T`` is what each forward step was divided by. ``log_partition``: of all paths.
    """

    weight_TC: NDArray[np.float64]
    weight_CC: NDArray[np.float64]
    forward_TC: NDArray[np.float64]
    backward_TC: NDArray[np.float64]
    scale_T: NDArray[np.float64]
    log_partition: float

    @classmethod
    def of(cls, emissions: Floats, transitions: Floats) -> "Chain":
        """Run forward and backward over one text: its emissions (T, C), T ≥ 1, and transitions."""
        largest_T1 = emissions.max(axis=1, keepdims=True).astype(np.float64)
        weight_TC = np.exp(np.maximum(emissions - largest_T1, LEAST_LOG_WEIGHT))
        largest = float(transitions.max())
        weight_CC = np.exp(transitions.astype(np.float64) - largest)
        forward_TC, scale_T = np.empty_like(weight_TC), np.empty(len(weight_TC))
        share_C = weight_CC[0]
        for position, weight_C in enumerate(weight_TC):
            share_C = (share_C if not position else share_C @ weight_CC) * weight_C
            scale_T[position] = share_C.sum()
            share_C = forward_TC[position] = share_C / scale_T[position]
        backward_TC = np.ones_like(weight_TC)
        for position in range(len(weight_TC) - 2, -1, -1):
            after_C = weight_TC[position + 1] * backward_TC[position + 1]
            backward_TC[position] = weight_CC @ after_C / scale_T[position + 1]
        return cls(
            weight_TC=weight_TC,
            weight_CC=weight_CC,
            forward_TC=forward_TC,
            backward_TC=backward_TC,
            scale_T=scale_T,
            log_partition=float((np.log(scale_T) + largest_T1[:, 0] + largest).sum()),
        )

    def probability(self, start: int, tags: Sequence[int], *, never_next: int) -> float:
        """Return the probability that ``tags`` stand from ``start`` on and then end.

        The tag after them is any but ``never_next``, the one by which they would go on.

        >>> chain = Chain.of(np.zeros((2, 2)), np.zeros((2, 2)))
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
