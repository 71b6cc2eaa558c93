"""Any CSV file with the columns ``text`` and ``label``, such as a site's exported decisions.

Labels are numbers from 0 on. A third column ``group`` is kept where there is one. One row in ten,
chosen by the hash of its text, is ``validation``; the same text is always on the same side.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

from madang.datasets.card import LabelledText
from madang.errors import DataError, SettingError

SPLITS = ("train", "validation")
HELD_OUT_SHARE = 0.1


def load_table(path: Path, split: str) -> list[LabelledText]:
    """Read one split of a CSV file; empty texts are left out.

    Raises ``SettingError`` for an unknown split and ``DataError`` for a file that is missing, not
    UTF-8, without the columns, or with a label that is not a number.
    """
    if split not in SPLITS:
        raise SettingError(f"A CSV file has no split {split!r}; it has {', '.join(SPLITS)}.")
    return [row for row in _rows(Path(path)) if is_held_out(row.text) == (split == "validation")]


def is_held_out(text: str) -> bool:
    """Choose one text in ten by its hash, whatever else is in the file."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) < HELD_OUT_SHARE * 2**64


def _rows(path: Path) -> Iterator[LabelledText]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} can not be read ({error.strerror}). Check the path.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 (byte {error.start}). Save it as UTF-8 and try again."
        ) from error
    rows = csv.DictReader(io.StringIO(content, newline=""))
    columns = rows.fieldnames or []
    if not {"text", "label"} <= set(columns):
        raise DataError(
            f"{path} has the columns {', '.join(columns) or '(none)'}; it needs text and label."
        )
    for row in rows:
        if (row["text"] or "").strip():
            yield LabelledText(
                text=row["text"], label=_label(row, path, rows.line_num), group=row.get("group")
            )


def _label(row: dict[str, str], path: Path, line: int) -> int:
    try:
        label = int(row["label"])
    except (TypeError, ValueError):
        label = -1
    if label < 0:
        raise DataError(
            f"{path}, line {line}: the label is {row['label']!r}; it must be 0, 1, 2, …"
        )
    return label
