"""Rows hold every token once, in order, and hardly need padding."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from madang.corpus.packing import Packer

CLS, SEP = 2, 3
documents = st.lists(
    st.lists(st.lists(st.integers(5, 99), min_size=1, max_size=12), max_size=5), max_size=8
)


@given(documents, st.integers(4, 16))
def test_nothing_is_lost_and_no_row_is_too_long(texts: list[list[list[int]]], length: int) -> None:
    rows = list(Packer(cls_id=CLS, sep_id=SEP, row_length=length).pack(texts))
    assert all(row[0] == CLS and row[-1] == SEP and len(row) <= length for row in rows)
    packed = [token for row in rows for token in row if token not in (CLS, SEP)]
    assert packed == list(itertools.chain.from_iterable(itertools.chain.from_iterable(texts)))


@given(documents, st.integers(14, 20))
def test_a_sentence_that_fits_is_never_cut(texts: list[list[list[int]]], length: int) -> None:
    rows = list(Packer(cls_id=CLS, sep_id=SEP, row_length=length).pack(texts))
    joined = "|".join(",".join(map(str, row)) for row in rows)
    for sentence in itertools.chain.from_iterable(texts):
        assert ",".join(map(str, sentence)) in joined


def test_documents_are_parted() -> None:
    packer = Packer(cls_id=CLS, sep_id=SEP, row_length=10)
    assert list(packer.pack([[[7]], [[8], [9]], []])) == [[2, 7, 3, 8, 9, 3]]
