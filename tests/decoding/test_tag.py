"""Tags and spans say the same, and broken tags are read as seqeval reads them."""

from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from madang.decoding.tag import spans_of, tag_names, tags_of

NAMES = tag_names(["PER", "ORG"])


@st.composite
def spans(draw):
    """Draw spans in order that do not overlap, and a length that holds them."""
    position, found = 0, []
    for _ in range(draw(st.integers(0, 5))):
        start = position + draw(st.integers(0, 3))
        position = start + draw(st.integers(1, 4))
        found.append((start, position, draw(st.sampled_from(["PER", "ORG"]))))
    return found, position + draw(st.integers(0, 3))


@given(spans())
def test_spans_survive_their_tags(drawn):
    found, length = drawn
    tags = tags_of(found, length, NAMES)
    assert len(tags) == length
    assert spans_of(tags, NAMES) == found


@given(st.lists(st.integers(0, len(NAMES) - 1), max_size=12))
def test_any_tags_are_read_as_seqeval_reads_them(tags):
    named = [NAMES[tag] for tag in tags]
    expected = [(start, end + 1, type) for type, start, end in get_entities(named)]
    assert spans_of(tags, NAMES) == expected
