"""Own files with a text and one label a row, such as a site's exported decisions."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from madang.datasets.card import LabelledText
from madang.datasets.own.columns import Columns
from madang.datasets.own.form import Form, Notes
from madang.datasets.own.label import is_unlabelled, label_name
from madang.datasets.table.reader import as_text, is_missing, read_records


def read(path: Path, columns: Columns, notes: Notes) -> Iterator[LabelledText]:
    """Yield the rows of a file by its columns ``text``, ``label`` and, if there, ``group``."""
    names = {"text": columns.text, "label": columns.label, "group": columns.group}
    for _, record in read_records(path, columns, names, optional=["group"]):
        text, label = as_text(record["text"]), label_name(record["label"])
        if is_missing(text):
            notes.left_out["without a text"] += 1
        elif is_unlabelled(label):
            notes.left_out["without a label"] += 1
        else:
            group = record.get("group")
            yield LabelledText(
                text=text,
                label=notes.number(label),
                group=None if group is None else as_text(group),
            )


LABELLED = Form(
    kind=LabelledText,
    read=read,
    side=lambda row: row.text,
    asked=lambda row: row.text,
    answer=lambda row: row.label,
    labels=lambda row: (row.label,),
    relabel=lambda row, numbers: dataclasses.replace(row, label=numbers[row.label]),
)
