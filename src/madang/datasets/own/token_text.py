"""Tokens with tags as texts with entities: what stands between two tokens, and where each is."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from madang.datasets.own.columns import Columns
from madang.datasets.own.form import Notes
from madang.datasets.own.token_lines import Sentence
from madang.datasets.own.token_tags import is_iob1, read_tags, token_spans
from madang.errors import DataError
from madang.text.markup import Span
from madang.text.unicode import end_of_character

UNBEGUN = "entities that begin without B-, read as beginning there"


class Found(NamedTuple):
    """A text as a file has it: where it stands, and the entities in it, unchecked."""

    place: str
    text: str
    spans: list[Span]


def token_texts(
    path: Path, sentences: Sequence[Sentence], columns: Columns, notes: Notes
) -> Iterator[Found]:
    """Yield the texts that tokens make, with the entities that their tags say."""
    first_places: dict[str, str] = {}
    for sentence in sentences:
        for place, tag in zip(sentence.places, sentence.tags, strict=True):
            first_places.setdefault(tag, place)
    tags = read_tags(first_places, path=path)
    tagged = [[tags[tag] for tag in sentence.tags] for sentence in sentences]
    begins_with_i = is_iob1(tagged)
    joint = _joint(path, sentences, columns)
    for sentence, own in zip(sentences, tagged, strict=True):
        spans, num_unbegun = token_spans(own)
        if num_unbegun and not begins_with_i:
            notes.changed[UNBEGUN] += num_unbegun
        ends = list(itertools.accumulate(len(joint) + len(token) for token in sentence.tokens))
        starts = [0, *ends]
        place = f"{path}, {sentence.places[0]}" if sentence.places else str(path)
        yield Found(
            place,
            joint.join(sentence.tokens),
            [(starts[first], ends[stop - 1] - len(joint), type) for first, stop, type in spans],
        )


def _joint(path: Path, sentences: Sequence[Sentence], columns: Columns) -> str:
    """Return what stands between two tokens of a text: nothing or a space.

    Raises ``DataError`` where tokens may be words of one letter or the characters of a text, and
    for a blank token among words.
    """
    if columns.notation == "characters":
        return ""
    tokens = [
        (place, token)
        for sentence in sentences
        for place, token in zip(sentence.places, sentence.tokens, strict=True)
    ]
    blank = next((place for place, token in tokens if not token.strip()), "")
    is_single = all(end_of_character(token, 1, len(token)) >= len(token) for _, token in tokens)
    if is_single and columns.notation == "auto":
        if not blank:
            raise DataError(
                f"Each token of {path} is one character, and none is a space. Say whether spaces "
                f"stand between them: --notation tokens, or not: --notation characters (in a "
                f'recipe, below [table]: notation = "characters").'
            )
        return ""
    if blank:
        raise DataError(
            f"{path}, {blank}: the token is blank. Where each token is a character and spaces are "
            f"some of them, say so: --notation characters (in a recipe, below [table]: notation = "
            f'"characters"). Or leave the line out.'
        )
    return " "
