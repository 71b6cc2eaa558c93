"""The characters of a text as a model sees them: each with its token and its place in it.

A token may hold the end of a name and the particle behind it (``13일까지`` may be cut ``13``,
``일까지``), so entities are predicted on characters. A character here is what a reader sees as one:
a letter with its accents, a syllable with its parts. White space and what the normaliser removes
belong to no token and are left out; an entity spans them from its first character to its last.
"""

import dataclasses
from bisect import bisect_left
from collections.abc import Mapping
from itertools import pairwise

from madang.text.composition import compose
from madang.text.tokenizer import Encoding, Tokenizer
from madang.text.unicode import end_of_character, is_hidden
from madang.text.window import text_windows

# A character's place is its number within its token, up to this, …
LONGEST_TOKEN = 8
# … and as much again where white space stands before it.
NUM_PLACES = 2 * LONGEST_TOKEN
# Parts of a text share one token in this many.
OVERLAP = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Characters:
    """The visible characters of a text, in order.

    ``spans`` are (start, end) in the original text; ``ids`` the token that is the character alone,
    ``tokens`` the number of the token that it stands in, ``places`` where in it.
    """

    spans: list[tuple[int, int]]
    ids: list[int]
    tokens: list[int]
    places: list[int]


def read_characters(
    text: str, encoding: Encoding, vocabulary: Mapping[str, int], *, unknown: int
) -> Characters:
    """Return the characters of a text that its tokens stand for.

    ``vocabulary`` gives the id of a character, composed; what it lacks is ``unknown``.
    """
    characters = Characters([], [], [], [])
    read_to = 0
    for token, (start, end) in enumerate(encoding.offsets):
        place = 0
        position = max(start, read_to)
        while position < end:
            stop = end_of_character(text, position + 1, len(text))
            if is_hidden(text[position]):
                position = stop
                continue
            is_first = position == 0 or text[position - 1].isspace()
            character = compose(text[position:stop])
            characters.spans.append((position, stop))
            characters.ids.append(vocabulary.get(character, unknown))
            characters.tokens.append(token)
            characters.places.append(min(place, LONGEST_TOKEN - 1) + LONGEST_TOKEN * is_first)
            place += 1
            position = read_to = stop
    return characters


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """What a model reads at once of a text: all of it, or a window.

    ``ids`` are its tokens, special ones included. Its characters are ``first`` to before ``last``
    of the text's; ``tokens`` (one a character) count through ``ids``. It answers for the
    characters from ``answers_from`` to before ``answers_to``: parts overlap, answers do not.
    """

    ids: list[int]
    tokens: list[int]
    first: int
    last: int
    answers_from: int
    answers_to: int


def read_parts(
    tokenizer: Tokenizer, text: str, *, max_length: int, overlap: int = 0
) -> tuple[Characters, list[Part]]:
    """Return the characters of a text and the parts of at most ``max_length`` tokens it is read in.

    Neighbouring parts share ``overlap`` tokens at least. Each answers for its half of what they
    share, so that every character is answered for by the part that sees most around it.
    """
    (encoding,) = tokenizer.encode([text])
    characters = read_characters(
        text, encoding, tokenizer.character_ids, unknown=tokenizer.unk_id or 0
    )
    head, _ = encoding.num_around
    read = text_windows(encoding, max_length=max_length, overlap=overlap)
    # The token from which on the next part answers: the middle of what both see.
    ends = [(earlier.stop + later.start + 1) // 2 for earlier, later in pairwise(read)]
    parts = []
    for window, answers in zip(read, pairwise([0, *ends, read[-1].stop]), strict=True):
        first, last, *answered = (
            bisect_left(characters.tokens, head + token)
            for token in (window.start, window.stop, *answers)
        )
        parts.append(
            Part(
                ids=window.ids,
                tokens=[token - window.start for token in characters.tokens[first:last]],
                first=first,
                last=last,
                answers_from=answered[0],
                answers_to=answered[1],
            )
        )
    return characters, parts
