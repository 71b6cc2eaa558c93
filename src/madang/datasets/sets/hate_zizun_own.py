"""Comments on Korean news, films and YouTube, malicious or not: those its author labelled himself.

3,261 comments, 1,514 malicious; what the published file took from BEEP and from ``hate_curse`` is
left out. Most of the malicious ones are of the right against the left, so that a model may learn
politics instead. Of 24 read 20 were right. The published dev, one in ten by hash, is
``validation``; it is for learning, and no figure is published on it.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records

FILES = {"labelled.jsonl": "ad60e8a3d5f7610a54f3ccbb54d22b75d0d4361067b15f43356633c1a8580267"}
PUBLISHED = {"train": "train", "validation": "dev"}


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the comments of a split in their order."""
    for row in read_records(folder, CARD.files[0], ("text", "label", "split")):
        if row["split"] == PUBLISHED[split]:
            yield LabelledText(text=row["text"], label=row["label"])


CARD = DatasetCard(
    name="hate_zizun_own",
    title="Comments on Korean news, films and YouTube, malicious or not",
    repository="ZIZUN/korean-malicious-comments-dataset @ 50b92f50e89bb594db5c9ecafea8d48c1dd5b943",
    licence="MIT",
    labels=("ordinary", "malicious"),
    splits={"train": "2,930 comments", "validation": "331 comments, by hash of the text"},
    files=data_files(FILES),
    read=read,
    measured_on=("validation",),
)
