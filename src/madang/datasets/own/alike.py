"""Own files that say what is alike: their columns tell which of several forms their rows have."""

from pathlib import Path
from typing import Any

from madang.datasets.own.columns import Columns
from madang.datasets.own.document import DOCUMENT
from madang.datasets.own.form import Form
from madang.datasets.own.pair import LABELLED_PAIR, PAIR_TOGETHER, SCORED_PAIR
from madang.datasets.own.question import QUESTION
from madang.datasets.table.reader import open_table
from madang.errors import DataError

# The column in which questions with their paragraphs lie as SQuAD and KorQuAD publish them.
SQUAD = "data"


def form_of(path: Path, columns: Columns) -> Form[Any]:
    """Return what the rows of a file are; ``DataError`` where they say nothing of what is alike.

    The first that fits: pairs with a score, with a label, pairs that belong together, questions
    with their context, texts.
    """
    with open_table(path, columns, wanted=[columns.first, columns.second]) as table:
        present = set(table.columns)
    pair = {columns.first, columns.second}
    forms = (
        ({*pair, columns.score}, SCORED_PAIR),
        ({*pair, columns.label}, LABELLED_PAIR),
        (pair, PAIR_TOGETHER),
        ({columns.question, columns.context}, QUESTION),
        ({SQUAD}, QUESTION),
        ({columns.text}, DOCUMENT),
    )
    for needed, form in forms:
        if needed <= present:
            return form
    raise DataError(
        f"{path} says nothing of what is alike: its columns are {', '.join(table.columns)}. Give "
        f"{columns.first!r} and {columns.second!r}, with {columns.score!r} or {columns.label!r} if "
        f"there is one, or {columns.question!r} and {columns.context!r}; other names of columns "
        f'are said in [table] of a recipe (first = "NAME") or by an option (--first NAME).'
    )
