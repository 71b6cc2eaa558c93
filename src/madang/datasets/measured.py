"""Which rows no model may learn from: those that models are measured on, wherever they stand.

Published sets share texts. Over half of the film reviews among KLUE-NLI's premises stand in the
test of NSMC, so a network that learned inference has read the reviews by which its sentiment head
is measured. A recipe names the sets on which its model will be measured, and their rows are left
out of whatever it learns from.

Two texts are the same where their letters and digits are, in any case and Unicode form.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self, TypeVar

from madang.datasets import registry
from madang.text.composition import compose

LOGGER = logging.getLogger("madang.datasets")
RowT = TypeVar("RowT")
# What is read in a row of any kind.
FIRST_NAME, OTHER_NAMES = "first", ("second", "unlike")
NAMES = ("text", "question", "context", FIRST_NAME, *OTHER_NAMES)


class MeasuredRows:
    """The fingerprints of measured rows: whether a row that could be learned is one of them.

    A measured text is the same wherever it stands, alone or in a pair. Of measured pairs the pair
    counts: one of its sentences alone tells nothing of the answer.
    """

    def __init__(self, rows: Iterable[Any] = ()) -> None:
        self._fingerprints = {each for row in rows for each in _measured_fingerprints(row)}

    @classmethod
    def of(cls, names: Sequence[str], *, besides: Sequence[str] = ()) -> Self:
        """Read the measured splits of data sets, but for those that ``besides`` names.

        Raises ``SettingError`` for an unknown data set, ``DataError`` where one can not be read.
        """
        return cls(
            row
            for name in names
            for split in registry.find_card(name).measured_on
            if split not in besides
            for row in registry.stream(name, split)
        )

    def __len__(self) -> int:
        return len(self._fingerprints)

    def __contains__(self, row: object) -> bool:
        return not self._fingerprints.isdisjoint(fingerprints(row))

    def without(self, rows: Sequence[RowT], *, what: str) -> list[RowT]:
        """Return the rows that are not measured; say how many of ``what`` are left out."""
        kept = [row for row in rows if row not in self]
        if len(kept) < len(rows):
            LOGGER.info(
                "%d of %d rows %s are left out: models are measured on them",
                *(len(rows) - len(kept), len(rows), what),
            )
        return kept


def digest(rows: Iterable[object]) -> str:
    """Return the SHA-256 of what rows are learned from, in whatever order and however often.

    A model's record keeps it: whoever reads the same data again can prove what was learned, and
    what was not.
    """
    found = {each for row in rows for each in fingerprints(row)}
    return hashlib.sha256(b"".join(sorted(found))).hexdigest()


def fingerprints(row: object) -> Iterator[bytes]:
    """Yield the fingerprint of each text of a row, and of each pair in it.

    >>> from madang.datasets.card import LabelledText, TextPair
    >>> review, pair = LabelledText("정말, 좋다!", 1), TextPair("정말 좋다", "나쁘다", 2)
    >>> set(fingerprints(review)) < set(fingerprints(pair))
    True
    >>> turned = TextPair("나쁘다.", "정말 좋다.", 0)
    >>> set(fingerprints(pair)) == set(fingerprints(turned))
    True
    """
    texts = [row] if isinstance(row, str) else [getattr(row, name, None) for name in NAMES]
    for text in texts:
        if text is not None:
            yield from _fingerprint(text)
    yield from _pair_fingerprints(row)


def _measured_fingerprints(row: Any) -> Iterator[bytes]:
    return _pair_fingerprints(row) if hasattr(row, FIRST_NAME) else fingerprints(row)


def _pair_fingerprints(row: object) -> Iterator[bytes]:
    first = getattr(row, FIRST_NAME, None)
    for name in OTHER_NAMES:
        other = getattr(row, name, None)
        if first is not None and other is not None:
            yield from _fingerprint(first, other)


def _fingerprint(*texts: str) -> Iterator[bytes]:
    """Yield the fingerprint of texts in any order, none where they have no letter or digit."""
    letters = sorted(map(_letters, texts))
    if any(letters):
        joined = "\n".join(letters).encode(errors="replace")
        yield hashlib.blake2b(joined, digest_size=16).digest()


def _letters(text: str) -> str:
    folded = compose(text, "NFKC").casefold()
    return "".join(filter(str.isalnum, folded))
