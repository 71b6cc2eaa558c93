"""Twelve lines of one, two or three sentences, made up; train and validation are the same."""

from collections.abc import Iterator

from madang.datasets.card import DataFile, DatasetCard, Document
from madang.datasets.folder import DataFolder


def read(folder: DataFolder, split: str) -> Iterator[Document]:
    """Yield the lines."""
    for line in folder.read_lines(CARD.files[0]):
        yield Document(text=line)


CARD = DatasetCard(
    name="toy_sentences",
    title="Twelve lines of a few sentences",
    address="https://example.org/toy",
    licence="CC0-1.0",
    labels=(),
    splits={"train": "12 lines", "validation": "the same 12 lines"},
    files=(
        DataFile(
            path="lines.txt",
            sha256="2e64356cb79e8c3d9af782a42450bced14d5909465389b9abeb9c6e362477f64",
        ),
    ),
    read=read,
)
