"""DCInside: posts of people about mice, keyboards and the like; praise, prices and links, no ads.

1,272 posts of one board, all taken as ordinary: of 30 read all were, two of them bare price
notices. ``group`` is the board's own tag: Normal, Review, Tip, Mod, News. Commas and full stops
were lost when they were collected. There is no published split: one in five, by the hash of its
text, is ``test`` and never learned from, one in ten of the rest ``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Document, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import drawn_split

FILES = {"posts.jsonl": "e4826b4a3cba77f27b5d028348849461195914130411e25287e0fef64fed4a5d"}


def read(folder: DataFolder, split: str) -> Iterator[Document]:
    """Yield the posts of a split in their order; ``group`` is the board's tag."""
    for row in read_records(folder, CARD.files[0], ("text", "category")):
        if drawn_split(row["text"]) == split:
            yield Document(text=row["text"], group=row["category"])


CARD = DatasetCard(
    name="ads_dc_products",
    title="Posts of people about computer mice: product talk that is no advertising",
    repository="Terive0302/DCinside_Classifier @ 591100b62011570f90143e6bdeb09a107da5176c",
    licence="none stated (posts of DCInside): for research; do not pass the posts on",
    splits={
        "train": "nine in ten of the rest",
        "validation": "one in ten of the rest, by hash of the text",
        "test": "one post in five, by hash of the text",
    },
    files=data_files(FILES),
    read=read,
)
