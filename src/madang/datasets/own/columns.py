"""Which columns of an own file hold what, and how the file is written."""

import dataclasses

from madang.datasets.table.layout import Layout


@dataclasses.dataclass(frozen=True, kw_only=True)
class Columns(Layout):
    """The names of the columns of an own file, and its layout.

    Of these each kind of rows reads its own: ``text`` and ``label`` (or ``labels``, several in one
    cell), the ``first`` and ``second`` of a pair with ``label`` or ``score``, the ``token`` and
    ``tag`` of a file with a token a line, the ``question``, ``context``, ``answer`` and ``start``
    of a question. ``group`` says where a text was found, and may be absent.
    """

    text: str = "text"
    label: str = "label"
    labels: str = "labels"
    first: str = "first"
    second: str = "second"
    score: str = "score"
    token: str = "token"
    tag: str = "tag"
    question: str = "question"
    context: str = "context"
    answer: str = "answer"
    start: str = "start"
    group: str = "group"


COLUMNS = Columns()
