"""``madang embed`` and ``madang similar``: what texts mean as vectors, and how near they are."""

import json
import sys
from pathlib import Path

import numpy as np

from madang import storage
from madang.commands.table import read_texts
from madang.errors import DataError, SettingError
from madang.runtime.runner import Array
from madang.serving import Embedder, Index
from madang.text.unicode import replace_surrogates

DEFAULT_MODEL = "sentence"
SUFFIX = ".npy"
DECIMALS = 6


def embed(
    text: str | None = None,
    *,
    model: str = DEFAULT_MODEL,
    input: Path | None = None,
    column: str = "text",
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Give a text, or each row of a CSV file, a vector of length 1.

    Args:
        text: the text to embed; its vector is printed as JSON.
        model: the name of a shipped model, or an exported folder.
        input: a CSV file in UTF-8 whose first row names its columns.
        column: the column of `input` that holds the text.
        output: the .npy file to write, a row of 32-bit numbers for each row of `input`, in order.
        threads: how many texts to embed at once.
    """
    if (text is None) == (input is None) or (input is None) != (output is None):
        raise SettingError(
            'Give either a text or a file: madang embed "…", or madang embed --input posts.csv '
            "--column text --output vectors.npy"
        )
    if output is not None and output.suffix != SUFFIX:
        raise SettingError(f"output is {output}; it must end in {SUFFIX}, the format of numpy.")
    embedder = Embedder.load(model, num_threads=threads)
    if text is not None:
        (vector_D,) = embedder.embed([replace_surrogates(text)])
        answer = {"vector": _rounded(vector_D), "model": model, "version": embedder.version}
        print(json.dumps(answer, ensure_ascii=False))
    elif input is not None and output is not None:
        vectors_ND = _embed_table(embedder, input, column)
        _write(output, vectors_ND)
        print(f"{len(vectors_ND):,} rows embedded: {output}", file=sys.stderr)


def similar(
    text: str,
    other: str | None = None,
    *,
    model: str = DEFAULT_MODEL,
    input: Path | None = None,
    column: str = "text",
    top: int = 10,
    threads: int = 1,
) -> None:
    """Print how near two texts are, or the rows of a CSV file that are nearest to a text.

    Args:
        text: the text to compare, or to search with.
        other: the text to compare it with.
        model: the name of a shipped model, or an exported folder.
        input: a CSV file in UTF-8 to search, instead of a second text.
        column: the column of `input` that holds the text.
        top: how many rows to print.
        threads: how many texts to embed at once.
    """
    if (other is None) == (input is None):
        raise SettingError(
            'Give either two texts or a text and a file: madang similar "…" "…", or '
            'madang similar "…" --input posts.csv --column text'
        )
    if top < 1:
        raise SettingError(f"top is {top}; it must be 1 or more.")
    embedder = Embedder.load(model, num_threads=threads)
    origin = {"model": model, "version": embedder.version}
    if input is None:
        assert other is not None
        first_D, second_D = embedder.embed([replace_surrogates(text), replace_surrogates(other)])
        print(json.dumps({"cosine": _rounded(first_D @ second_D), **origin}, ensure_ascii=False))
        return
    texts = list(read_texts(input, column=column))
    rows, cosines = Index(embedder.embed(texts)).search(
        embedder.embed([replace_surrogates(text)])[0], top=top
    )
    nearest = [
        {"row": row + 1, "cosine": _rounded(cosine), "text": texts[row]}
        for row, cosine in zip(rows.tolist(), cosines, strict=True)
    ]
    print(json.dumps({"nearest": nearest, **origin}, ensure_ascii=False, indent=2))


def _embed_table(embedder: Embedder, source: Path, column: str) -> Array:
    """Return the vectors of a column, (N, D)."""
    vectors = list(embedder.stream(read_texts(source, column=column)))
    return np.stack(vectors) if vectors else np.zeros((0, embedder.width), np.float32)


def _write(output: Path, vectors_ND: Array) -> None:
    try:
        with storage.replacing(output) as temporary, temporary.open("wb") as file:
            np.save(file, vectors_ND)
    except BrokenPipeError:  # whoever reads the output has read enough
        raise
    except OSError as error:
        raise DataError(
            f"{output} can not be written ({error.strerror or error}). What stood there is "
            f"unchanged. Free some space, or give a folder that may be written."
        ) from error


def _rounded(values: Array) -> float | list[float]:
    found: float | list[float] = np.round(values.astype(np.float64), DECIMALS).tolist()
    return found
