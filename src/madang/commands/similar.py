"""``madang similar``: how near two texts are, or what is nearest to a text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from madang.commands.embed import DEFAULT_MODEL, count_read, rounded
from madang.commands.output import Tally, print_json
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import LAYOUT
from madang.errors import SettingError
from madang.serving import Embedder, Index
from madang.serving.table import read_texts
from madang.tasks.vector import TextVector
from madang.text.unicode import replace_surrogates


def similar(
    text: str,
    other: str | None = None,
    *,
    model: str = DEFAULT_MODEL,
    input: Path | None = None,
    column: str = "text",
    layout: Layout = LAYOUT,
    top: int = 10,
    threads: int = 1,
) -> None:
    """Print how near two texts are, or the rows of a CSV file that are nearest to a text.

    Args:
        text: the text to compare, or to search with.
        other: the text to compare it with.
        model: the name of a shipped model, or an exported folder.
        input: a table to search, instead of a second text.
        column: the column of `input` that holds the text.
        encoding: of a file that is not UTF-8 and bears no mark, such as cp949.
        separator: of a file, the sign between cells; it is found in most files.
        header: the names of the columns of a file whose first line is a row already.
        quotes: whether quotes around a cell are part of the notation (yes) or of the text (no).
        top: how many rows to print.
        threads: how many texts to embed at once.
    """
    if (other is None) == (input is None):
        raise SettingError(
            'Give either two texts or a text and a file: `madang similar "…" "…"`, or '
            '`madang similar "…" --input posts.csv --column text`'
        )
    if top < 1:
        raise SettingError(f"top is {top}; it must be 1 or more.")
    embedder = Embedder.load(model, num_threads=threads)
    origin = {"model": model, "version": embedder.version}
    asked, *others = embedder.read([replace_surrogates(each) for each in (text, other or "")])
    if input is None:
        print_json({**_compare(asked, *others), **origin}, indent=None)
    else:
        texts = [text for (text,) in read_texts(input, columns=(column,), layout=layout)]
        nearest = _search(embedder, asked, texts, top=top)
        state = {"is_judged": asked.vector is not None, "is_truncated": asked.is_truncated}
        print_json({"nearest": nearest, **state, **origin})


def _compare(first: TextVector, second: TextVector) -> dict[str, Any]:
    """Return how near two texts are: no cosine where there is nothing to compare."""
    cosine = None
    if first.vector is not None and second.vector is not None:
        cosine = rounded(first.vector @ second.vector)
    return {
        "cosine": cosine,
        "is_judged": cosine is not None,
        "is_truncated": first.is_truncated or second.is_truncated,
    }


def _search(
    embedder: Embedder, asked: TextVector, texts: Sequence[str], *, top: int
) -> list[dict[str, Any]]:
    """Return the rows nearest to what was asked: none in which there is nothing to compare."""
    tally = Tally("they are near to nothing, and left out")
    read = list(count_read(embedder.read(texts), tally))
    tally.say()
    kept = [row for row, each in enumerate(read) if each.vector is not None]
    if asked.vector is None or not kept:
        return []
    index = Index(np.stack([embedder.or_zeros(read[row]) for row in kept]))
    rows, cosines = index.search(asked.vector, top=top)
    return [
        {"row": kept[row] + 1, "cosine": rounded(cosine), "text": texts[kept[row]]}
        for row, cosine in zip(rows.tolist(), cosines, strict=True)
    ]
