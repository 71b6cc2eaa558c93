"""The answer to a question, as a span of a text that holds it: its graph and its words."""

from madang.runtime.signature import TOKEN_TYPES, Input, Signature
from madang.tasks.task import NoOptions, Opening, Task
from madang.text.overlap import NUM_OVERLAPS

ANSWERING = Task(
    name="answering",
    opening=Opening(
        "A reader",
        "it answers a question by a span of a text that holds the answer. It reads a long text in "
        "windows of {max_length} tokens.",
        'madang answer "…" --question "…?" --model {name}',
    ),
    signature=Signature(
        "an answerer",
        {**TOKEN_TYPES, "overlap_ids": Input(below=NUM_OVERLAPS)},
        {"start": "T", "end": "T", "trim": "T"},
    ),
    options=NoOptions,
    baseline="best sentence",
)
