"""Published files of delimited text: their rows by the names of the columns."""

import csv
import io
from collections.abc import Iterator, Sequence

from madang.errors import DataError


def read_columns(
    content: str,
    columns: Sequence[str],
    *,
    source: str,
    delimiter: str = "\t",
    has_quotes: bool = False,
) -> Iterator[dict[str, str]]:
    """Yield the rows of a file whose first line names its columns.

    With ``has_quotes`` quotes are a spreadsheet's, around a field and doubled within; without, a
    quote is a sign like any other. Raises ``DataError`` when the file lacks one of ``columns``.

    >>> list(read_columns('text\\tlabel\\n"가\\t1\\n', ["label"], source="a.tsv"))
    [{'text': '"가', 'label': '1'}]
    """
    rows = csv.DictReader(
        io.StringIO(content, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE,
    )
    lacking = [name for name in columns if name not in (rows.fieldnames or ())]
    if lacking:
        raise DataError(
            f"{source} lacks the columns {', '.join(lacking)}; it needs {', '.join(columns)}. "
            f"Copy it again."
        )
    yield from rows
