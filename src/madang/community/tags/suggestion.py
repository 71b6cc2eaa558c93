"""Tags that a post's author may like: the names in the text, as the model of entities sees them.

Only names make tags (persons, places, organisations, works, events, things): a date or a number
names nothing that one would look for.
"""

from collections.abc import Iterable
from typing import Any

from madang.community import inference
from madang.community.analysis.models import Reading
from madang.community.boards.content import judged_text
from madang.community.boards.models import Post
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


def suggest_tags(post: Post, present: Iterable[str]) -> list[str]:
    """Return names of the post to propose, likeliest and most frequent first.

    ``present`` are the keys of the tags that it bears already.
    """
    reading = (
        Reading.objects.of(post)
        .filter(kind=inference.ENTITIES)
        .select_related("answer")
        .defer("answer__vector")
        .first()
    )
    if reading is None or reading.answer is None:
        return []
    text = judged_text(post.title, post.body)
    return rank_names(text, reading.answer.value.get("entities", []), set(present))


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
