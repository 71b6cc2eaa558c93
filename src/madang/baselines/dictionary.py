"""Names known by heart: what was an entity in training is found wherever it stands."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from madang.datasets.card import TaggedText
from madang.decoding.entity import TaggedEntity

# No name by heart is longer, and a name is one that was an entity in half of the places.
LONGEST_NAME = 12
LEAST_SHARE = 0.5


class Dictionary:
    """Find the longest known names, from the left, each as what it mostly was."""

    def __init__(self, rows: Sequence[TaggedText]) -> None:
        kinds: dict[str, Counter[str]] = {}
        for row in rows:
            for entity in row.entities:
                name = row.text[entity.start : entity.end]
                if len(name) <= LONGEST_NAME:
                    kinds.setdefault(name, Counter())[entity.type] += 1
        places = Counter(name for row in rows for _, name in self._candidates(row.text, kinds))
        self._types = {
            name: counted.most_common(1)[0][0]
            for name, counted in kinds.items()
            if counted.total() >= LEAST_SHARE * places[name]
        }

    def tag(self, texts: Sequence[str]) -> list[tuple[TaggedEntity, ...]]:
        """Return the known names in each text."""
        return [tuple(self._find(text)) for text in texts]

    def _find(self, text: str) -> list[TaggedEntity]:
        found: list[TaggedEntity] = []
        longest: dict[int, str] = {}
        for start, name in self._candidates(text, self._types):
            longest[start] = name
        read_to = 0
        for start in sorted(longest):
            if start >= read_to:
                read_to = start + len(longest[start])
                type = self._types[longest[start]]
                found.append(TaggedEntity(start, read_to, type, longest[start], 1.0))
        return found

    @staticmethod
    def _candidates(text: str, known: Mapping[str, object]) -> Iterator[tuple[int, str]]:
        """Yield the known names in a text with their starts; those of one start grow."""
        for start in range(len(text)):
            for length in range(1, min(LONGEST_NAME, len(text) - start) + 1):
                if text[start : start + length] in known:
                    yield start, text[start : start + length]
