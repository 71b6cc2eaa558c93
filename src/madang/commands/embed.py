"""``madang embed``: what a text means, as a vector."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from madang import storage
from madang.commands.output import check_source, print_json, say
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import LAYOUT
from madang.errors import SettingError
from madang.runtime.runner import Array
from madang.serving import Embedder
from madang.serving.table import read_texts, written
from madang.text.unicode import replace_surrogates

DEFAULT_MODEL = "sentence"


def embed(
    text: str | None = None,
    *,
    model: str = DEFAULT_MODEL,
    input: Path | None = None,
    column: str = "text",
    layout: Layout = LAYOUT,
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Give a text, or each row of a CSV file, a vector of length 1.

    Args:
        text: the text to embed; its vector is printed as JSON.
        model: the name of a shipped model, or an exported folder.
        input: a table to read: CSV in any notation, JSON lines or Parquet.
        column: the column of `input` that holds the text.
        encoding: of a file that is not UTF-8 and bears no mark, such as cp949.
        separator: of a file, the sign between cells; it is found in most files.
        header: the names of the columns of a file whose first line is a row already.
        quotes: whether quotes around a cell are part of the notation (yes) or of the text (no).
        output: the .npy file to write, a row of 32-bit numbers for each row of `input`, in order.
        threads: how many texts to embed at once.
    """
    usage = '`madang embed "…"`, or `madang embed --input posts.csv --output vectors.npy`'
    check_source(text, input, output, usage=usage)
    check_npy(output)
    embedder = Embedder.load(model, num_threads=threads)
    if text is not None:
        (vector_D,) = embedder.embed([replace_surrogates(text)])
        answer = {"vector": rounded(vector_D), "model": model, "version": embedder.version}
        print_json(answer, indent=None)
    elif input is not None and output is not None:
        texts = read_texts(input, columns=(column,), layout=layout)
        vectors = list(embedder.stream(text for (text,) in texts))
        write_vectors(output, vectors, width=embedder.width)
        say(f"{len(vectors):,} rows embedded: {output}")


def check_npy(output: Path | None) -> None:
    """Raise ``SettingError`` for an output that does not end as numpy's files do."""
    if output is not None and output.suffix != ".npy":
        raise SettingError(f"output is {output}; it must end in .npy, the format of numpy.")


def write_vectors(output: Path, vectors: Sequence[Array], *, width: int) -> None:
    """Write vectors (D) as one array (N, D), whole or not at all; (0, ``width``) where none is."""
    vectors_ND = np.stack(vectors) if vectors else np.zeros((0, width), np.float32)
    with (
        written(f"{output} can not be written"),
        storage.replacing(output) as temporary,
        temporary.open("wb") as file,
    ):
        np.save(file, vectors_ND)


def rounded(values: Array) -> float | list[float]:
    """Return numbers as they are printed."""
    found: float | list[float] = np.round(values.astype(np.float64), 6).tolist()
    return found
