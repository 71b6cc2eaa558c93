"""UnSmile: Korean comments and the groups that they are hateful of, none or several; Kang 2022.

Counts as published: 15,005 to learn from and 3,737 of the file ``valid``, on which the authors
report and which is ``test`` here. One in ten of the first, chosen by the hash of its text, is
``validation``. The ten labels that the authors measure are read; the eleventh column, whether a
person is named, is not. Two comments of the first file have no label, and are kept with none.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, MultiLabelText, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder
from madang.datasets.split import part

COMMIT = "569ab5f495e046911898805d3bee92469988dcd9"
SOURCE = f"https://raw.githubusercontent.com/smilegate-ai/korean_unsmile_dataset/{COMMIT}"
FILES = {
    "unsmile_train_v1.0.tsv": "f560a2f624d98f7cd9dc5ec6e5368efb7edd9bfc01cfa963538facfad9fc6001",
    "unsmile_valid_v1.0.tsv": "b391af71ab352eea27cecac0ff059fe2ed72d7c99585c10e86ce77a75bd12e42",
}
TEXT = "문장"
LABELS = (
    "여성/가족",
    "남성",
    "성소수자",
    "인종/국적",
    "연령",
    "지역",
    "종교",
    "기타 혐오",
    "악플/욕설",
    "clean",
)


def read(folder: DataFolder, split: str) -> Iterator[MultiLabelText]:
    """Yield the comments of a split in their published order."""
    if split == "test":
        return comments(folder.read_text(CARD.file("unsmile_valid_v1.0.tsv")))
    return part(comments(folder.read_text(CARD.file("unsmile_train_v1.0.tsv"))), split)


def comments(content: str) -> Iterator[MultiLabelText]:
    """Yield the rows of one file; a quote is a sign like any other.

    Raises ``DataError`` when a column is missing.
    """
    for row in read_columns(content, (TEXT, *LABELS), source="A file of hate_unsmile"):
        labels = tuple(number for number, name in enumerate(LABELS) if row[name] == "1")
        yield MultiLabelText(text=row[TEXT], labels=labels)


CARD = DatasetCard(
    name="hate_unsmile",
    title="Korean comments by the groups they are hateful of, none or several (UnSmile)",
    address="https://github.com/smilegate-ai/korean_unsmile_dataset",
    licence="CC BY-NC-ND 4.0: no commercial use, no derivatives of the data",
    labels=LABELS,
    splits={
        "train": "13,526 comments: nine in ten of those published to learn from",
        "validation": "1,479 comments: one in ten, by hash of the text",
        "test": "3,737 comments: the published file valid",
    },
    files=data_files(FILES, source=SOURCE),
    read=read,
)
