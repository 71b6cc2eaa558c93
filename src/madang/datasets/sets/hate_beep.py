"""BEEP!: comments on Korean entertainment news, by how hateful they are; Moon 2020.

Counts as published: 7,896 to learn from (none 3,486, offensive 2,499, hate 1,911) and the 471 of
``dev.tsv`` (160, 189, 122), on which models are compared, for the labels of the third file are
not public: here they are ``test``. One in ten of the first, chosen by the hash of its text, is
``validation``. Of the columns only ``hate`` is read; no text occurs twice.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder
from madang.datasets.split import part
from madang.errors import DataError

COMMIT = "f8d05dce2b22007bb149e5139c0060c68ad8f94b"
SOURCE = f"https://raw.githubusercontent.com/kocohub/korean-hate-speech/{COMMIT}/labeled"
FILES = {
    "train.tsv": "ebebacdcd023af2c4acc8c0a37695fb6433ac04fc009feff8f222724e303a5a9",
    "dev.tsv": "232b615d6e359a9d31dfb8370f32e1733dc5bb3f9c5430d34d7fcc7ba4b7e8ef",
}
LABELS = ("none", "offensive", "hate")


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the comments of a split in their published order."""
    if split == "test":
        return comments(folder.read_text(CARD.file("dev.tsv")))
    return part(comments(folder.read_text(CARD.file("train.tsv"))), split)


def comments(content: str) -> Iterator[LabelledText]:
    """Yield the rows of one file; a spreadsheet's quotes are taken off.

    Raises ``DataError`` when a column is missing or a label is none of the three.

    >>> list(comments('comments\\thate\\n"그는 ""왕"" 이다"\\tnone\\n'))
    [LabelledText(text='그는 "왕" 이다', label=0, group=None)]
    """
    columns = ("comments", "hate")
    for row in read_columns(content, columns, source="A file of hate_beep", has_quotes=True):
        if row["hate"] not in LABELS:
            raise DataError(
                f"A comment of hate_beep is labelled {row['hate']!r}; known are "
                f"{', '.join(LABELS)}. Copy the file again."
            )
        yield LabelledText(text=row["comments"], label=LABELS.index(row["hate"]))


CARD = DatasetCard(
    name="hate_beep",
    title="Comments on Korean entertainment news: none, offensive or hate (BEEP!)",
    address="https://github.com/kocohub/korean-hate-speech",
    licence="CC BY-SA 4.0",
    labels=LABELS,
    splits={
        "train": "7,088 comments: nine in ten of those published to learn from",
        "validation": "808 comments: one in ten, by hash of the text",
        "test": "471 comments: the published dev.tsv",
    },
    files=data_files(FILES, source=SOURCE),
    read=read,
)
