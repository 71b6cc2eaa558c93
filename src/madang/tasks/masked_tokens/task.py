"""Hidden tokens, guessed from both sides: what an encoder learns before it has a task."""

from madang.tasks.task import Task

MASKED_TOKENS = Task(name="masked_tokens")
