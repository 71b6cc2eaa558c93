"""Tags that a post's author may like: the names in the text, as the model of entities sees them.

Only names make tags (persons, places, organisations, works, events, things): a date or a number
names nothing that one would look for.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from madang.community.boards.models import Post
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.tags.name import clean_name, key_of

#: What counts or dates is no name. Data sets spell these types differently.
NO_NAMES = frozenset(
    [
        *("DAT", "DT", "DATE", "TIM", "TI", "TIME", "DUR", "DURATION", "NUM", "NOH", "NUMBER"),
        *("QT", "QUANTITY", "MNY", "MONEY", "PNT", "PERCENT"),
    ]
)
#: A guess below this is not worth a person's look.
LEAST_PROBABILITY = 0.5
MAX_SUGGESTIONS = 6
LEAST_LETTERS = 2


class Suggestions(NamedTuple):
    """Names to propose as tags, and whether the middle of the post was not read."""

    names: list[str]
    is_truncated: bool = False


def suggest_tags(post: Post, present: Iterable[str]) -> Suggestions:
    """Return names of the post to propose, likeliest and most frequent first.

    ``present`` are the keys of the tags that it bears already.
    """
    reading = (
        Reading.objects.of(post)
        .filter(kind=prediction.ENTITIES)
        .select_related("answer")
        .defer("answer__vector")
        .first()
    )
    if reading is None or reading.answer is None:
        return Suggestions([])
    text, value = post.judged_text, reading.answer.value
    names = rank_names(text, value.get("entities", []), set(present))
    # An answer of an earlier release does not say it: that one had read all.
    return Suggestions(names, value.get("is_truncated", False))


def rank_names(text: str, entities: Iterable[Any], present: set[str]) -> list[str]:
    """Order the names among entities ``[start, end, type, probability]`` by what they weigh.

    >>> rank_names("김연아와 서울에서 3일", [[0, 3, "PER", 0.9], [5, 7, "LOC", 0.8],
    ...            [10, 12, "DAT", 0.99]], set())
    ['김연아', '서울']
    """
    weights: dict[str, float] = {}
    names: dict[str, str] = {}
    for start, end, kind, probability in entities:
        name = clean_name(text[start:end])
        key = key_of(name)
        if not _is_name(kind, probability, name) or key in present:
            continue
        names.setdefault(key, name)
        weights[key] = weights.get(key, 0.0) + probability
    ranked = sorted(weights, key=lambda key: -weights[key])
    return [names[key] for key in ranked[:MAX_SUGGESTIONS]]


def _is_name(kind: str, probability: float, name: str) -> bool:
    return (
        kind.upper() not in NO_NAMES
        and probability >= LEAST_PROBABILITY
        and sum(map(str.isalpha, name)) >= LEAST_LETTERS
    )
