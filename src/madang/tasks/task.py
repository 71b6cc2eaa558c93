"""What is said of a task before anything is loaded: its name, its options, its words."""

import dataclasses
from typing import Any

from madang.runtime.signature import Signature

WORDS_ALONE = (
    "The answer is an estimate from words alone: it knows no pictures, no links, no author."
)
UNLIKE = "Text unlike the training data (another platform, topic or language) is judged less well."


@dataclasses.dataclass(frozen=True)
class Opening:
    """What the card of a model says first: what it is, what it does, how it is called, its limits.

    ``does`` may name ``{task}``, ``{labels}`` and ``{max_length}``, ``command`` the ``{name}`` of
    the folder.
    """

    what: str
    does: str
    command: str
    limits: tuple[str, ...] = (WORDS_ALONE, UNLIKE)


MADE_FOR = Opening("A model", "it is made for the task {task!r}.", "madang evaluate --model {name}")


@dataclasses.dataclass(frozen=True)
class NoOptions:
    """The options of a task that has none."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """One kind of answer.

    ``name``: in recipes and manifests. ``signature``: of its graph; ``None`` where nothing serves
    it. ``options``: the dataclass of the table that bears its name in a recipe; ``None`` where no
    encoder is fine-tuned for it. ``baseline``: the name of what a model has to beat; ``None`` where
    none is measured. ``file_split``: the part of an own file by which it is measured; "" where that
    depends on whether the model was trained on the file.
    """

    name: str
    opening: Opening = MADE_FOR
    signature: Signature | None = None
    options: type[Any] | None = None
    baseline: str | None = None
    file_split: str = ""
