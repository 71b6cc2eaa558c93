"""Find the named things in texts, with the exact characters where they stand."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from madang.decoding.entity import TaggedEntity, find_entities, join_parts
from madang.runtime.runner import Array, Feed
from madang.tasks.predictor import Predictor, in_batches, refuse_string, run_parts
from madang.text.character import OVERLAP, Characters, Part, read_parts
from madang.text.legibility import is_blank
from madang.text.markup import write_marked

Scores = tuple[Array, Array]


class Tagger(Predictor):
    """Entities on a CPU: ``Tagger.load("entities").tag([text])``."""

    def tag(self, texts: Sequence[str], *, batch_size: int = 32) -> list[tuple[TaggedEntity, ...]]:
        """Return the entities of each text, in the order in which they stand.

        A text of any length is read whole: beyond the model's ``max_length`` tokens in parts that
        overlap by a quarter, each character judged by the part that sees most around it, and the
        entities found over the whole text at once. A text without a character that can be seen
        has none. ``batch_size`` texts are held as tokens at once; it changes no answer.
        """
        refuse_string(texts, call="tag")
        return list(self.stream(texts, batch_size=batch_size))

    def stream(
        self, texts: Iterable[str], *, batch_size: int = 32
    ) -> Iterator[tuple[TaggedEntity, ...]]:
        """Yield the entities of each text, in order, holding ``batch_size`` texts at a time."""
        for batch in in_batches(texts, batch_size):
            # A letter without a glyph names nothing.
            read = [self._read(text, is_empty=is_blank(text)) for text in batch]
            for text, (characters, _), found in zip(batch, read, self._scores(read), strict=True):
                yield find_entities(text, characters, *found, self.labels) if found else ()

    def outputs(self, asked: Sequence[str]) -> Iterator[tuple[Array, ...]]:
        """Yield the emissions (U, C) of each text's characters, and the transitions (C, C)."""
        num_tags = len(self.labels)
        nothing = np.zeros((0, num_tags), np.float32), np.zeros((num_tags, num_tags), np.float32)
        for found in self._scores([self._read(text) for text in asked]):
            yield found or nothing

    def _scores(self, read: Sequence[tuple[Characters, list[Part]]]) -> Iterator[Scores | None]:
        """Yield the emissions and the transitions of each text, none of one without a character."""
        feeds = [[_inputs(characters, part) for part in parts] for characters, parts in read]
        for (_, parts), found in zip(read, run_parts(self._runner, feeds), strict=True):
            if not parts:
                yield None
                continue
            yield join_parts(parts, [emission_UC for emission_UC, _ in found]), found[0][1]

    def _read(self, text: str, *, is_empty: bool = False) -> tuple[Characters, list[Part]]:
        """Return a text's characters and the parts it is read in, those with a character."""
        characters, parts = read_parts(
            self._tokenizer, text, max_length=self.max_length, overlap=self.max_length // OVERLAP
        )
        return characters, [] if is_empty else [part for part in parts if part.tokens]


def mark(text: str, entities: Iterable[TaggedEntity]) -> str:
    """Return a text with its entities marked: ``<SKTBrain:ORG>에서 …``."""
    return write_marked(text, ((entity.start, entity.end, entity.type) for entity in entities))


def _inputs(characters: Characters, part: Part) -> Feed:
    inside = slice(part.first, part.last)
    return {
        "input_ids": part.ids,
        "character_ids": characters.ids[inside],
        "character_tokens": part.tokens,
        "character_places": characters.places[inside],
    }


PREDICTOR = Tagger
