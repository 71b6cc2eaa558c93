"""Rows hold every token once, in order, and hardly need padding."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from madang.corpus.packing import BertRows, CausalRows, PairRows

CLS, SEP = 2, 3
documents = st.lists(
    st.lists(st.lists(st.integers(5, 99), min_size=1, max_size=12), max_size=5), max_size=8
)


@given(documents, st.integers(4, 16))
def test_nothing_is_lost_and_no_row_is_too_long(texts: list[list[list[int]]], length: int) -> None:
    rows = list(BertRows(cls_id=CLS, sep_id=SEP, row_length=length).pack(texts))
    assert all(row[0] == CLS and row[-1] == SEP and len(row) <= length for row in rows)
    packed = [token for row in rows for token in row if token not in (CLS, SEP)]
    assert packed == list(itertools.chain.from_iterable(itertools.chain.from_iterable(texts)))


@given(documents, st.integers(14, 20))
def test_a_sentence_that_fits_is_never_cut(texts: list[list[list[int]]], length: int) -> None:
    rows = list(BertRows(cls_id=CLS, sep_id=SEP, row_length=length).pack(texts))
    joined = "|".join(",".join(map(str, row)) for row in rows)
    for sentence in itertools.chain.from_iterable(texts):
        assert ",".join(map(str, sentence)) in joined


def test_documents_are_parted() -> None:
    packer = BertRows(cls_id=CLS, sep_id=SEP, row_length=10)
    assert list(packer.pack([[[7]], [[8], [9]], []])) == [[2, 7, 3, 8, 9, 3]]


@given(documents, st.integers(1, 16))
def test_causal_rows_are_one_stream_without_a_gap(
    texts: list[list[list[int]]], length: int
) -> None:
    rows = list(CausalRows(eos_id=SEP, row_length=length).pack(texts))
    stream = [token for text in texts for part in (*text, [SEP]) for token in part]
    assert list(itertools.chain.from_iterable(rows)) == stream
    assert all(len(row) == length for row in rows[:-1])
    assert all(0 < len(row) <= length for row in rows)


@given(st.lists(st.tuples(*[st.lists(st.integers(5, 99), max_size=9)] * 2)), st.integers(2, 8))
def test_a_pair_is_parted_by_its_first_end_or_left_out(
    pairs: list[tuple[list[int], list[int]]], length: int
) -> None:
    rows = list(PairRows(eos_id=SEP, row_length=length).pack(pairs))
    found = []
    for row in rows:
        cut = row.index(SEP)
        assert row[-1] == SEP
        found.append((row[:cut], row[cut + 1 : -1]))
    assert found == [pair for pair in pairs if max(map(len, pair)) < length]
