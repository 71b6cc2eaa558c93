"""Posts on X: advertising, declared or hidden, or ordinary; by the account that wrote them.

1,404 posts with a label: 812 advertising, 592 not. The published label calls only *undeclared*
advertising 1; what is read here is the field ``ad``, which also counts the posts that declare it.
Labels follow accounts, one account being mostly one label, so ``group`` is the account and every
split is by it. Of 101 labels that could be judged on reading 89 were right; 10 of the 12 wrong ones
call an ordinary post advertising. Links are cut off by X ("…"), threads are cut into pieces.

``unlabelled`` are 2,936 further posts of the same accounts.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Document, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records

LABELLED, UNLABELLED = "labelled.jsonl", "unlabelled.jsonl"
FILES = {
    LABELLED: "7ea5751f22ccd4b416222485eb579f828e8cb9b417113ab3f9e6f897488c4dce",
    UNLABELLED: "7665fc0d4e2a02b9e76257b8537cf1b1839d7394ea244be650efcfc894a570e5",
}
PUBLISHED = {"train": "train", "validation": "dev"}


def read(folder: DataFolder, split: str) -> Iterator[LabelledText | Document]:
    """Yield the posts of a split in their order; ``group`` is the account, as a hash."""
    if split == "unlabelled":
        for row in read_records(folder, CARD.file(UNLABELLED), ("text", "account")):
            yield Document(text=row["text"], group=row["account"])
        return
    for row in read_records(folder, CARD.file(LABELLED), ("text", "ad", "account", "split")):
        if row["split"] == PUBLISHED[split]:
            yield LabelledText(text=row["text"], label=row["ad"], group=row["account"])


CARD = DatasetCard(
    name="ads_viral_x",
    title="Korean posts on X, advertising (declared or hidden) or ordinary, by account",
    repository="hansole27/Illegal-Viral-Review-Detection @ "
    "e74de05524840d1ba6bab1801cb210e1d0310904",
    licence="none stated (posts on X): for research; do not pass the posts on",
    labels=("ordinary", "ad"),
    splits={
        "train": "1,228 posts",
        "validation": "176 posts of other accounts",
        "unlabelled": "2,936 posts of the same accounts",
    },
    files=data_files(FILES),
    read=read,
    measured_on=("validation",),
)
