"""Any CSV or JSON-lines file with ``text`` and ``label``, such as a site's exported decisions.

Labels are numbers from 0 on. A third column ``group`` is kept where there is one. One row in ten,
chosen by the hash of its text, is ``validation``; the same text is always on the same side.
"""

import csv
import io
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from madang.datasets.card import LabelledText
from madang.datasets.split import part
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


def read_text(path: Path, *, newline: str | None = None) -> str:
    """Return the text of a file; ``DataError`` where it is missing or not UTF-8.

    ``newline`` is that of ``open``: with ``""`` line ends stay as they are, and so do offsets.
    """
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as file:
            return file.read()
    except OSError as error:
        raise DataError(f"{path} can not be read ({error.strerror}). Check the path.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 (byte {error.start}). Save it as UTF-8 and try again."
        ) from error


def _rows(path: Path) -> Iterator[LabelledText]:
    records = _json_lines if path.suffix == ".jsonl" else _csv_lines
    for line, record in records(path, read_text(path)):
        text = record["text"] or ""
        if text.strip():
            label = _label(record["label"], path, line)
            yield LabelledText(text=text, label=label, group=record.get("group"))


def _csv_lines(path: Path, content: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = csv.DictReader(io.StringIO(content, newline=""))
    _check_columns(rows.fieldnames or (), path)
    for row in rows:
        yield rows.line_num, row


def _json_lines(path: Path, content: str) -> Iterator[tuple[int, dict[str, Any]]]:
    # A text may hold other line ends than the one that parts two records.
    for line, record_text in enumerate(content.split("\n"), start=1):
        if not record_text.strip():
            continue
        try:
            record = json.loads(record_text)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, line {line} is not JSON: {error}.") from error
        if not isinstance(record, dict):
            raise DataError(f"{path}, line {line} is no JSON object; one with text is needed.")
        _check_columns(record, path)
        yield line, record


def _check_columns(columns: Collection[str], path: Path) -> None:
    if not {"text", "label"} <= set(columns):
        raise DataError(
            f"{path} has the columns {', '.join(columns) or '(none)'}; it needs text and label."
        )


def _label(value: object, path: Path, line: int) -> int:
    try:
        label = int(str(value))
    except ValueError:
        label = -1
    if label < 0:
        raise DataError(f"{path}, line {line}: the label is {value!r}; it must be 0, 1, 2, …")
    return label
