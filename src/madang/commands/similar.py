"""``madang similar``: how near two texts are, or what is nearest to a text."""

from pathlib import Path

from madang.commands.embed import DEFAULT_MODEL, rounded
from madang.commands.output import print_json
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import LAYOUT
from madang.errors import SettingError
from madang.serving import Embedder, Index
from madang.serving.table import read_texts
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
    if input is None:
        assert other is not None
        first_D, second_D = embedder.embed([replace_surrogates(text), replace_surrogates(other)])
        print_json({"cosine": rounded(first_D @ second_D), **origin}, indent=None)
        return
    texts = [text for (text,) in read_texts(input, columns=(column,), layout=layout)]
    rows, cosines = Index(embedder.embed(texts)).search(
        embedder.embed([replace_surrogates(text)])[0], top=top
    )
    nearest = [
        {"row": row + 1, "cosine": rounded(cosine), "text": texts[row]}
        for row, cosine in zip(rows.tolist(), cosines, strict=True)
    ]
    print_json({"nearest": nearest, **origin})
