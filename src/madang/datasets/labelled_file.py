"""Any CSV or JSON-lines file with ``text`` and ``label``, such as a site's exported decisions.

Labels are numbers from 0 on. A third column ``group`` is kept where there is one. One row in ten,
chosen by the hash of its text, is ``validation``; the same text is always on the same side.
"""

from collections.abc import Iterator
from pathlib import Path

from madang.datasets.card import LabelledText
from madang.datasets.split import part
from madang.datasets.table.reader import LAYOUT, as_text, read_records
from madang.errors import DataError, SettingError

SUFFIXES = (".csv", ".jsonl")
SPLITS = ("train", "validation")


def load_table(path: Path, split: str) -> list[LabelledText]:
    """Read one split of a file; empty texts are left out.

    Raises ``SettingError`` for an unknown split and ``DataError`` for a file that is missing, not
    UTF-8, without the columns, or with a label that is not a number.
    """
    if split not in SPLITS:
        raise SettingError(f"A file has no split {split!r}; it has {', '.join(SPLITS)}.")
    return list(part(_rows(Path(path)), split))


def _rows(path: Path) -> Iterator[LabelledText]:
    columns = {"text": "text", "label": "label", "group": "group"}
    for line, record in read_records(path, LAYOUT, columns, optional=["group"]):
        text = as_text(record["text"])
        if text.strip():
            label = _label(record["label"], path, line)
            yield LabelledText(text=text, label=label, group=record.get("group"))


def _label(value: object, path: Path, line: int) -> int:
    try:
        label = int(str(value))
    except ValueError:
        label = -1
    if label < 0:
        raise DataError(f"{path}, line {line}: the label is {value!r}; it must be 0, 1, 2, …")
    return label
