"""Ordinary questions of the public: on health, long and personal, and on welfare, short.

``questions_health``: 1,643 different questions of 2,346 to doctors. Sensitive stories without
names: ordinary texts to learn from, never to be shown. ``questions_welfare``: 9,545 questions that
a model wrote on a booklet of the state, formulaic. Neither has a published split: one in five, by
the hash of its text, is ``test`` and never learned from, one in ten of the rest ``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Document, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import drawn_split

FOLDER = "questions"
HEALTH_FILES = {"health.jsonl": "eab619a971bd7ac56d2d7f3eefc63009c5178c3a858a2a4a7dc7839cd38b4b4e"}
WELFARE_FILES = {
    "welfare.jsonl": "61b9860095f249930b87dde03026cc6bf006ded6f706b0d22f1adea731f34cc8"
}
SPLITS = {
    "train": "nine in ten of the rest",
    "validation": "one in ten of the rest, by hash of the text",
    "test": "one question in five, by hash of the text",
}


def read_health(folder: DataFolder, split: str) -> Iterator[Document]:
    """Yield the questions of a split in their order."""
    for row in read_records(folder, HEALTH.files[0], ("text",)):
        if drawn_split(row["text"]) == split:
            yield Document(text=row["text"])


def read_welfare(folder: DataFolder, split: str) -> Iterator[Document]:
    """Yield the questions of a split in their order."""
    for row in read_records(folder, WELFARE.files[0], ("text",)):
        if drawn_split(row["text"]) == split:
            yield Document(text=row["text"])


HEALTH = DatasetCard(
    name="questions_health",
    title="Korean questions to doctors, long and personal",
    repository="yuntaeyang/Korean-Mental-health-Question-Answering @ "
    "e4b9dcd0614aea43efced897713915016c89c73d",
    licence="none stated (HiDoc): for research; do not pass the questions on",
    splits=SPLITS,
    folder=FOLDER,
    files=data_files(HEALTH_FILES),
    read=read_health,
)
WELFARE = DatasetCard(
    name="questions_welfare",
    title="Korean questions on welfare, written by a model on a booklet of the state",
    repository="ash-hun/Welfare-QA @ 20b118450c99116618634db9b15d35f6d8af4b65",
    licence="MIT",
    splits=SPLITS,
    folder=FOLDER,
    files=data_files(WELFARE_FILES),
    read=read_welfare,
)
