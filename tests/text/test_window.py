"""Windows cover everything, none lies within another, and none begins where it need not."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.errors import SettingError
from madang.text.window import windows


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, int, int]:
    size = draw(st.integers(1, 40))
    return draw(st.integers(0, 200)), size, draw(st.integers(1, size))


@given(cases())
def test_every_token_is_in_a_window_and_every_window_in_the_text(
    case: tuple[int, int, int],
) -> None:
    num_tokens, size, stride = case
    spans = windows(num_tokens, size=size, stride=stride)
    seen = {position for start, stop in spans for position in range(start, stop)}
    assert seen == set(range(num_tokens))
    assert spans[-1][1] == num_tokens
    assert all(stop - start == min(size, num_tokens) for start, stop in spans)


@given(cases())
def test_no_window_lies_within_another(case: tuple[int, int, int]) -> None:
    num_tokens, size, stride = case
    spans = windows(num_tokens, size=size, stride=stride)
    starts, stops = zip(*spans, strict=True)
    assert all(left < right for left, right in itertools.pairwise(starts))
    assert all(left < right for left, right in itertools.pairwise(stops))


@given(cases())
def test_two_neighbours_share_at_least_what_the_stride_leaves(case: tuple[int, int, int]) -> None:
    num_tokens, size, stride = case
    spans = windows(num_tokens, size=size, stride=stride)
    for (_, stop), (start, _) in itertools.pairwise(spans):
        assert stop - start >= size - stride


@pytest.mark.parametrize("stride", [0, -1, 5])
def test_a_stride_that_would_leave_tokens_out_is_refused(stride: int) -> None:
    with pytest.raises(SettingError, match="from 1 to 4"):
        windows(10, size=4, stride=stride)
