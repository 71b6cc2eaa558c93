"""The named things of a text, with their exact characters: options, graph and words."""

import dataclasses

from madang.runtime.signature import TOKENS, Input, Signature
from madang.tasks.task import Opening, Task
from madang.text.character import NUM_PLACES
from madang.validation import Name


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """How entities are learned.

    ``crf``: tags are a chain, or each stands by itself. ``labels``: the types of entities in order,
    by default those of the data set, else those of the file by the alphabet.
    """

    crf: bool = True
    labels: tuple[Name, ...] = ()


TAGGING = Task(
    name="tagging",
    opening=Opening(
        "A tagger",
        "it finds the named things in a text, with their type, their exact characters and a "
        "probability. It reads a long text in windows of {max_length} tokens.",
        'madang tag --model {name} "…"',
    ),
    signature=Signature(
        "a tagger",
        {
            **TOKENS,
            "character_ids": Input("U"),
            "character_tokens": Input("U", below="T"),
            "character_places": Input("U", below=NUM_PLACES, padding=-1),
        },
        # (B, U, C) and (1, C, C): the transitions are the same for every text.
        {"emissions": "U", "transitions": ""},
    ),
    options=Options,
    baseline="dictionary",
)
