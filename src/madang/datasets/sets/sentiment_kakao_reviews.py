"""KakaoMap: 5,145 reviews of 62 restaurants of one quarter of Seoul, with one to five stars.

Split by restaurant, which ``group`` names: the published test of 818 is ``test``, of the other
restaurants one in ten, by hash, is ``validation``. Of 30 read one reads like an advertisement.
"""

from collections.abc import Iterator
from typing import Any

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import is_held_out

FILES = {"reviews.jsonl": "76f1708e69cfe59ff4d93f157507e8aaf85775c982a60883a8c0b681a7e0bda8"}
LABELS = ("1", "2", "3", "4", "5")


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the reviews of a split; the label is the stars less one, ``group`` the restaurant."""
    for row in read_records(folder, CARD.files[0], ("text", "stars", "place", "split")):
        if split_of(row) == split:
            yield LabelledText(text=row["text"], label=int(row["stars"]) - 1, group=row["place"])


def split_of(row: dict[str, Any]) -> str:
    """Return the split of a review, by its restaurant."""
    if row["split"] == "test":
        return "test"
    return "validation" if is_held_out(row["place"]) else "train"


CARD = DatasetCard(
    name="sentiment_kakao_reviews",
    title="Korean reviews of restaurants, one to five stars, by restaurant",
    repository="greentealover1/Viral-review-detection @ 4f903a692ecf2c60c8106142e3c3631fd6767719",
    licence="none stated (KakaoMap): for research; do not pass the reviews on",
    labels=LABELS,
    splits={
        "train": "nine in ten of the other restaurants",
        "validation": "one in ten of the other restaurants, by hash",
        "test": "818 reviews of other restaurants",
    },
    files=data_files(FILES),
    read=read,
)
