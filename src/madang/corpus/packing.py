"""Documents into rows of tokens that hardly need padding, as each family of models learns.

A document is its parts: the sentences of a text, or the two texts of a pair, each as token ids
without special ones. Special tokens are put in here.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from madang.errors import SettingError
from madang.text.tokenizer import Tokenizer

Document = Sequence[Sequence[int]]


class Packing(Protocol):
    """One way of filling rows."""

    def pack(self, documents: Iterable[Document]) -> Iterator[list[int]]:
        """Yield rows of token ids."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class BertRows:
    """``[CLS] sentence sentence … [SEP]`` of at most ``row_length`` tokens.

    A row is of one document, or of several short ones with [SEP] between; it is full when the next
    sentence would not fit. No sentence is cut, unless it alone is longer than a row. Full-length
    rows of whole sentences are RoBERTa's input (Liu 2019, section 4.2, FULL-SENTENCES).
    """

    cls_id: int
    sep_id: int
    row_length: int

    def pack(self, documents: Iterable[Document]) -> Iterator[list[int]]:
        """Yield rows.

        >>> packing = BertRows(cls_id=2, sep_id=3, row_length=6)
        >>> list(packing.pack([[[7], [8, 8]], [[9]], [[5, 5, 5, 5, 5]]]))
        [[2, 7, 8, 8, 3], [2, 9, 3], [2, 5, 5, 5, 5, 3], [2, 5, 3]]
        """
        row = [self.cls_id]
        for document in documents:
            for sentence in document:
                for start in range(0, len(sentence), self.row_length - 2):
                    part = sentence[start : start + self.row_length - 2]
                    if len(row) + len(part) + 1 > self.row_length:
                        yield self._end(row)
                        row = [self.cls_id]
                    row.extend(part)
            if len(row) > 1 and row[-1] != self.sep_id:
                row.append(self.sep_id)
            if len(row) >= self.row_length:
                yield row
                row = [self.cls_id]
        if len(row) > 1:
            yield self._end(row)

    def _end(self, row: list[int]) -> list[int]:
        return row if row[-1] == self.sep_id else [*row, self.sep_id]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CausalRows:
    """One stream of documents, each ended by ``eos_id``, cut every ``row_length`` tokens.

    No row but the last is shorter, so nothing is ever padded (Brown 2020, appendix B).
    """

    eos_id: int
    row_length: int

    def pack(self, documents: Iterable[Document]) -> Iterator[list[int]]:
        """Yield rows.

        >>> list(CausalRows(eos_id=3, row_length=4).pack([[[7], [8, 8]], [[9]]]))
        [[7, 8, 8, 3], [9, 3]]
        """
        row: list[int] = []
        for document in documents:
            for part in (*document, [self.eos_id]):
                row.extend(part)
                while len(row) >= self.row_length:
                    yield row[: self.row_length]
                    row = row[self.row_length :]
        if row:
            yield row


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairRows:
    """``source </s> target </s>``, a row a pair; the first ``eos_id`` is where it is parted.

    A pair with more than ``row_length`` tokens on a side is left out: what is left of a cut text is
    no longer the other's translation.
    """

    eos_id: int
    row_length: int

    def pack(self, documents: Iterable[Document]) -> Iterator[list[int]]:
        """Yield rows.

        >>> list(PairRows(eos_id=3, row_length=3).pack([[[7, 8], [9]], [[7, 7, 7], [9]]]))
        [[7, 8, 3, 9, 3]]
        """
        for source, target in documents:
            if max(len(source), len(target)) < self.row_length:
                yield [*source, self.eos_id, *target, self.eos_id]


def build_packing(kind: str, tokenizer: Tokenizer, *, row_length: int) -> Packing:
    """Return the packing of that name, with the special tokens of a tokenizer.

    Raises ``SettingError`` for an unknown name and for a tokenizer without the tokens it needs.
    """
    cls_id, sep_id, eos_id = tokenizer.cls_id, tokenizer.sep_id, tokenizer.eos_id
    if kind == "bert":
        if cls_id is None or sep_id is None:
            raise SettingError(
                "The tokenizer has no [CLS] or no [SEP], which rows begin and end with."
            )
        return BertRows(cls_id=cls_id, sep_id=sep_id, row_length=row_length)
    if kind not in ("causal", "pairs"):
        raise SettingError(f"packing is {kind!r}; choose 'bert', 'causal' or 'pairs'.")
    if eos_id is None:
        raise SettingError(f"The tokenizer has no </s>, which ends a text in {kind} rows.")
    rows = CausalRows if kind == "causal" else PairRows
    return rows(eos_id=eos_id, row_length=row_length)
