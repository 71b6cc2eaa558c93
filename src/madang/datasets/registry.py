"""Every data set by name; a further one is a file in ``sets`` and a line in ``CARDS``."""

from collections.abc import Iterator, Mapping

from madang.datasets.card import DatasetCard, Item, Row
from madang.datasets.folder import DataFolder
from madang.datasets.sets import (
    ads_instagram,
    beauty,
    comments,
    docs_ko,
    gifthub,
    hate_beep,
    hate_unsmile,
    klue,
    kmrd,
    kornlu,
    korquad,
    kowiki,
    ml_1m,
    ml_100k,
    ner_kmou,
    nsmc,
    question_pair,
    reviews_yogiyo,
    s3rec,
)
from madang.errors import DataError, SettingError
from madang.suggestion import did_you_mean

CARDS: dict[str, DatasetCard] = {
    card.name: card
    for card in (
        ads_instagram.CARD,
        beauty.CARD,
        comments.CARD,
        docs_ko.CARD,
        gifthub.CARD,
        hate_beep.CARD,
        hate_unsmile.CARD,
        klue.NLI,
        klue.STS,
        klue.YNAT,
        kmrd.CARD,
        kornlu.NLI,
        kornlu.STS,
        korquad.CARD,
        kowiki.CARD,
        ml_100k.CARD,
        ml_1m.CARD,
        ner_kmou.CARD,
        nsmc.CARD,
        question_pair.CARD,
        reviews_yogiyo.CARD,
        s3rec.BEAUTY,
        s3rec.SPORTS,
        s3rec.TOYS,
    )
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
    return card.read(DataFolder(card.folder), split)


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
