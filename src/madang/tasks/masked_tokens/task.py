"""Hidden tokens, guessed from both sides: what an encoder learns before it has a task."""

from madang.tasks.task import Opening, Task

MASKED_TOKENS = Task(
    name="masked_tokens",
    opening=Opening(
        "An encoder before its task",
        "it guesses hidden tokens. A recipe takes it as its encoder.",
        "madang train recipes/nsmc.toml --encoder.folder {name}",
        ("It answers nothing by itself.",),
    ),
)
