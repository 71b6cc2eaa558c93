"""Every data set by name; a further one is a file in ``sets/`` and a line in ``SETS``."""

import importlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from madang.datasets.card import DatasetCard, Item, Row
from madang.datasets.folder import DataFolder
from madang.datasets.interaction_table import rows_of
from madang.datasets.table.reader import SUFFIXES
from madang.errors import DataError, SettingError
from madang.suggestion import did_you_mean

# Each is a file in ``sets/`` with one card or several.
SETS = (
    "ads_dc_products",
    "ads_english_spam",
    "ads_instagram",
    "ads_sms_spam",
    "ads_viral_x",
    "beauty",
    "comments",
    "community_unlabelled",
    "docs_ko",
    "gifthub",
    "hate_beep",
    "hate_curse",
    "hate_dktc",
    "hate_hatescore",
    "hate_kimbyeolhee",
    "hate_kmhas",
    "hate_unsmile",
    "hate_zizun_own",
    "intent_3i4k",
    "klue",
    "kmrd",
    "kornlu",
    "korquad",
    "kowiki",
    "ml_100k",
    "ml_1m",
    "ner_kmou",
    "nsmc",
    "pairs_pawsx_ko",
    "question_pair",
    "questions",
    "reviews_yogiyo",
    "s3rec",
    "sentiment_kakao_reviews",
    "sentiment_shopping_jobplanet",
)
CARDS: dict[str, DatasetCard] = {
    value.name: value
    for name in SETS
    for value in vars(importlib.import_module(f"madang.datasets.sets.{name}")).values()
    if isinstance(value, DatasetCard)
}


def find_card(name: str) -> DatasetCard:
    """Return the card of a data set.

    Raises ``SettingError`` for an unknown name, with the nearest one, and for a file, which has no
    card.

    >>> find_card("nsmc").labels
    ('negative', 'positive')
    """
    if name not in CARDS:
        is_there = os.path.exists(name)  # noqa: PTH110 - Path raises for a name that is too long
        if is_there or is_path(name):
            raise SettingError(_no_card_of_path(name, is_there=is_there))
        hint = did_you_mean(name, CARDS, otherwise="See `madang data list`.")
        raise SettingError(f"There is no data set {name!r}; known are {', '.join(CARDS)}. {hint}")
    return CARDS[name]


def is_path(name: str) -> bool:
    """Say whether a name looks like that of a file or folder.

    >>> is_path("mine/posts"), is_path("posts.txt"), is_path("ml-1m"), is_path("a. b")
    (True, True, False, False)
    """
    return os.sep in name or bool(re.search(r"\w\.\w{1,7}$", name))


def _no_card_of_path(name: str, *, is_there: bool) -> str:
    """Return what is said where a data set is asked for and a path given."""
    if not is_there:
        fault = f"There is no file {name}. Check the path."
    elif Path(name).is_dir():
        fault = f"{name} is a folder, and no data set has that name."
    else:
        fault = f"{name} is a file, which can not be read here."
    return (
        f"{fault} Files of one's own are tables whose names end in {', '.join(SUFFIXES)}. Anything "
        f"else is a data set by its name: see `madang data list`."
    )


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
