"""Which columns of an own file hold what, and how the file is written; what is said over it."""

import dataclasses
from collections.abc import Collection
from typing import Literal

from madang.datasets.table.layout import Layout

# What Hugging Face, spaCy and doccano call the columns.
USUAL = {
    "token": ("tokens",),
    "tag": ("ner_tags", "tags"),
    "entities": ("spans", "label"),
    "answer": ("answers",),
    "start": ("answer_start",),
}
EntityNotation = Literal["auto", "tokens", "characters", "inline", "spans"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Columns(Layout):
    """The names of the columns of an own file, and its layout.

    Of these each kind of rows reads its own: ``text`` and ``label`` (or ``labels``, several in one
    cell), the ``first`` and ``second`` of a pair with ``label`` or ``score``, the ``token`` and
    ``tag`` of a file with a token a line and the ``sentence`` that it is in, the ``entities`` of a
    text, the ``question``, ``context``, ``answer`` and ``start`` of a question. ``group`` says
    where a text was found, and may be absent.

    ``notation`` says how entities are written (``tagged.py``); it is found, where the file can be
    read in one way alone.
    """

    text: str = "text"
    label: str = "label"
    labels: str = "labels"
    first: str = "first"
    second: str = "second"
    score: str = "score"
    token: str = "token"
    tag: str = "tag"
    sentence: str = "sentence"
    entities: str = "entities"
    notation: EntityNotation = "auto"
    question: str = "question"
    context: str = "context"
    answer: str = "answer"
    start: str = "start"
    group: str = "group"

    def named(self, role: str, present: Collection[str]) -> str:
        """Return the column of a role: one that is not named may bear the name that is usual."""
        name: str = getattr(self, role)
        if name not in present and name == getattr(COLUMNS, role):
            return next((usual for usual in USUAL.get(role, ()) if usual in present), name)
        return name


COLUMNS = Columns()


def say_which(role: str) -> str:
    """Return how a person says which column has a role."""
    return (
        f'Say which holds the {role}: --{role} NAME (in a recipe, below [table]: {role} = "NAME").'
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Said:
    """The fields of ``Columns``; what is left out stays as it is known."""

    encoding: str = ""
    separator: str = ""
    header: tuple[str, ...] = ()
    quotes: str = ""
    text: str = ""
    label: str = ""
    labels: str = ""
    first: str = ""
    second: str = ""
    score: str = ""
    token: str = ""
    tag: str = ""
    sentence: str = ""
    entities: str = ""
    notation: str = ""
    question: str = ""
    context: str = ""
    answer: str = ""
    start: str = ""
    group: str = ""

    def over(self, columns: Columns) -> Columns:
        """Return ``columns`` with what is said in place of what was.

        >>> Said(text="document").over(Columns(label="stars")).text
        'document'
        """
        said = {name: value for name, value in vars(self).items() if value}
        return dataclasses.replace(columns, **said)


NOTHING_SAID = Said()
