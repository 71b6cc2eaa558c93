"""``madang classify``: judge one text, or every row of a CSV file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from madang.commands.output import fill_table
from madang.errors import SettingError
from madang.serving import Classifier
from madang.serving.table import ROWS_AT_ONCE, Extension
from madang.text.unicode import replace_surrogates

DEFAULT_MODEL = "ads"
ADDED = ("label", "probability")


def classify(
    text: str | None = None,
    *,
    model: str = DEFAULT_MODEL,
    input: Path | None = None,
    column: str = "text",
    output: Path | None = None,
    threads: int = 1,
) -> None:
    """Give a text, or each row of a CSV file, its label and the probability of that label.

    Args:
        text: the text to judge; the answer is printed as JSON.
        model: the name of a shipped model, or an exported folder.
        input: a CSV file in UTF-8 whose first row names its columns.
        column: the column of ``input`` that holds the text.
        output: where to write the rows of ``input`` with the columns label and probability added.
        threads: how many texts to judge at once.
    """
    if (text is None) == (input is None):
        given = "neither" if text is None else "both"
        raise SettingError(
            f'Give either a text or --input FILE ({given} given): madang classify "…", or '
            f"madang classify --input posts.csv --column text --output out.csv"
        )
    if (input is None) != (output is None):
        raise SettingError("--input and --output belong together: give both, or a text alone.")
    classifier = Classifier.load(model, num_threads=threads)
    if text is not None:
        print(json.dumps(describe(classifier, text, model=model), ensure_ascii=False, indent=2))
    elif input is not None and output is not None:
        fill_table(label_columns(classifier), input, output, column=column, done="labelled")


def describe(classifier: Classifier, text: str, *, model: str) -> dict[str, Any]:
    """Return the answer to a text as what ``madang classify`` prints."""
    text = replace_surrogates(text)
    (answer,) = classifier.classify([text])
    reasons = [
        {
            "start": reason.start,
            "end": reason.end,
            "text": reason.text,
            "weight": round(reason.weight, 4),
        }
        for reason in answer.reasons
    ]
    several = {name: round(answer.probabilities[name], 6) for name in answer.labels}
    return {
        "label": answer.label,
        "probability": round(answer.probability, 6),
        **({"labels": several} if classifier.is_multi_label else {}),
        "reasons": reasons,
        "is_truncated": answer.is_truncated,
        "model": model,
        "version": classifier.version,
    }


def label_columns(classifier: Classifier) -> Extension:
    """Return the columns ``label`` and ``probability``, filled by a classifier."""

    def answer(texts: Iterator[str]) -> Iterator[tuple[str, str]]:
        for answer in classifier.stream(texts, batch_size=ROWS_AT_ONCE):
            yield answer.label, f"{answer.probability:.6f}"

    return Extension(ADDED, answer)
