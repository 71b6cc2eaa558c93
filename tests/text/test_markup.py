"""Entities written into their text come out as they went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.text.markup import read_marked, write_marked


@st.composite
def marked_texts(draw):
    """Draw a text without angle brackets, and spans in order that do not overlap."""
    letters = st.text(alphabet="가나13 :A", max_size=5)
    parts, spans, length = [], [], 0
    for _ in range(draw(st.integers(0, 4))):
        between, entity = draw(letters), draw(letters.filter(bool))
        start = length + len(between)
        length = start + len(entity)
        parts += [between, entity]
        spans.append((start, length, draw(st.sampled_from(["PER", "ORG"]))))
    return "".join([*parts, draw(letters)]), spans


@given(marked_texts())
def test_what_is_written_is_read_again(drawn):
    text, spans = drawn
    assert read_marked(write_marked(text, spans)) == (text, spans)


@pytest.mark.parametrize(
    ("marked", "text", "names"),
    [
        ("<SKTBrain:ORG>에서 공개", "SKTBrain에서 공개", ["SKTBrain"]),
        ("<13일:DAT>까지 <4일간:DUR>", "13일까지 4일간", ["13일", "4일간"]),
        # Angle brackets of the text itself, whole and half.
        ("영화 <<트럼보:POH>>가", "영화 <트럼보>가", ["트럼보"]),
        ("<이 기사는 <신동아:POH>에", "<이 기사는 신동아에", ["신동아"]),
        ("‘<기아:ORG>><현대:ORG>><한국GM:ORG>’", "‘기아>현대>한국GM’", ["기아", "현대", "한국GM"]),
        ("<<2>:NOH> 문제의", "<2> 문제의", ["<2>"]),
        ("<이하 <박정아:PER> 소속사 전문>", "<이하 박정아 소속사 전문>", ["박정아"]),
        ("내일>(<18일:DAT>)이라는", "내일>(18일)이라는", ["18일"]),
        ("a < b: C > d", "a < b: C > d", []),
        ("", "", []),
    ],
)
def test_angle_brackets_of_the_text_are_no_marks(marked, text, names):
    found, spans = read_marked(marked)
    assert found == text
    assert [found[start:end] for start, end, _ in spans] == names
    assert write_marked(found, spans) == marked
