"""Any number of labels a text: its words."""

from madang.tasks.classifier import SIGNATURE, opening
from madang.tasks.task import NoOptions, Task

MULTI_LABEL = Task(
    name="multi_label",
    opening=opening("any number"),
    signature=SIGNATURE,
    options=NoOptions,
    baseline="TF-IDF",
)
