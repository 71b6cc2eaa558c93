"""Where text to learn from comes from: data sets by name, files by path, each with its share.

Rows of any kind give their text and never their label. A share is chosen by the hash of the text,
so that the same documents are taken on every machine and in every order.
"""

import dataclasses
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

from madang.datasets import registry
from madang.datasets.card import Interaction, Question, Row, TextPair
from madang.datasets.split import is_taken
from madang.errors import DataError, SettingError

LOGGER = logging.getLogger("madang.corpus")
TEXT_SUFFIX = ".txt"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """One source: a data set's ``name`` or a text file's path, and how much of it is taken.

    ``split`` is never one that anything is measured on. ``share`` of the documents is taken, from
    above 0 to 1. In a file a document is a paragraph: empty lines part them.
    """

    name: str
    split: str = "train"
    share: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise SettingError(f"share of {self.name} is {self.share}; give above 0 and up to 1.")
        if self.split not in ("train", "unlabelled"):
            raise SettingError(
                f"split of {self.name} is {self.split!r}; only train and unlabelled may be learned "
                f"from, the others are for measuring."
            )


def read_documents(source: Source) -> Iterator[str]:
    """Yield the texts of a source, one after the other, never all in memory."""
    LOGGER.info("Reading %s (%s)", source.name, source.split)
    if source.name.endswith(TEXT_SUFFIX):
        texts = _read_paragraphs(Path(source.name))
    else:
        rows = registry.stream(source.name, source.split)
        texts = (text for row in rows for text in texts_of(row))
    return (text for text in texts if is_taken(text, source.share))


def texts_of(row: Row) -> tuple[str, ...]:
    """Return the texts of a row, whatever its kind.

    Raises ``DataError`` for an interaction, which has none.
    """
    if isinstance(row, Interaction):
        raise DataError("Interactions have no text to learn from. Choose a source of texts.")
    if isinstance(row, TextPair):
        return row.first, row.second
    if isinstance(row, Question):
        return row.context, row.question
    return (row.text,)


def _read_paragraphs(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            for is_text, lines in itertools.groupby(file, key=lambda line: bool(line.strip())):
                if is_text:
                    yield "".join(lines)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} can not be read ({error}). Give a text file in UTF-8.") from error
