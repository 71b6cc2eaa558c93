"""How a table is written: what a person may say of it, and what its own beginning tells.

Spreadsheets, databases and other languages write tables with commas, semicolons, tabs, bars or
``::``, with a line of names above or without one. What the file tells beyond doubt is found; what
can be read in two ways is refused with the option that settles it.
"""

import csv
import dataclasses
import io
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from madang import validation
from madang.datasets.table.compression import kind_of
from madang.datasets.table.encoding import check_encoding
from madang.errors import DataError, SettingError

# In the order in which they are tried. A comma is also what a table of one column has.
SEPARATORS = ("::", "\t", ";", "|", ",")
TABS = (".tsv", ".tab")
NAMES = {"\t": "a tab", " ": "a space"}
# Excel's own first line, which names the separator and is no row.
SEPARATOR_LINE = "sep="
LINE_ENDS = ("\r\n", "\n", "\r")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    r"""How a table of text is written; what is left out is found in the file.

    ``encoding``: such as cp949. ``separator``: one sign, ``::``, or ``tab``. ``header``: the names
    of the columns of a file whose first line is a row already. ``quotes``: whether quotes around a
    cell belong to the notation (yes) or to the text (no).

    Raises ``SettingError`` for an encoding that does not exist and an impossible separator.
    """

    encoding: str = ""
    separator: str = ""
    header: tuple[str, ...] = ()
    quotes: Literal["yes", "no"] = "yes"

    def __post_init__(self) -> None:
        validation.check(self)
        check_encoding(self.encoding)
        separator = {"tab": "\t", "\\t": "\t", "space": " "}.get(self.separator, self.separator)
        if (len(separator) > 1 and separator not in SEPARATORS) or separator in ("\n", "\r", '"'):
            raise SettingError(
                f"separator is {self.separator!r}; it is one sign, such as ; or |, the word tab, "
                f"or ::."
            )
        object.__setattr__(self, "separator", separator)
        if len(set(self.header)) < len(self.header):
            raise SettingError(
                f"header names a column twice: {', '.join(self.header)}. Give each its own name."
            )


class Notation(NamedTuple):
    """How a file of delimited text is written, with nothing left open.

    ``num_skipped`` lines stand before the first row or the header, Excel's own among them where
    ``has_separator_line``. ``columns`` are the names, whose line is in the file where
    ``has_header``.
    """

    encoding: str
    separator: str
    quotes: bool
    line_end: str
    num_skipped: int
    has_separator_line: bool
    has_header: bool
    columns: tuple[str, ...]


def find_notation(
    beginning: str, layout: Layout, *, path: Path, encoding: str, wanted: Collection[str] = ()
) -> Notation:
    """Return how a file that begins so is written; columns that are ``wanted`` settle a doubt.

    Raises ``DataError`` for a file without a line, for one whose separator is in doubt, and for a
    header of another number of columns than the first row has.
    """
    said = _said_separator(beginning)
    line_end = _line_end(beginning)
    rest = beginning.removeprefix(f"{SEPARATOR_LINE}{said}") if said else beginning
    num_skipped = _num_blank(rest)
    rest = rest.lstrip("\r\n")
    if not rest:
        raise DataError(f"{path} is empty. Its first line must name the columns: text,…")
    tried = [layout.separator or said] if layout.separator or said else SEPARATORS
    firsts = {each: first_row(rest, each, quotes=layout.quotes == "yes") for each in tried}
    separator = _choose(firsts, layout, path=path, wanted=wanted)
    first = tuple(name.strip() for name in firsts[separator])
    if layout.header:
        _check_header(layout.header, first, path=path, separator=separator)
    return Notation(
        encoding=encoding,
        separator=separator,
        # Files with a separator of two signs come from programs that know no quotes.
        quotes=layout.quotes == "yes" and len(separator) == 1,
        line_end=line_end,
        num_skipped=num_skipped,
        has_separator_line=bool(said),
        has_header=not layout.header,
        columns=layout.header or first,
    )


def first_row(text: str, separator: str, *, quotes: bool) -> list[str]:
    """Return the cells of the first row that is not empty, however it is split.

    >>> first_row('"a;b";c\\n', ";", quotes=True)
    ['a;b', 'c']
    """
    if len(separator) > 1:
        return text.lstrip("\r\n").splitlines()[0].split(separator)
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
    )
    return next((row for row in rows if row), [""])


def named(separator: str) -> str:
    """Return what a separator is called in a sentence.

    >>> named("\\t"), named(";")
    ('a tab', "';'")
    """
    return NAMES.get(separator, repr(separator))


def _said_separator(beginning: str) -> str:
    """Return the separator that Excel's first line names, "" where there is no such line."""
    line = next(io.StringIO(beginning[:20], newline=None), "").rstrip("\n")
    said = line.removeprefix(SEPARATOR_LINE)
    return said if line.startswith(SEPARATOR_LINE) and len(said) == 1 else ""


def _num_blank(text: str) -> int:
    """Return how many line ends a text begins with."""
    blank = text[: len(text) - len(text.lstrip("\r\n"))]
    return len(blank.replace("\r\n", "\n"))


def _line_end(beginning: str) -> str:
    """Return the first line's end; what has none ends in a line feed."""
    places = {end: beginning.find(end) for end in LINE_ENDS}
    found = [(place, -len(end), end) for end, place in places.items() if place >= 0]
    return min(found)[2] if found else "\n"


def _choose(
    firsts: dict[str, list[str]], layout: Layout, *, path: Path, wanted: Collection[str]
) -> str:
    """Return the separator that splits the first line as it must be; ``DataError`` in doubt."""
    if len(firsts) == 1:
        return next(iter(firsts))
    if layout.header:
        fitting = [each for each, row in firsts.items() if len(row) == len(layout.header)]
    else:
        cells = {each: {cell.strip() for cell in row} for each, row in firsts.items()}
        fitting = [each for each in firsts if wanted and cells[each].issuperset(wanted)]
        if fitting and all(len(firsts[each]) == 1 for each in fitting):
            return ","
        fitting = fitting or [each for each in firsts if len(firsts[each]) > 1]
    is_tabs = kind_of(path) in TABS
    if not fitting or (is_tabs and "\t" in fitting):
        return "\t" if is_tabs else ","
    if len(fitting) > 1:
        listed = " or ".join(map(named, fitting))
        raise DataError(
            f"The first line of {path} can be split at {listed}. Say which: --separator ';' (in a "
            f'recipe: separator = ";").'
        )
    return fitting[0]


def _check_header(
    header: Sequence[str], first: Sequence[str], *, path: Path, separator: str
) -> None:
    if len(header) != len(first):
        raise DataError(
            f"header names {len(header)} columns, but the first row of {path} has {len(first)}, "
            f"split at {named(separator)}: {', '.join(first)[:200]}. Name each of them, in order."
        )
    if tuple(header) == tuple(first):
        raise DataError(
            f"The first line of {path} names the columns itself. Leave header out: it is for files "
            f"whose first line is a row already."
        )
