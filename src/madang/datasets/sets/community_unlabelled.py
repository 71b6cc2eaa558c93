"""42,409 comments and posts of YouTube and DCInside, 2020 to 2025: a site's register.

Without labels, and mostly harmless: some spam and some abuse stand among them, so a model's share
of accused texts is read beside the texts themselves. ``group`` is where a text is from:
``youtube_trending``, ``youtube_mixed``, ``youtube_food`` (about one man), ``dc_frozen`` (of one
board). Names, ids and mentions were removed. There is no published split: one in five, by the hash
of its text, is ``test`` and never learned from, one in ten of the rest ``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Document, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import drawn_split

FILES = {"texts.jsonl": "69bbbf6666670bed2f5bea0bbd0a930e389f729cdf2c7164b14741e35162fe86"}


def read(folder: DataFolder, split: str) -> Iterator[Document]:
    """Yield the texts of a split in their order; ``group`` is where one is from."""
    for row in read_records(folder, CARD.files[0], ("text", "source")):
        if drawn_split(row["text"]) == split:
            yield Document(text=row["text"], group=row["source"])


CARD = DatasetCard(
    name="community_unlabelled",
    title="Korean comments and posts of YouTube and DCInside, without labels",
    repository="tshong3/Data-Mining @ badfc81a38bdfbcd8a68af7ac55308ec19051ad7; "
    "Sanghoon560/Dscover_F-_MainProject @ 4194d3527552449e4369689ae6097d522ea53744; "
    "diligencefrozen/dcinside-data @ ca28aec8922945d5e35ccf41f6230738f8215cd5",
    licence="none stated (posts of YouTube and DCInside): for research; do not pass the texts on",
    splits={
        "train": "nine in ten of the rest",
        "validation": "one in ten of the rest, by hash of the text",
        "test": "one text in five, by hash of the text",
    },
    files=data_files(FILES),
    read=read,
)
