"""NSMC: 200,000 short Korean film reviews, positive or negative, in the official split.

Counts as published: 150,000 (75,173 negative) and 50,000 (24,827 negative). 5 and 3 of the
documents are empty; they are kept, as "", so that an accuracy is over all 50,000. Of the test's
texts 1,571 also occur in train under another number: published figures include them, ours too.
One in twenty of the first, chosen by the hash of its text, is ``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Document, LabelledText, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder
from madang.datasets.split import part

HELD_OUT_SHARE = 0.05
RAW_FILE = "raw_reviews.txt"
SOURCE = "https://raw.githubusercontent.com/e9t/nsmc/master"
FILES = {
    "ratings_train.txt": "e03b7d14e9e41be8d464a28057cd25d7396c53e67aa7fd5f7e552c59b0ee2940",
    "ratings_test.txt": "8ac9f64052f11dbf6ae0acb5e038f03d90a76f0eda7820cfb3a92d02edfcebda",
}
# Put together from the published raw reviews; these bytes are not public.
OWN_FILES = {RAW_FILE: "3e04d8ecb9affdf3a6b236f78e9499033296b643e5c1114621bc793336ce6980"}


def read(folder: DataFolder, split: str) -> Iterator[LabelledText | Document]:
    """Yield the reviews of a split in their published order."""
    if split == "unlabelled":
        return (Document(text=line) for line in folder.read_lines(CARD.file(RAW_FILE)))
    if split == "test":
        return _labelled(folder, "ratings_test.txt")
    return part(_labelled(folder, "ratings_train.txt"), split, share=HELD_OUT_SHARE)


def _labelled(folder: DataFolder, path: str) -> Iterator[LabelledText]:
    text, columns = folder.read_text(CARD.file(path)), ("id", "document", "label")
    for row in read_columns(text, columns, source=f"{path} of nsmc", has_quotes=True):
        yield LabelledText(text=row["document"], label=int(row["label"]))


CARD = DatasetCard(
    name="nsmc",
    title="Naver sentiment movie corpus: Korean film reviews, positive or negative",
    address="https://github.com/e9t/nsmc",
    licence="CC0 1.0",
    labels=("negative", "positive"),
    splits={
        "train": "142,553 reviews: nineteen in twenty of those published to learn from",
        "validation": "7,447 reviews: one in twenty, by hash of the text",
        "test": "50,000 reviews; 3 are empty and count",
        "unlabelled": "636,835 further reviews, none with the text of one in test",
    },
    files=data_files(FILES, source=SOURCE) + data_files(OWN_FILES),
    read=read,
)
