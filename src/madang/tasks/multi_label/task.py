"""Any number of labels a text: its options and its words."""

import dataclasses

from madang.tasks.classifier import SIGNATURE, opening
from madang.tasks.task import Task
from madang.validation import Name


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Which ``labels`` there are, in this order; those that the data names by default.

    Of an own file they may be columns that hold 1 or 0.
    """

    labels: tuple[Name, ...] = ()


MULTI_LABEL = Task(
    name="multi_label",
    opening=opening("any number"),
    signature=SIGNATURE,
    options=Options,
    baseline="TF-IDF",
)
