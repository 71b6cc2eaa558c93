"""Named entities, as one tag a character; as a chain of tags or each by itself."""

from bisect import bisect_left
from collections.abc import Sequence

from madang.datasets.card import Entity, TaggedText
from madang.datasets.own.tagged import TAGGED
from madang.datasets.rows import Source
from madang.decoding.entity import find_entities
from madang.decoding.tag import Span, entity_types, spans_of, tag_names, tags_of
from madang.errors import DataError
from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.bert.model import BertEncoder
from madang.tasks.distillation import Answer, TaughtExample
from madang.tasks.learning import Head, Labels, Learning
from madang.tasks.tagging import objective as tagging
from madang.tasks.tagging.objective import TaggedExample
from madang.text.character import Characters, read_characters, read_parts
from madang.text.tokenizer import Tokenizer

HEAD = Head(BertForCharacterTagging, "finds entities to the character")


class Tagging(Learning[TaggedText, TaggedExample]):
    """Find the named things of a text, with their exact characters."""

    form = TAGGED
    # What is said of a character is said of it as the tokenizer parts it from its neighbours.
    shares_tokenizer = True

    def labels(self, source: Source[TaggedText]) -> Labels:
        """Return the tags of the types that the data sets name, else of those in the files.

        Raises ``DataError`` where no text has an entity.
        """
        if not source.labels:
            raise DataError(
                f"No text of {', '.join(source.names)} has an entity; there is nothing to learn. "
                f"Give texts that have some."
            )
        return tag_names(source.labels)

    def check(
        self, train: Sequence[TaggedText], held_out: Sequence[TaggedText], *, labels: Labels
    ) -> None:
        """Check that each type of entity is known."""
        types = entity_types(labels)
        found = {entity.type for row in (*train, *held_out) for entity in row.entities}
        if unknown := found - set(types):
            raise DataError(
                f"There are entities of the types {', '.join(sorted(unknown))}, but only "
                f"{', '.join(types)} are named. Mend the data."
            )

    def examples(
        self, tokenizer: Tokenizer, rows: Sequence[TaggedText], *, labels: Labels, max_length: int
    ) -> list[TaggedExample]:
        """Return the texts as tokens and characters, long ones in parts, nothing cut off.

        What has no character has nothing to learn from and is left out.
        """
        examples = []
        for row in rows:
            characters, parts = read_parts(tokenizer, row.text, max_length=max_length)
            spans = character_spans(row.entities, characters)
            tags = tags_of(spans, len(characters.spans), labels)
            for part in parts:
                inside = slice(part.first, part.last)
                example = TaggedExample(
                    ids=part.ids,
                    character_ids=characters.ids[inside],
                    character_tokens=part.tokens,
                    character_places=characters.places[inside],
                    tags=begun(tags[inside], labels),
                )
                if example.tags:
                    examples.append(example)
        return examples

    def asked(self, rows: Sequence[TaggedText]) -> list[str]:
        return self.texts(rows)

    def answered(
        self,
        rows: Sequence[TaggedText],
        examples: Sequence[TaggedExample],
        outputs: Sequence[Answer],
    ) -> list[TaughtExample]:
        """Return the parts of the texts with what a teacher said of their characters."""
        taught = []
        waiting = iter(examples)
        for emission_UC, transition_CC in outputs:
            first = 0
            while first < len(emission_UC):
                example = next(waiting)
                last = first + len(example.tags)
                taught.append(TaughtExample(example, (emission_UC[first:last], transition_CC)))
                first = last
        assert next(waiting, None) is None, "each part is of a text that was asked about"
        return taught

    def labelled(
        self, texts: Sequence[str], outputs: Sequence[Answer], *, labels: Labels, reader: Tokenizer
    ) -> list[TaggedText]:
        """Return texts with the entities that are found in them."""
        rows = []
        for text, (emission_UC, transition_CC) in zip(texts, outputs, strict=True):
            (encoding,) = reader.encode([text])
            characters = read_characters(
                text, encoding, reader.character_ids, unknown=reader.unk_id or 0
            )
            found = find_entities(text, characters, emission_UC, transition_CC, labels)
            entities = tuple(Entity(each.start, each.end, each.type) for each in found)
            rows.append(TaggedText(text, entities))
        return rows

    def model(self, encoder: BertEncoder, *, labels: Labels) -> BertForCharacterTagging:
        return BertForCharacterTagging(encoder, tags=labels, crf=self.options.crf)

    def objective(self, *, labels: Labels) -> tagging.Tagging:
        return tagging.Tagging(tags=labels, **vars(self.options))


def character_spans(entities: Sequence[Entity], characters: Characters) -> list[Span]:
    """Return entities as numbers of characters; what lies beyond the last one is left out."""
    starts = [start for start, _ in characters.spans]
    spans = [
        (bisect_left(starts, entity.start), bisect_left(starts, entity.end), entity.type)
        for entity in entities
    ]
    return [span for span in spans if span[0] < span[1]]


def begun(tags: Sequence[int], names: Sequence[str]) -> list[int]:
    """Return the tags of a part of a text; an entity that was cut begins where the part does.

    >>> begun([2, 2, 0], ["O", "B-PER", "I-PER"])
    [1, 2, 0]
    """
    return tags_of(spans_of(tags, names), len(tags), names)
