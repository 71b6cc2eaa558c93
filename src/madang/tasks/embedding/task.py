"""One vector a text: its options and its words."""

import dataclasses

from madang.tasks.task import UNLIKE, Opening, Task
from madang.tasks.vector import SIGNATURE
from madang.validation import Count, NotNegative, Positive

# What the label of two texts is called that belong together.
ALIKE = ("entailment", "same")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """How vectors are learned.

    ``temperature`` divides the cosines of texts that belong together, ``score_temperature`` those
    of scored pairs; lower is stricter. A scored pair counts ``score_weight`` times as much as
    another. ``num_documents``: the first so many of a data set of documents are learned from.
    """

    temperature: Positive = 0.05
    score_temperature: Positive = 0.05
    score_weight: NotNegative = 1.0
    num_documents: Count = 8000


EMBEDDING = Task(
    name="embedding",
    opening=Opening(
        "A sentence encoder",
        "it gives a text a vector of length 1, near those of texts that mean the same. It reads a "
        "long text in windows of {max_length} tokens.",
        'madang similar --model {name} "…" "…"',
        (
            UNLIKE,
            "A cosine is high between texts about the same matter too, also where one denies what "
            "the other says. Which cosine is near enough has to be found out on one's own texts.",
            "A search for words that stand in a text is better done by letters.",
        ),
    ),
    signature=SIGNATURE,
    options=Options,
    baseline="TF-IDF",
)
