"""Published files with a JSON object a line: their rows by the names of the fields."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from madang.datasets.card import DataFile
from madang.datasets.folder import DataFolder
from madang.errors import DataError


def read_records(
    folder: DataFolder, file: DataFile, fields: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of a data set, whole.

    Raises ``DataError`` when a row lacks one of ``fields``, and as ``DataFolder.read_lines`` does.
    """
    for number, line in enumerate(folder.read_lines(file), start=1):
        row = json.loads(line)
        lacking = [name for name in fields if name not in row]
        if lacking:
            raise DataError(
                f"{folder.name}/{file.path}, line {number}, lacks {', '.join(lacking)}; it needs "
                f"{', '.join(fields)}. Copy the file again."
            )
        yield row
