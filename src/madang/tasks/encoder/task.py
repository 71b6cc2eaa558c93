"""A bare encoder, as it was published: its graph."""

from madang.runtime.signature import TOKEN_TYPES, Signature
from madang.tasks.task import Task

ENCODER = Task(
    name="encoder",
    signature=Signature("an encoder", TOKEN_TYPES, {"sequence_output": "T", "pooled_output": ""}),
)
