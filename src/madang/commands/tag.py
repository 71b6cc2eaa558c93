"""``madang tag``: find the named things in one text, or in every row of a CSV file."""

import json
from collections.abc import Iterator, Sequence
from itertools import tee
from pathlib import Path
from typing import Literal

from madang.commands.output import check_source, fields_of, fill_table
from madang.serving import TaggedEntity, Tagger, mark
from madang.serving.table import ROWS_AT_ONCE, Extension
from madang.text.unicode import replace_surrogates

Format = Literal["json", "inline"]


def tag(
    text: str | None = None,
    *,
    model: str = "entities",
    format: Format = "json",
    input: Path | None = None,
    column: str = "text",
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Find the people, places, organisations, dates and quantities in a text or in a CSV file.

    Args:
        text: the text to read.
        model: the name of a shipped model, or an exported folder.
        format: json (start, end, type, text, probability) or inline (<SKTBrain:ORG>에서 …).
        input: a CSV file in UTF-8 whose first row names its columns.
        column: the column of `input` that holds the text.
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
        tag_table(tagger, input, output, column=column, format=format)


def tag_table(
    tagger: Tagger, source: Path, output: Path, *, column: str, format: Format = "json"
) -> None:
    """Add the column ``entities``; progress, and what was renamed, go to standard error."""

    def answer(texts: Iterator[str]) -> Iterator[Sequence[str]]:
        # The text is needed beside its entities, and a stream is read ahead of what it gives.
        kept, read = tee(texts)
        found = tagger.stream(read, batch_size=ROWS_AT_ONCE)
        for text, entities in zip(kept, found, strict=True):
            yield (mark(text, entities) if format == "inline" else _json(entities),)

    fill_table(Extension(("entities",), answer), source, output, column=column, done="tagged")


def _json(entities: Sequence[TaggedEntity], *, indent: int | None = None) -> str:
    return json.dumps([fields_of(each) for each in entities], ensure_ascii=False, indent=indent)
