"""K-MHaS: comments on Korean news and the kinds of hate in them, none or several; Lee 2022.

Of the published files the one to learn from (78,977) is not at hand. What its authors call *test*
(21,852 after repeats were dropped) is learned from here, and what they call *valid* (8,709) is
measured, as ``test``: no published figure can be claimed. One in ten of the first, chosen by the
hash of its text, is ``validation``.

``profanity`` is swearing; many such comments insult a person as well, for which there is no label.
Of 30 read 26 were right. Seven texts also stand in BEEP, seven in UnSmile.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, MultiLabelText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import part

FILES = {"labelled.jsonl": "98a065482b2d89c8f1f3ed61d171556bb66f38c097852b5f1db21707451803bc"}
LABELS = ("origin", "physical", "politics", "profanity", "age", "gender", "race", "religion")


def read(folder: DataFolder, split: str) -> Iterator[MultiLabelText]:
    """Yield the comments of a split in their order."""
    if split == "test":
        return _comments(folder, "valid")
    return part(_comments(folder, "test"), split)


def _comments(folder: DataFolder, published: str) -> Iterator[MultiLabelText]:
    for row in read_records(folder, CARD.files[0], ("text", "labels", "split")):
        if row["split"] == published:
            labels = (LABELS.index(name) for name in row["labels"] if name != "not_hate")
            yield MultiLabelText(text=row["text"], labels=tuple(sorted(labels)))


CARD = DatasetCard(
    name="hate_kmhas",
    title="Comments on Korean news by the kinds of hate in them, none or several (K-MHaS)",
    repository="adlnlp/K-MHaS @ ec7a7e775d650b825872f6f538fc717822cdfc1a",
    licence="CC BY-SA 4.0 (its card on Hugging Face; the repository states none)",
    labels=LABELS,
    splits={
        "train": "nine in ten of the published file test: no published figure can be claimed",
        "validation": "one in ten of the published file test, by hash of the text",
        "test": "8,709 comments: the published file valid",
    },
    files=data_files(FILES),
    read=read,
)
