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


@dataclasses.dataclass(frozen=True)
class TaggedEntity:
    """A named thing in a text.

    ``start`` and ``end`` count characters of the text as it was given, ``text`` is what stands
    there. ``probability`` is the model's own for exactly this entity: these characters, this type.
    """

    start: int
    end: int
    type: str
    text: str
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
    text: str,
    characters: Characters,
    emission_TC: NDArray[np.float32],
    transition_CC: NDArray[np.float32],
    tags: Sequence[str],
) -> tuple[TaggedEntity, ...]:
    """Return the entities of the best path, in order; ``tags`` are the names of C tags."""
    (best_T,) = viterbi(emission_TC[None], transition_CC)
    spans = spans_of(best_T.tolist(), tags)
    if not spans:
        return ()
    chain = Chain(emission_TC, transition_CC)
    number = {name: index for index, name in enumerate(tags)}
    entities = []
    for first, stop, type in spans:
        start, end = characters.spans[first][0], characters.spans[stop - 1][1]
        path = best_T[first:stop].tolist()
        probability = chain.probability(first, path, never_next=number[f"I-{type}"])
        entities.append(TaggedEntity(start, end, type, text[start:end], probability))
    return tuple(entities)
