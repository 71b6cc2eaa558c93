"""Sentences into rows of tokens that hardly need padding.

A row is ``[CLS] sentence sentence … [SEP]`` of one document, or several short documents with
``[SEP]`` between them; it is full when the next sentence would not fit. No sentence is cut, unless
it alone is longer than a row. Full-length rows of whole sentences are the pre-training input of
RoBERTa (Liu 2019, section 4.2, FULL-SENTENCES).
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence


@dataclasses.dataclass(kw_only=True)
class Packer:
    """Fill rows of at most ``row_length`` tokens, the special ones counted."""

    cls_id: int
    sep_id: int
    row_length: int

    def pack(self, documents: Iterable[Sequence[Sequence[int]]]) -> Iterator[list[int]]:
        """Yield rows; a document is its sentences, a sentence its token ids without special ones.

        >>> packer = Packer(cls_id=2, sep_id=3, row_length=6)
        >>> list(packer.pack([[[7], [8, 8]], [[9]], [[5, 5, 5, 5, 5]]]))
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
