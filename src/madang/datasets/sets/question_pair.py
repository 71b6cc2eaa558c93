"""Question pairs: do two everyday sentences ask or say the same?

The published file calls the same 0 and different 1 under the heading ``is_duplicate``; so do the
labels here. Some pairs are twice the same string: 760 of 6,136 in train, 108 of 758 in test (one of
each is labelled different). Of the pairs of test 2 also stand in train, of validation 1; they stay.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, TextPair, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder

COMMIT = "e84b6f0e784c10c6a22cbbc7b1e415b901baa877"
SOURCE = f"https://raw.githubusercontent.com/songys/Question_pair/{COMMIT}"
FILES = {
    "train.txt": "addf4c88b19066ad55a09f466c5c3f6428b3f2bd5d55100d3ca5b93d9d8daff9",
    "validation.txt": "3928c783f561f36547fd8e0c9d78a6e1d6013db3debcf559c4135aa5536badea",
    "test.txt": "0d5738107ea3742de4dcaf3a358b6bfa4818781bc6aec11a9956a3fbe35f8b61",
}


def read(folder: DataFolder, split: str) -> Iterator[TextPair]:
    """Yield the pairs of a split in their published order."""
    columns = ("question1", "question2", "is_duplicate")
    path = f"{split}.txt"
    for row in read_columns(folder.read_text(CARD.file(path)), columns, source=path):
        yield TextPair(row["question1"], row["question2"], int(row["is_duplicate"]))


CARD = DatasetCard(
    name="question_pair",
    title="Question pairs: do two everyday sentences ask the same?",
    address=f"https://github.com/songys/Question_pair/tree/{COMMIT}",
    licence="MIT",
    labels=("same", "different"),
    splits={
        "train": "6,136 pairs, 4,169 the same",
        "validation": "682 pairs",
        "test": "758 pairs, 508 the same",
    },
    files=data_files(FILES, source=SOURCE),
    read=read,
)
