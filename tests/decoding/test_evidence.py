"""A long text's tokens are each heard once, from the window that sees most around them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.decoding.evidence import join_evidence
from madang.text.window import windows


@given(num_tokens=st.integers(1, 300), size=st.integers(4, 60), share=st.sampled_from([0.5, 0.75]))
def test_every_token_is_heard_from_its_central_window(
    num_tokens: int, size: int, share: float
) -> None:
    spans = windows(num_tokens, size=size, stride=max(1, int(size * share)))
    # What a window says of a token is the window's number; -1 and -2 are special tokens.
    evidence = [
        np.array([[-1], *[[number]] * (stop - start), [-2]])
        for number, (start, stop) in enumerate(spans)
    ]
    joined = join_evidence(spans, evidence)[:, 0].tolist()
    assert (joined[0], joined[-1]) == (-1, -2)
    rooms = [_room(spans[number], token) for token, number in enumerate(joined[1:-1])]
    best = [
        max(_room(span, token) for span in spans if span[0] <= token < span[1])
        for token in range(num_tokens)
    ]
    assert rooms == best


def _room(span: tuple[int, int], token: int) -> int:
    start, stop = span
    assert start <= token < stop
    return min(token - start, stop - 1 - token)


def test_one_window_is_taken_as_it_is() -> None:
    evidence_TC = np.arange(6.0).reshape(3, 2)
    assert join_evidence([(0, 1)], [evidence_TC]) is evidence_TC
    assert pytest.approx(evidence_TC.mean(0)) == [2.0, 3.0]
