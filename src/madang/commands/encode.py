"""``madang encode``: what a bare encoder makes of a text, such as KoBERT as it was published."""

from pathlib import Path

from madang.commands.embed import check_npy, rounded, write_vectors
from madang.commands.output import check_source, print_json, say
from madang.serving import Encoder
from madang.serving.table import read_texts
from madang.text.unicode import replace_surrogates


def encode(
    text: str | None = None,
    *,
    model: str,
    input: Path | None = None,
    column: str = "text",
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Give a text and each of its tokens a vector, or each row of a CSV file its pooled vector.

    Args:
        text: the text to read; its vectors are printed as JSON.
        model: an exported encoder: the folder that `madang export` wrote of an adopted BERT.
        input: a CSV file in UTF-8 whose first row names its columns.
        column: the column of `input` that holds the text.
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
        vectors, num_truncated = [], 0
        for encoded in encoder.stream(read_texts(input, column=column)):
            vectors.append(encoded.pooled_output)
            num_truncated += encoded.is_truncated
        (nothing,) = encoder.encode([""])
        write_vectors(output, vectors, width=len(nothing.pooled_output))
        say(f"{len(vectors):,} rows encoded: {output}")
        if num_truncated:
            say(f"Too long, so that only their beginning was read: {num_truncated:,} texts.")
