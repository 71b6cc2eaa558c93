"""Every data set by name; a further one is a file in ``sets/`` and a line in ``SETS``."""

import importlib
from collections.abc import Iterator, Mapping

from madang.datasets.card import DatasetCard, Item, Row
from madang.datasets.folder import DataFolder
from madang.datasets.interaction_table import rows_of
from madang.errors import DataError, SettingError
from madang.suggestion import did_you_mean

# Each is a file in ``sets/`` with one card or several.
SETS = (
    "ads_instagram",
    "beauty",
    "comments",
    "docs_ko",
    "gifthub",
    "hate_beep",
    "hate_unsmile",
    "klue",
    "kmrd",
    "kornlu",
    "korquad",
    "kowiki",
    "ml_100k",
    "ml_1m",
    "ner_kmou",
    "nsmc",
    "question_pair",
    "reviews_yogiyo",
    "s3rec",
)
CARDS: dict[str, DatasetCard] = {
    value.name: value
    for name in SETS
    for value in vars(importlib.import_module(f"madang.datasets.sets.{name}")).values()
    if isinstance(value, DatasetCard)
}


def find_card(name: str) -> DatasetCard:
    """Return the card of a data set; an unknown name is answered with the nearest one.

    >>> find_card("nsmc").labels
    ('negative', 'positive')
    """
    if name not in CARDS:
        hint = did_you_mean(name, CARDS, otherwise="See `madang data list`.")
        raise SettingError(f"There is no data set {name!r}; known are {', '.join(CARDS)}. {hint}")
    return CARDS[name]


def load(name: str, split: str) -> list[Row]:
    """Read one split of a data set from ``MADANG_DATA``.

    Raises ``SettingError`` for an unknown name or split, ``DataError`` when a file is missing or
    not the published one.
    """
    return list(stream(name, split))


def stream(name: str, split: str) -> Iterator[Row]:
    """Yield the rows of one split, never all in memory where the reader reads line by line.

    Raises as ``load`` does.
    """
    card = find_card(name)
    if split not in card.splits:
        raise SettingError(f"{name} has no split {split!r}; allowed are {', '.join(card.splits)}.")
    folder = DataFolder(card.folder)
    if card.table is not None:
        return rows_of(card.table(folder, split))
    assert card.read is not None, "a card has one of the two"
    return card.read(folder, split)


def load_items(name: str) -> Mapping[str, Item]:
    """Read what is known of the items of a data set, by their original ids: titles, attributes.

    Raises ``DataError`` for a data set that says nothing of its items, besides what ``load``
    raises.
    """
    card = find_card(name)
    if card.items is None:
        named = ", ".join(each.name for each in CARDS.values() if each.items is not None)
        raise DataError(f"{name} has neither titles nor attributes of items; {named} have.")
    return card.items(DataFolder(card.folder))
