"""33,893 comments under Korean entertainment news, one a line, many of them hostile."""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Document, data_files
from madang.datasets.folder import DataFolder

COMMIT = "f8d05dce2b22007bb149e5139c0060c68ad8f94b"
SOURCE = f"https://raw.githubusercontent.com/kocohub/korean-hate-speech/{COMMIT}/unlabeled"
NAME = "unlabeled_comments_5.txt"
FILES = {NAME: "e224a1d545c2729d8f9828429af0f6ee34cd9a4ac5861c7a12d4f32b9a9ed641"}


def read(folder: DataFolder, split: str) -> Iterator[Document]:
    """Yield the comments in their published order."""
    for line in folder.read_lines(CARD.file(NAME)):
        yield Document(text=line)


CARD = DatasetCard(
    name="comments",
    title="Comments under Korean entertainment news, without labels",
    address="https://github.com/kocohub/korean-hate-speech",
    licence="CC BY-SA 4.0",
    splits={"train": "33,893 comments"},
    files=data_files(FILES, source=SOURCE),
    read=read,
)
