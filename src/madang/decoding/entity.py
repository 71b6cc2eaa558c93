"""Entities of a text from the scores of its characters' tags.

A long text is scored in overlapping parts. Each character takes its scores from one part, and the
Viterbi algorithm then runs over the whole text at once: nothing has to be merged, and no entity is
counted twice or cut where two parts meet.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from madang.decoding.tag import spans_of
from madang.decoding.viterbi import Chain, viterbi
from madang.text.character import Characters, Part


@dataclasses.dataclass(frozen=True, slots=True)
class FoundEntity:
    """A named thing: its characters in the original text, its type, how probable it is.

    ``probability`` is that of exactly this entity: these characters, this type, and no more.
    """

    start: int
    end: int
    type: str
    probability: float


def join_parts(
    parts: Sequence[Part], emissions: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return the emissions (T, C) of a whole text from those of its parts."""
    return np.concatenate(
        [
            scores_TC[part.answers_from - part.first : part.answers_to - part.first]
            for part, scores_TC in zip(parts, emissions, strict=True)
        ]
    )


def find_entities(
    characters: Characters,
    emission_TC: NDArray[np.float32],
    transition_CC: NDArray[np.float32],
    tags: Sequence[str],
) -> tuple[FoundEntity, ...]:
    """Return the entities of the best path, in order; ``tags`` are the names of C tags."""
    (best_T,) = viterbi(emission_TC[None], transition_CC)
    spans = spans_of(best_T.tolist(), tags)
    if not spans:
        return ()
    chain = Chain(emission_TC, transition_CC)
    number = {name: index for index, name in enumerate(tags)}
    return tuple(
        FoundEntity(
            start=characters.spans[first][0],
            end=characters.spans[stop - 1][1],
            type=type,
            probability=chain.probability(
                first, best_T[first:stop].tolist(), never_next=number[f"I-{type}"]
            ),
        )
        for first, stop, type in spans
    )
