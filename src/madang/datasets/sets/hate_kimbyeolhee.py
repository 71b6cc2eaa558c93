"""Comments on Korean entertainment news: insult, discrimination, sexual, threat, none or several.

7,446 comments, labelled by three students; 3,359 have a label: insult 2,493, discrimination 1,136,
sexual 851, threat 351. The only set here in which sexual harassment and threats are labels of
their own; swearing is none. ``insult`` takes in mere dislike: of 28 read about 23 were right. Four
texts also stand in BEEP, 128 in K-MHaS. The published dev, one in ten by hash, is ``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, MultiLabelText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records

FILES = {"labelled.jsonl": "9843dad3b3c009d178e91cfc6d42c44e29d7921c224b2d478a96684b0c9c0fa8"}
LABELS = ("insult", "discrimination", "sexual", "threat")
PUBLISHED = {"train": "train", "validation": "dev"}


def read(folder: DataFolder, split: str) -> Iterator[MultiLabelText]:
    """Yield the comments of a split in their order."""
    for row in read_records(folder, CARD.files[0], ("text", *LABELS, "split")):
        if row["split"] == PUBLISHED[split]:
            labels = tuple(number for number, name in enumerate(LABELS) if row[name])
            yield MultiLabelText(text=row["text"], labels=labels)


CARD = DatasetCard(
    name="hate_kimbyeolhee",
    title="Comments on Korean entertainment news: insult, discrimination, sexual, threat",
    repository="kimbyeolhee/Malicious-Comment-Classification @ "
    "7a9e51d0f6c08029bfa1d79b225324e5e42343e0",
    licence="none stated (comments of news sites): for research; do not pass the comments on",
    labels=LABELS,
    splits={"train": "6,714 comments", "validation": "732 comments, by hash of the text"},
    files=data_files(FILES),
    read=read,
    measured_on=("validation",),
)
