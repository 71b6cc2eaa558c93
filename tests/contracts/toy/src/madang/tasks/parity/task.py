"""Whether a text has an odd number of sentences: its graph and its words."""

from madang.runtime.signature import TOKENS, Signature
from madang.tasks.task import NoOptions, Opening, Task

LABELS = ("even", "odd")

PARITY = Task(
    name="parity",
    opening=Opening(
        "A toy",
        "it says whether a text has an odd number of sentences. It reads {max_length} tokens.",
        'madang count "…" --model {name}',
        ("It counts worse than a rule does.",),
    ),
    signature=Signature("a toy", TOKENS, {"logits": ""}),
    options=NoOptions,
    baseline="always odd",
)
