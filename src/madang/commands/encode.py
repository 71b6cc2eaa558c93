"""``madang encode``: what a bare encoder makes of a text, such as KoBERT as it was published."""

from pathlib import Path

from madang.commands.embed import check_npy, rounded, write_vectors
from madang.commands.output import check_source, print_json, say
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import LAYOUT
from madang.serving import Encoder
from madang.serving.table import read_texts
from madang.text.unicode import replace_surrogates


def encode(
    text: str | None = None,
    *,
    model: str,
    input: Path | None = None,
    column: str = "text",
    layout: Layout = LAYOUT,
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Give a text and each of its tokens a vector, or each row of a CSV file its pooled vector.

    Args:
        text: the text to read; its vectors are printed as JSON.
        model: an exported encoder: the folder that `madang export` wrote of an adopted BERT.
        input: a table to read: CSV in any notation, JSON lines or Parquet.
        column: the column of `input` that holds the text.
        encoding: of a file that is not UTF-8 and bears no mark, such as cp949.
        separator: of a file, the sign between cells; it is found in most files.
        header: the names of the columns of a file whose first line is a row already.
        quotes: whether quotes around a cell are part of the notation (yes) or of the text (no).
        output: the .npy file to write, a row of 32-bit numbers for each row of `input`, in order.
        threads: how many texts to read at once.
    """
    usage = (
        '`madang encode "…" --model FOLDER`, or '
        "`madang encode --input posts.csv --output vectors.npy --model FOLDER`"
    )
    check_source(text, input, output, usage=usage)
    check_npy(output)
    encoder = Encoder.load(model, num_threads=threads)
    if text is not None:
        (encoded,) = encoder.encode([replace_surrogates(text)])
        answer = {
            "pooled_output": rounded(encoded.pooled_output),
            "sequence_output": rounded(encoded.sequence_output),
            "offsets": encoded.offsets,
            "is_truncated": encoded.is_truncated,
        }
        print_json({**answer, "model": model, "version": encoder.version}, indent=None)
    elif input is not None and output is not None:
        texts = read_texts(input, columns=(column,), layout=layout)
        vectors, num_truncated = [], 0
        for encoded in encoder.stream(text for (text,) in texts):
            vectors.append(encoded.pooled_output)
            num_truncated += encoded.is_truncated
        (nothing,) = encoder.encode([""])
        write_vectors(output, vectors, width=len(nothing.pooled_output))
        say(f"{len(vectors):,} rows encoded: {output}")
        if num_truncated:
            say(f"Too long, so that only their beginning was read: {num_truncated:,} texts.")
