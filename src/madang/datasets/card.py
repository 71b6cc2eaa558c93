"""What is known of a data set before it is opened: its card, its files, its rows."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    import polars as pl

    from madang.datasets.folder import DataFolder

# By its name: what reads no table shall not need polars.
Frame: TypeAlias = "pl.DataFrame"

# How the licence of a data set begins whose authors state none.
NO_LICENCE = "none stated"


@dataclasses.dataclass(frozen=True, slots=True)
class LabelledText:
    """A text, the index of its label in the card's ``labels``, and where it was found, if known."""

    text: str
    label: int
    group: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class MultiLabelText:
    """A text and the indices, in order, of those of the card's ``labels`` that it has, if any.

    Of those in ``unknown`` nothing is known. Of those in ``any_of`` it has at least one, and which
    is not known. ``group`` says where it was found, if known.
    """

    text: str
    labels: tuple[int, ...]
    unknown: tuple[int, ...] = ()
    any_of: tuple[int, ...] = ()
    group: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TextPair:
    """Two texts and what holds between them: the index of a label, or a score."""

    first: str
    second: str
    label: float


@dataclasses.dataclass(frozen=True, slots=True)
class Entity:
    """A named thing in a text: its characters, ``start`` to before ``end``, and its type."""

    start: int
    end: int
    type: str


@dataclasses.dataclass(frozen=True, slots=True)
class TaggedText:
    """A text and the entities in it, in order, none within another."""

    text: str
    entities: tuple[Entity, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """A question whose ``answer`` stands in ``context`` from the character ``start`` on.

    ``group`` names the article of the context. ``other_answers`` are as right: a model is measured
    by the answer that is nearest to its own.
    """

    context: str
    question: str
    start: int
    answer: str
    group: str | None = None
    other_answers: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A text without a label, to learn a language from; ``group`` as in ``LabelledText``."""

    text: str
    group: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Interaction:
    """One interaction of a person with an item; ``time`` in seconds since 1970, or None."""

    user: str
    item: str
    time: int | None = None


Row = LabelledText | MultiLabelText | TextPair | TaggedText | Question | Document | Interaction


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """What is known of an item that people interact with, besides who did."""

    title: str = ""
    attributes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataFile:
    """One published file: its path within the data set's folder and its unpacked SHA-256.

    ``address`` is None for a file that is not public in this form.
    """

    path: str
    sha256: str
    address: str | None = None


def data_files(hashes: Mapping[str, str], *, source: str | None = None) -> tuple[DataFile, ...]:
    """Return files by their paths and SHA-256.

    They are published below the address ``source`` under the same paths; without one they are not
    public in this form.
    """
    return tuple(
        DataFile(path=path, sha256=sha256, address=source and f"{source}/{quote(path)}")
        for path, sha256 in hashes.items()
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetCard:
    """A data set: ``splits`` are names and what each holds.

    ``read`` yields the rows of one split, or ``table`` gives all of its interactions at once, as
    ``interaction_table.py`` describes them: a card has one of the two.

    ``labels`` are the names behind the rows' labels, empty where rows have none or a score.
    ``measured_on`` are the splits on which models are measured and published.
    ``folder`` is its folder below ``MADANG_DATA``, by default its name.
    ``items`` gives what is known of each item, None where nothing is.
    """

    name: str
    title: str
    licence: str
    splits: Mapping[str, str]
    files: tuple[DataFile, ...]
    address: str = ""
    repository: str = ""
    labels: tuple[str, ...] = ()
    read: Callable[["DataFolder", str], Iterator[Row]] | None = None
    measured_on: tuple[str, ...] = ("test",)
    folder: str = ""
    table: Callable[["DataFolder", str], Frame] | None = None
    items: Callable[["DataFolder"], Mapping[str, Item]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", self.folder or self.name)

    @property
    def has_licence(self) -> bool:
        """Whether its authors state a licence."""
        return not self.licence.startswith(NO_LICENCE)

    def file(self, path: str) -> DataFile:
        """Return the file of that path."""
        return next(file for file in self.files if file.path == path)
