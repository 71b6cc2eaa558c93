"""Which rows are held out, where their publishers did not say: chosen by the hash of the text.

The same text is always on the same side, whatever else is in the data and in whatever order.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

from madang.datasets.card import LabelledText, MultiLabelText, TaggedText

RowT = TypeVar("RowT", LabelledText, MultiLabelText, TaggedText)
BYTES = 8
TEST_SHARE = 0.2


def hash_share(text: str, *, draw: int = 0) -> float:
    """Return a number from 0 to below 1 that depends on the text alone.

    Other draws (0 to 3) of the same text are independent numbers.

    >>> hash_share("마당") == hash_share("마당"), 0 <= hash_share("마당") < 1
    (True, True)
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return _share(digest[draw * BYTES : (draw + 1) * BYTES])


def is_held_out(text: str, *, share: float = 0.1) -> bool:
    """Choose ``share`` of all texts: one in ten."""
    return hash_share(text) < share


def part(rows: Iterable[RowT], split: str, *, share: float = 0.1) -> Iterator[RowT]:
    """Yield the rows of one of two splits: ``share`` of them is "validation", by their text."""
    is_wanted = split == "validation"
    return (row for row in rows if is_held_out(row.text, share=share) == is_wanted)


def drawn_split(text: str) -> str:
    """Return the split of a text of which none is published: one in five is "test".

    One in ten of the rest is "validation".

    What is "test" is independent of what ``is_held_out`` chooses.

    >>> splits = [drawn_split(str(number)) for number in range(1000)]
    >>> splits.count("test") in range(170, 230), splits.count("validation") in range(60, 100)
    (True, True)
    """
    if hash_share(text, draw=3) < TEST_SHARE:
        return "test"
    return "validation" if is_held_out(text) else "train"


def fold_of(name: str, num_folds: int) -> int:
    """Return in which of several folds, from 1 on, a group stands: an account, a place.

    >>> sorted({fold_of(str(number), 3) for number in range(100)})
    [1, 2, 3]
    """
    return 1 + int(hash_share(name, draw=1) * num_folds)


def is_taken(text: str, share: float) -> bool:
    """Choose ``share`` of all documents of a corpus.

    The hash is another one than that of ``is_held_out``, so that what is taken is independent of
    what is held out. It must not change: the vocabularies and corpora that exist were drawn by it.

    >>> sum(is_taken(str(number), 0.25) for number in range(1000)) in range(200, 300)
    True
    """
    digest = hashlib.blake2b(text.encode(errors="replace"), digest_size=BYTES).digest()
    return _share(digest) < share


def _share(digest: bytes) -> float:
    return int.from_bytes(digest) / 2.0 ** (8 * BYTES)
