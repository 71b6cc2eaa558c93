"""Two small sets of opinions: on things that were bought, and on employers.

``naver_shopping``: 2,499 of the 200,000 reviews of that name, 1,250 of them positive; the published
test of 509 is ``test``, one in ten of the rest, by hash, ``validation``.

``jobplanet``: 2,123 reviews of nine companies of one group, each with what is good and what is bad
there, which are two texts here. ``group`` is the company. One in five, by the hash of its text, is
``test``, one in ten of the rest ``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import drawn_split, is_held_out

REPOSITORY = "minvv23/mbc-python-lectures @ abf749101bc59b56ad2e54017b1ec73d5c68e4d9"
FOLDER = "sentiment_shopping_jobplanet"
SHOPPING_FILE = "naver_shopping_sample.jsonl"
SHOPPING_FILES = {SHOPPING_FILE: "9963b89df2784229264a9458eb34d6640c61452958eb60a8c17be78f501d68cb"}
JOBPLANET_FILES = {
    "jobplanet.jsonl": "aeec039825cc70fa4035c044971f1c206ec80b2bae1243bcc4c68d1d9bbac4e4"
}
LABELS = ("negative", "positive")


def read_shopping(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the reviews of a split in their order."""
    for row in read_records(folder, SHOPPING.files[0], ("text", "label", "split")):
        drawn = "validation" if is_held_out(row["text"]) else "train"
        if (row["split"] if row["split"] == "test" else drawn) == split:
            yield LabelledText(text=row["text"], label=row["label"])


def read_jobplanet(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield what is bad and what is good at each company; ``group`` is the company."""
    for row in read_records(folder, JOBPLANET.files[0], ("bad", "good", "company")):
        for label, side in enumerate(("bad", "good")):
            if drawn_split(row[side]) == split:
                yield LabelledText(text=row[side], label=label, group=row["company"])


SHOPPING = DatasetCard(
    name="naver_shopping",
    title="Korean reviews of things bought, negative or positive: a sample",
    repository=REPOSITORY,
    licence="none stated (Naver Shopping): for research; do not pass the reviews on",
    labels=LABELS,
    splits={
        "train": "nine in ten of the rest",
        "validation": "one in ten of the rest, by hash of the text",
        "test": "509 reviews, by hash of the text",
    },
    folder=FOLDER,
    files=data_files(SHOPPING_FILES),
    read=read_shopping,
)
JOBPLANET = DatasetCard(
    name="jobplanet",
    title="What is good and what is bad at Korean employers",
    repository=REPOSITORY,
    licence="none stated (Jobplanet): for research; do not pass the reviews on",
    labels=LABELS,
    splits={
        "train": "nine in ten of the rest",
        "validation": "one in ten of the rest, by hash of the text",
        "test": "one text in five, by hash of the text",
    },
    folder=FOLDER,
    files=data_files(JOBPLANET_FILES),
    read=read_jobplanet,
)
