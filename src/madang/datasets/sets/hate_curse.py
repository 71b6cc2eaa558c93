"""Comments of two Korean communities, offensive or not: slang and abbreviations.

4,342 comments, 1,517 offensive. Of 30 read about 25 were right: what its authors were undecided of
they called ordinary, and an insult without a swear word often is. The published dev, one in ten by
hash, is ``validation``; it is for learning, and no figure is published on it.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records

FILES = {"labelled.jsonl": "0a64698fb90fcc135c3f543e75e51d3799a50114b3484d6d3c2411fe1c354d54"}
PUBLISHED = {"train": "train", "validation": "dev"}


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the comments of a split in their order."""
    for row in read_records(folder, CARD.files[0], ("text", "label", "split")):
        if row["split"] == PUBLISHED[split]:
            yield LabelledText(text=row["text"], label=row["label"])


CARD = DatasetCard(
    name="hate_curse",
    title="Comments of Korean communities, offensive or not",
    repository="2runo/Curse-detection-data @ ff241621e103b6f220d30de324d0d07987887308",
    licence="MIT",
    labels=("ordinary", "offensive"),
    splits={"train": "3,887 comments", "validation": "455 comments, by hash of the text"},
    files=data_files(FILES),
    read=read,
    measured_on=("validation",),
)
