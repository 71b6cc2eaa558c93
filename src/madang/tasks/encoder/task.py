"""A bare encoder, as it was published: its graph."""

from madang.runtime.signature import TOKEN_TYPES, Signature
from madang.tasks.task import Opening, Task

ENCODER = Task(
    name="encoder",
    opening=Opening(
        "An encoder",
        "it gives each token of a text a vector, and one to the whole text. It reads the first "
        "{max_length} tokens of a long one.",
        'madang encode --model {name} "…"',
        ("Its vectors are made to be learned from, not to be compared as they are.",),
    ),
    signature=Signature("an encoder", TOKEN_TYPES, {"sequence_output": "T", "pooled_output": ""}),
)
