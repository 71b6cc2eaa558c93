"""DKTC: Korean dialogues of four kinds of bullying, written to order; none of them is ordinary.

3,844 different dialogues of 3,950, a line a turn: threat 892, extortion 973, bullying at work 969,
other bullying 1,010. The published test has no labels. One in ten by hash, the dev, is
``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records

FILES = {"labelled.jsonl": "15d8ad14bfab88ef3d59c10a47f4ab21c6fe53335e01b45ab0f73f6f42a154ef"}
NAMES = {
    "협박 대화": "threat",
    "갈취 대화": "extortion",
    "직장 내 괴롭힘 대화": "workplace",
    "기타 괴롭힘 대화": "other",
}
LABELS = tuple(NAMES.values())
PUBLISHED = {"train": "train", "validation": "dev"}


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the dialogues of a split in their order."""
    for row in read_records(folder, CARD.files[0], ("text", "label", "split")):
        if row["split"] == PUBLISHED[split]:
            yield LabelledText(text=row["text"], label=LABELS.index(NAMES[row["label"]]))


CARD = DatasetCard(
    name="hate_dktc",
    title="Korean dialogues: threat, extortion, bullying at work, other bullying (DKTC)",
    repository="tunib-ai/DKTC @ 03be25e47b7b44b0b7d3a84c6710004d2c6f90d3",
    licence="CC BY-NC-SA 4.0: no commercial use",
    labels=LABELS,
    splits={"train": "3,505 dialogues", "validation": "339 dialogues, by hash of the text"},
    files=data_files(FILES),
    read=read,
    measured_on=("validation",),
)
