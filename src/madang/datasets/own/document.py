"""Own files with a text a row and nothing else, to learn a language from."""

from collections.abc import Iterator
from pathlib import Path

from madang.datasets.card import Document
from madang.datasets.own.columns import Columns
from madang.datasets.own.form import Form, Notes
from madang.datasets.table.reader import as_text, is_missing, read_records


def read(path: Path, columns: Columns, notes: Notes) -> Iterator[Document]:
    """Yield the rows of a file by its column ``text``."""
    for _, record in read_records(path, columns, {"text": columns.text}):
        text = as_text(record["text"])
        if is_missing(text):
            notes.left_out["without a text"] += 1
        else:
            yield Document(text)


DOCUMENT = Form(
    kind=Document,
    read=read,
    side=lambda row: row.text,
    asked=lambda row: row.text,
    answer=lambda row: None,
)
