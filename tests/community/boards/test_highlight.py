"""Marked text: nothing gets through unescaped, nothing is lost, whatever the spans."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from madang.community.boards.highlight import join_spans, mark_spans

SPANS = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=6)


@given(text=st.text(max_size=50), spans=SPANS)
def test_without_its_marks_the_whole_text_comes_back(
    text: str, spans: list[tuple[int, int]]
) -> None:
    marked = mark_spans(text, spans, whole=True)
    assert html.unescape(re.sub("</?mark>", "", marked)) == html.unescape(html.escape(text))


@given(text=st.text("<>&\"'a", max_size=50), spans=SPANS)
def test_only_mark_tags_are_ever_written(text: str, spans: list[tuple[int, int]]) -> None:
    bare = re.sub("</?mark>", "", mark_spans(text, spans))
    assert "<" not in bare
    assert ">" not in bare


@given(spans=SPANS, length=st.integers(0, 50))
def test_joined_spans_cover_the_same_characters_once(
    spans: list[tuple[int, int]], length: int
) -> None:
    covered = {at for start, end in spans for at in range(max(0, start), min(end, length))}
    joined = join_spans(spans, length=length)
    assert [at for start, end in joined for at in range(start, end)] == sorted(covered)


def test_what_is_far_from_every_span_is_left_out() -> None:
    text = "가" * 500 + "광고" + "나" * 500
    assert mark_spans(text, [(500, 502)]) == f"… {'가' * 40}<mark>광고</mark>{'나' * 40} …"
