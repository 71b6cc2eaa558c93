"""``madang classify``: judge one text, or every row of a CSV file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from madang.commands.output import check_source, fields_of, fill_table, print_json
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import LAYOUT
from madang.serving import Classifier
from madang.serving.table import ROWS_AT_ONCE, Extension, Texts
from madang.text.unicode import replace_surrogates


def classify(
    text: str | None = None,
    *,
    model: str = "ads",
    input: Path | None = None,
    column: str = "text",
    layout: Layout = LAYOUT,
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Give a text, or each row of a CSV file, its label and the probability of that label.

    Args:
        text: the text to judge; the answer is printed as JSON.
        model: the name of a shipped model, or an exported folder.
        input: a table to read: CSV in any notation, JSON lines or Parquet.
        column: the column of ``input`` that holds the text.
        encoding: of a file that is not UTF-8 and bears no mark, such as cp949.
        separator: of a file, the sign between cells; it is found in most files.
        header: the names of the columns of a file whose first line is a row already.
        quotes: whether quotes around a cell are part of the notation (yes) or of the text (no).
        output: where to write the rows of ``input`` with the columns label and probability added.
        threads: how many texts to judge at once.
    """
    usage = '`madang classify "…"`, or `madang classify --input posts.csv --output out.csv`'
    check_source(text, input, output, usage=usage)
    classifier = Classifier.load(model, num_threads=threads)
    if text is not None:
        print_json(describe(classifier, text, model=model))
    elif input is not None and output is not None:
        fill_table(
            label_columns(classifier),
            input,
            output,
            columns=(column,),
            layout=layout,
            done="labelled",
        )


def describe(classifier: Classifier, text: str, *, model: str) -> dict[str, Any]:
    """Return the answer to a text as what ``madang classify`` prints."""
    text = replace_surrogates(text)
    (answer,) = classifier.classify([text])
    several = {name: round(answer.probabilities[name], 6) for name in answer.labels}
    return {
        "label": answer.label,
        "probability": round(answer.probability, 6),
        **({"labels": several} if classifier.is_multi_label else {}),
        "reasons": [fields_of(reason, digits=4) for reason in answer.reasons],
        "is_truncated": answer.is_truncated,
        "model": model,
        "version": classifier.version,
    }


def label_columns(classifier: Classifier) -> Extension:
    """Return the columns ``label`` and ``probability``, filled by a classifier."""

    def answer(rows: Iterator[Texts]) -> Iterator[tuple[str, float]]:
        for answer in classifier.stream((text for (text,) in rows), batch_size=ROWS_AT_ONCE):
            yield answer.label, answer.probability

    return Extension(("label", "probability"), answer)
