"""``madang embed``: what a text means, as a vector."""

import json
from pathlib import Path

import numpy as np

from madang import storage
from madang.commands.output import say
from madang.errors import DataError, SettingError
from madang.runtime.runner import Array
from madang.serving import Embedder
from madang.serving.table import read_texts
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
        answer = {"vector": rounded(vector_D), "model": model, "version": embedder.version}
        print(json.dumps(answer, ensure_ascii=False))
    elif input is not None and output is not None:
        vectors_ND = _embed_table(embedder, input, column)
        _write(output, vectors_ND)
        say(f"{len(vectors_ND):,} rows embedded: {output}")


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


def rounded(values: Array) -> float | list[float]:
    """Return numbers as they are printed."""
    found: float | list[float] = np.round(values.astype(np.float64), DECIMALS).tolist()
    return found
