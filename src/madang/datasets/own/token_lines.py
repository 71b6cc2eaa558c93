"""Files with a token a line and its tag behind it, as CoNLL, KLUE and Naver have them.

Blank lines part sentences, or a column ``sentence`` does. The first column is the token, or the
second where the first counts (1, 2, 3, …); the tag is the last column of tags that are no chunks.
A file whose first line names its columns, or whose columns are named by ``header``, is read by
those names. Lines that begin with ``#`` before a sentence are comments.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from madang.datasets.own.columns import Columns, say_which
from madang.datasets.own.token_tags import HEADER, OUTSIDE, is_tag
from madang.datasets.table.layout import named
from madang.datasets.table.table import Table
from madang.errors import DataError
from madang.text.unicode import replace_surrogates

DOCUMENT = "-DOCSTART-"
COMMENT = "#"
SHOWN = 60
# The types of chunks (CoNLL-2000), whose tags look like those of entities.
CHUNKS = frozenset(["NP", "VP", "PP", "ADJP", "ADVP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"])


class Sentence(NamedTuple):
    """The tokens of a sentence and their tags; ``places`` says where each token stands."""

    places: list[str]
    tokens: list[str]
    tags: list[str]


class _Line(NamedTuple):
    number: int
    cells: list[str]


def read_sentences(path: Path, text: str, columns: Columns) -> list[Sentence]:
    """Return the sentences of a file of text.

    Raises ``DataError`` for lines of several widths, and columns that can be read in two ways.
    """
    lines = text_lines(text)
    separator = find_separator(lines, columns)
    groups = list(_groups(path, lines, separator))
    if not groups:
        raise DataError(f"{path} has no token. Give a token and its tag a line: 서울<tab>B-LOC.")
    names = columns.header
    if not names and is_header(groups[0][0].cells, columns):
        names = tuple(name.strip() for name in groups[0][0].cells)
        groups[0] = groups[0][1:]
    token, tag, sentence = _places(path, groups, names, columns)
    found = []
    for group in groups:
        for part in _by_sentence(group, sentence):
            _check_tokens(path, part, token)
            found.append(
                Sentence(
                    [f"line {line.number}" for line in part],
                    [line.cells[token] for line in part],
                    [line.cells[tag].strip() for line in part],
                )
            )
    return found


def read_lists(table: Table, columns: Columns) -> Iterator[Sentence]:
    """Yield the sentences of a table whose cells are lists of tokens and of tags.

    Raises ``DataError`` for cells that are no lists of one length, and tags that are numbers.
    """
    token, tag = (
        table.position(columns.named(role, table.columns), advice=say_which(role))
        for role in ("token", "tag")
    )
    for line, cells in table.rows:
        tokens, tags = cells[token], cells[tag]
        place = f"line {line}"
        if not isinstance(tokens, list) or not isinstance(tags, list) or len(tokens) != len(tags):
            raise DataError(
                f"{table.path}, {place}: tokens and tags must be two lists of one length, but they "
                f"are {str(tokens)[:SHOWN]} and {str(tags)[:SHOWN]}."
            )
        if not all(isinstance(each, str) for each in (*tokens, *tags)):
            raise DataError(
                f"{table.path}, {place}: the tags are {str(tags)[:SHOWN]}. Give their names, "
                f"such as B-PER, in the place of numbers."
            )
        yield Sentence([place] * len(tokens), [replace_surrogates(each) for each in tokens], tags)


def text_lines(text: str) -> list[str]:
    """Return the lines of a text; only line feeds and carriage returns end one."""
    return re.split(r"\r\n|\n|\r", text)


def find_separator(lines: Iterable[str], columns: Columns) -> str:
    """Return the sign between cells, "" for any white space: the first line tells."""
    if columns.separator:
        return columns.separator
    first = next((line for line in lines if not _is_aside(line)), "")
    for sign in (",", ";", "|"):
        if is_header(split_line(first, sign), columns):
            return sign
    return "\t" if "\t" in first else ""


def split_line(line: str, separator: str) -> list[str]:
    r"""Return the cells of a line; quotes belong to cells that a comma or the like parts.

    >>> split_line("EU  NNP B-ORG", ""), split_line(" \tO", "\t"), split_line('",",O', ",")
    (['EU', 'NNP', 'B-ORG'], [' ', 'O'], [',', 'O'])
    """
    if not separator:
        return re.split(r"[ \t]+", line.strip(" \t"))
    if separator == "\t" or len(separator) > 1:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator), [])


def is_header(cells: Sequence[str], columns: Columns) -> bool:
    """Say whether cells are the names of the columns of token and tag."""
    return {columns.token, columns.tag} <= {cell.strip() for cell in cells}


def looks_tagged(lines: Sequence[str], columns: Columns) -> bool:
    """Say whether lines are tokens with tags: half of them, or more, end in a tag."""
    separator = find_separator(lines, columns)
    kept = [split_line(line, separator) for line in lines if not _is_aside(line)]
    if columns.header:
        return is_header(columns.header, columns)
    if kept and is_header(kept[0], columns):
        return True
    tagged = [cells[-1].strip() for cells in kept if len(cells) > 1 and is_tag(cells[-1].strip())]
    return len(tagged) * 2 >= len(kept) > 0 and not OUTSIDE.issuperset(tagged)


def _is_aside(line: str) -> bool:
    """Say whether a line holds no token: blank, a comment, the beginning of a document."""
    return not line.strip() or line.startswith((COMMENT, DOCUMENT))


def _groups(path: Path, lines: Sequence[str], separator: str) -> Iterator[list[_Line]]:
    """Yield the lines between blank ones, without comments, all of one width."""
    group: list[_Line] = []
    width = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip(f"{separator} \t"):
            if group:
                yield group
            group = []
            continue
        cells = split_line(line, separator)
        is_comment = line.startswith(COMMENT) and not group
        if line.startswith(DOCUMENT) or (is_comment and not is_tag(cells[-1].strip())):
            continue
        if len(cells) != width if width else len(cells) == 1:
            raise DataError(_uneven(path, number, line, len(cells), width, separator))
        width = len(cells)
        group.append(_Line(number, cells))
    if group:
        yield group


def _uneven(path: Path, number: int, line: str, num_cells: int, width: int, separator: str) -> str:
    parted = named(separator) if separator else "white space"
    others = f"those before it have {width}" if width else "it must hold a token and its tag"
    return (
        f"{path}, line {number}: {line[:SHOWN]!r} has {num_cells} cell{'s' * (num_cells != 1)}, "
        f"parted by {parted}, but {others}. Put a blank line between sentences, and # before a "
        f"comment, which stands above a sentence; or name another separator: --separator tab."
    )


def _places(
    path: Path, groups: list[list[_Line]], names: Sequence[str], columns: Columns
) -> tuple[int, int, int | None]:
    """Return which cells are token, tag and sentence, None where blank lines part sentences."""
    if names:
        line = next(line for group in groups for line in group)
        table = Table(path=path, columns=tuple(names), rows=iter(()))
        if len(names) != len(line.cells):
            raise DataError(
                f"{path}, line {line.number} has {len(line.cells)} cells, but {len(names)} columns "
                f"are named: {', '.join(names)}. Name each column, in order."
            )
        token, tag = (
            table.position(name, advice=say_which(role))
            for role, name in (("token", columns.token), ("tag", columns.tag))
        )
        return token, tag, names.index(columns.sentence) if columns.sentence in names else None
    width = len(groups[0][0].cells)
    token = int(width > 2 and all(map(_counts, groups)))
    return token, _tag_column(path, groups, range(token + 1, width)), None


def _counts(group: Sequence[_Line]) -> bool:
    """Say whether the first cells number the lines, from 0 or from 1."""
    first = [line.cells[0].strip() for line in group]
    return first in [[str(number + start) for number in range(len(group))] for start in (0, 1)]


def _tag_column(path: Path, groups: Sequence[Sequence[_Line]], choices: range) -> int:
    """Return the column of tags; of those the last where none marks anything.

    Raises ``DataError`` where two columns are tags of entities.
    """
    kinds = {
        place: {line.cells[place].strip() for group in groups for line in group}
        for place in choices
    }
    tags = {place: found - OUTSIDE for place, found in kinds.items() if all(map(is_tag, found))}
    marking = [place for place, found in tags.items() if found]
    entities = [place for place in marking if not _are_chunks(tags[place])]
    if len(entities) > 1:
        listed = ", ".join(str(place + 1) for place in entities)
        raise DataError(
            f"{path} has several columns of tags: {listed}. Name the columns in order, and tag the "
            f"one to learn: {HEADER}."
        )
    return (entities or marking or list(tags) or [choices[-1]])[-1]


def _are_chunks(tags: Iterable[str]) -> bool:
    return all(re.split("[-_]", tag, maxsplit=1)[-1] in CHUNKS for tag in tags)


def _by_sentence(group: list[_Line], sentence: int | None) -> Iterator[list[_Line]]:
    """Part lines where the cell of the sentence changes; a blank cell says "as before"."""
    if sentence is None:
        if group:
            yield group
        return
    part: list[_Line] = []
    current = ""
    for line in group:
        said = line.cells[sentence].strip()
        if said and said != current and part:
            yield part
            part = []
        current = said or current
        part.append(line)
    if part:
        yield part


def _check_tokens(path: Path, lines: Sequence[_Line], token: int) -> None:
    for line in lines:
        if not line.cells[token]:
            raise DataError(
                f"{path}, line {line.number} has no token. Give each line a token and its tag."
            )
