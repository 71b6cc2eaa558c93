"""``madang classify``: judge one text, or every row of a CSV file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from madang.commands.output import Tally, check_source, fields_of, fill_table, print_json
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
        output: where to write the rows of ``input`` with the columns label, probability and
            is_truncated added.
        threads: how many texts to judge at once.
    """
    usage = '`madang classify "…"`, or `madang classify --input posts.csv --output out.csv`'
    check_source(text, input, output, usage=usage)
    classifier = Classifier.load(model, num_threads=threads)
    if text is not None:
        print_json(describe(classifier, text, model=model))
    elif input is not None and output is not None:
        tally = Tally("their label and probability are empty")
        fill_table(
            label_columns(classifier, tally),
            input,
            output,
            columns=(column,),
            layout=layout,
            done="labelled",
        )
        tally.say()


def describe(classifier: Classifier, text: str, *, model: str) -> dict[str, Any]:
    """Return the answer to a text as what ``madang classify`` prints."""
    text = replace_surrogates(text)
    (answer,) = classifier.classify([text])
    several = {name: round(answer.probabilities[name], 6) for name in answer.labels}
    return {
        "label": answer.label,
        "probability": None if answer.probability is None else round(answer.probability, 6),
        **({"labels": several} if classifier.is_multi_label else {}),
        "reasons": [fields_of(reason, digits=4) for reason in answer.reasons],
        "is_judged": answer.is_judged,
        "is_truncated": answer.is_truncated,
        "model": model,
        "version": classifier.version,
    }


def label_columns(classifier: Classifier, tally: Tally | None = None) -> Extension:
    """Return the columns that a classifier fills; ``tally`` counts rows with less than a label."""
    counted = tally or Tally("")
    is_several = classifier.is_multi_label

    def answer(rows: Iterator[Texts]) -> Iterator[tuple[Any, ...]]:
        for answer in classifier.stream((text for (text,) in rows), batch_size=ROWS_AT_ONCE):
            counted.count(is_judged=answer.is_judged, is_truncated=answer.is_truncated)
            several = (list(answer.labels),) if is_several else ()
            yield (answer.label, answer.probability, *several, answer.is_truncated)

    # Where a text may have several labels, the first column is the most probable one.
    columns = ("label", "probability", *(("labels",) if is_several else ()), "is_truncated")
    return Extension(columns, answer)
