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
    num_texts, num_positions, num_tags = emission_BTC.shape
    lengths_B = np.full(num_texts, num_positions) if lengths is None else np.asarray(lengths)
    if not num_positions:
        return [np.zeros(0, np.int64) for _ in range(num_texts)]
    score_BC = emission_BTC[:, 0].astype(np.float64) + transition_CC[0]
    # Where a text has ended every tag points back to itself, so its best end is carried along.
    origin_TBC = np.tile(np.arange(num_tags), (num_positions, num_texts, 1))
    for position in range(1, num_positions):
        alive_B = position < lengths_B
        total_BCC = score_BC[alive_B, :, None] + transition_CC
        origin_TBC[position, alive_B] = total_BCC.argmax(axis=1)
        score_BC[alive_B] = total_BCC.max(axis=1) + emission_BTC[alive_B, position]
    tags_BT = np.empty((num_texts, num_positions), np.int64)
    tag_B = score_BC.argmax(axis=1)
    for position in range(num_positions - 1, -1, -1):
        tags_BT[:, position] = tag_B
        tag_B = origin_TBC[position, np.arange(num_texts), tag_B]
    return [tags_T[:length] for tags_T, length in zip(tags_BT, lengths_B, strict=True)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chain:
    """The sums over all paths of one text.

    ``forward_TC``: the log of all ways to a tag, its own emission included; ``backward_TC``: of
    all ways on from it; ``log_partition``: of all paths.
    """

    emission_TC: NDArray[np.float64]
    transition_CC: NDArray[np.float64]
    forward_TC: NDArray[np.float64]
    backward_TC: NDArray[np.float64]
    log_partition: float

    @classmethod
    def of(cls, emissions: Floats, transitions: Floats) -> "Chain":
        """Run forward and backward over one text: its emissions (T, C), T ≥ 1, and transitions."""
        emission_TC = emissions.astype(np.float64)
        transition_CC = transitions.astype(np.float64)
        forward_TC, backward_TC = np.empty_like(emission_TC), np.zeros_like(emission_TC)
        forward_TC[0] = emission_TC[0] + transition_CC[0]
        for position in range(1, len(emission_TC)):
            before_C1 = forward_TC[position - 1][:, None]
            forward_TC[position] = _log_sum(before_C1 + transition_CC) + emission_TC[position]
        for position in range(len(emission_TC) - 2, -1, -1):
            after_C = emission_TC[position + 1] + backward_TC[position + 1]
            backward_TC[position] = _log_sum(transition_CC.T + after_C[:, None])
        return cls(
            emission_TC=emission_TC,
            transition_CC=transition_CC,
            forward_TC=forward_TC,
            backward_TC=backward_TC,
            log_partition=float(_log_sum(forward_TC[-1][:, None])[0]),
        )

    def marginals(self) -> NDArray[np.float64]:
        """Return the probability of each tag at each position, (T, C)."""
        return np.exp(self.forward_TC + self.backward_TC - self.log_partition)

    def probability(self, start: int, tags: Sequence[int], *, never_next: int) -> float:
        """Return the probability that ``tags`` stand from ``start`` on and then end.

        The tag after them is any but ``never_next``, the one by which they would go on.

        >>> chain = Chain.of(np.zeros((2, 2)), np.zeros((2, 2)))
        >>> round(chain.probability(0, [1], never_next=1), 4)
        0.25
        """
        score = self.forward_TC[start, tags[0]]
        for offset, (before, tag) in enumerate(pairwise(tags), start=1):
            score += self.transition_CC[before, tag] + self.emission_TC[start + offset, tag]
        stop = start + len(tags)
        if stop < len(self.emission_TC):
            ways_C = self.transition_CC[tags[-1]] + self.emission_TC[stop] + self.backward_TC[stop]
            score += _log_sum(np.delete(ways_C, never_next)[:, None])[0]
        return float(np.exp(score - self.log_partition))


def _log_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log of the sum of exponentials along the first axis."""
    largest = values.max(axis=0)
    total: NDArray[np.float64] = largest + np.log(np.exp(values - largest).sum(axis=0))
    return total
