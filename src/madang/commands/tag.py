"""``madang tag``: find the named things in one text, or in every row of a CSV file."""

import json
from collections.abc import Iterator, Sequence
from itertools import tee
from pathlib import Path
from typing import Any, Literal

from madang.commands.output import check_source, fields_of, fill_table
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import LAYOUT
from madang.serving import TaggedEntity, Tagger, mark
from madang.serving.table import ROWS_AT_ONCE, Extension, Texts
from madang.text.unicode import replace_surrogates

Format = Literal["json", "inline"]


def tag(
    text: str | None = None,
    *,
    model: str = "entities",
    format: Format = "json",
    input: Path | None = None,
    column: str = "text",
    layout: Layout = LAYOUT,
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Find the people, places, organisations, dates and quantities in a text or in a CSV file.

    Args:
        text: the text to read.
        model: the name of a shipped model, or an exported folder.
        format: json (start, end, type, text, probability) or inline (<SKTBrain:ORG>에서 …).
        input: a table to read: CSV in any notation, JSON lines or Parquet.
        column: the column of `input` that holds the text.
        encoding: of a file that is not UTF-8 and bears no mark, such as cp949.
        separator: of a file, the sign between cells; it is found in most files.
        header: the names of the columns of a file whose first line is a row already.
        quotes: whether quotes around a cell are part of the notation (yes) or of the text (no).
        output: where to write the rows of `input` with the column entities added.
        threads: how many texts to read at once.
    """
    usage = '`madang tag "…"`, or `madang tag --input posts.csv --column text --output out.csv`'
    check_source(text, input, output, usage=usage)
    tagger = Tagger.load(model, num_threads=threads)
    if text is not None:
        text = replace_surrogates(text)
        (entities,) = tagger.tag([text])
        print(mark(text, entities) if format == "inline" else _json(entities, indent=2))
    elif input is not None and output is not None:
        tag_table(tagger, input, output, column=column, layout=layout, format=format)


def tag_table(
    tagger: Tagger,
    source: Path,
    output: Path,
    *,
    column: str,
    layout: Layout = LAYOUT,
    format: Format = "json",
) -> None:
    """Add the column ``entities``; progress, and what was renamed, go to standard error."""

    def answer(rows: Iterator[Texts]) -> Iterator[tuple[Any]]:
        # The text is needed beside its entities, and a stream is read ahead of what it gives.
        kept, read = tee(text for (text,) in rows)
        found = tagger.stream(read, batch_size=ROWS_AT_ONCE)
        for text, entities in zip(kept, found, strict=True):
            is_inline = format == "inline"
            yield (mark(text, entities) if is_inline else [fields_of(each) for each in entities],)

    fill_table(
        Extension(("entities",), answer),
        source,
        output,
        columns=(column,),
        layout=layout,
        done="tagged",
    )


def _json(entities: Sequence[TaggedEntity], *, indent: int | None = None) -> str:
    return json.dumps([fields_of(each) for each in entities], ensure_ascii=False, indent=indent)
