"""``madang compare``: what holds between two texts, or the two texts of each row of a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from madang.commands.output import fill_table, print_json
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import LAYOUT
from madang.errors import SettingError
from madang.serving.table import ROWS_AT_ONCE, Extension, Texts
from madang.tasks.pair.predictor import Comparer
from madang.text.unicode import replace_surrogates

DECIMALS = 6


def compare(
    text: str | None = None,
    other: str | None = None,
    *,
    model: str,
    input: Path | None = None,
    first: str = "first",
    second: str = "second",
    layout: Layout = LAYOUT,
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Say what holds between two texts: a label with its probability, or how alike they are.

    A model for pairs reads both texts together; `madang similar` compares the vectors of each.

    Args:
        text: the first text, such as a premise; the answer is printed as JSON.
        other: the second text, such as a hypothesis.
        model: an exported model for pairs.
        input: a table to read: CSV in any notation, JSON lines or Parquet.
        first: the column of `input` that holds the first text.
        second: the column of `input` that holds the second text.
        encoding: of a file that is not UTF-8 and bears no mark, such as cp949.
        separator: of a file, the sign between cells; it is found in most files.
        header: the names of the columns of a file whose first line is a row already.
        quotes: whether quotes around a cell are part of the notation (yes) or of the text (no).
        output: where to write the rows of `input` with the columns label and probability, or the
            column score, added.
        threads: how many pairs to read at once.
    """
    num_texts = (text is not None) + (other is not None)
    num_files = (input is not None) + (output is not None)
    if {num_texts, num_files} != {0, 2}:
        raise SettingError(
            'Give either two texts, or a file and --output: `madang compare "…" "…" --model '
            "FOLDER`, or `madang compare --input pairs.csv --output out.csv --model FOLDER`"
        )
    comparer = Comparer.load(model, num_threads=threads)
    if text is not None and other is not None:
        print_json(describe(comparer, text, other, model=model))
    elif input is not None and output is not None:
        fill_table(
            answer_columns(comparer),
            input,
            output,
            columns=(first, second),
            layout=layout,
            done="compared",
        )


def describe(comparer: Comparer, text: str, other: str, *, model: str) -> dict[str, Any]:
    """Return the answer to two texts as what ``madang compare`` prints."""
    (found,) = comparer.compare([(replace_surrogates(text), replace_surrogates(other))])
    answer: dict[str, Any]
    if found.score is not None:
        score = round(found.score, DECIMALS)
        answer = {"score": score, "largest_score": comparer.largest_score}
    else:
        assert found.probability is not None
        assert found.probabilities is not None
        answer = {
            "label": found.label,
            "probability": round(found.probability, DECIMALS),
            "probabilities": {
                name: round(each, DECIMALS) for name, each in found.probabilities.items()
            },
        }
    return {**answer, "model": model, "version": comparer.version}


def answer_columns(comparer: Comparer) -> Extension:
    """Return the columns ``label`` and ``probability``, or ``score``, filled by a model."""

    def answer(rows: Iterator[Texts]) -> Iterator[tuple[Any, ...]]:
        pairs = ((text, other) for text, other in rows)
        for found in comparer.stream(pairs, batch_size=ROWS_AT_ONCE):
            is_score = comparer.gives_scores
            yield (found.score,) if is_score else (found.label, found.probability)

    return Extension(("score",) if comparer.gives_scores else ("label", "probability"), answer)
