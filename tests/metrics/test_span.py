"""Figures of entities are seqeval's, in its strict mode."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from madang.decoding.tag import tag_names, tags_of
from madang.errors import DataError
from madang.metrics.span import span_counts, span_macro_f1, span_micro_f1

TYPES = ["DAT", "ORG", "PER"]
NAMES = tag_names(TYPES)
LENGTH = 14


def drawn_spans():
    """Draw spans of a text by the places where they begin, each one to three characters long."""
    return st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from(TYPES)), max_size=4
    ).map(lambda items: [(4 * k, 4 * k + size, type) for k, size, type in _once(items)])


def _once(items):
    return sorted({item[0]: item for item in items}.values())


def named_tags(rows):
    return [[NAMES[tag] for tag in tags_of(spans, LENGTH + 2, NAMES)] for spans in rows]


@given(st.lists(st.tuples(drawn_spans(), drawn_spans()), min_size=1, max_size=5))
def test_macro_and_micro_f1_are_those_of_seqeval(pairs):
    predictions, truths = ([pair[side] for pair in pairs] for side in (0, 1))
    counts = span_counts(predictions, truths, TYPES)
    if not any(predictions) or not any(truths):
        return  # seqeval warns where there is nothing to divide by
    report = classification_report(
        named_tags(truths),
        named_tags(predictions),
        mode="strict",
        scheme=IOB2,
        output_dict=True,
        zero_division=0,
    )
    assert span_macro_f1(counts) == pytest.approx(report["macro avg"]["f1-score"])
    assert span_micro_f1(counts) == pytest.approx(report["micro avg"]["f1-score"])
    for number, type in enumerate(TYPES):
        if type in report:
            assert span_macro_f1(counts[:, [number]]) == pytest.approx(report[type]["f1-score"])


def test_a_wrong_end_or_a_wrong_type_is_no_find():
    true = [[(0, 3, "DAT"), (5, 8, "PER")]]
    swallowed = [[(0, 5, "DAT"), (5, 8, "ORG")]]
    assert span_micro_f1(span_counts(swallowed, true, TYPES)) == 0


def test_counts_of_texts_add_up_whatever_their_order():
    rows = [[(0, 1, "DAT")], [], [(2, 4, "PER"), (5, 6, "DAT")]]
    counts = span_counts(rows, rows[::-1], TYPES)
    assert span_macro_f1(counts) == span_macro_f1(counts[::-1])


def test_nothing_to_measure_is_an_error():
    counts = np.zeros((2, 3, 3), np.int64)
    with pytest.raises(DataError, match="nothing to measure"):
        span_macro_f1(counts)
    with pytest.raises(DataError, match="nothing to measure"):
        span_micro_f1(counts)
    with pytest.raises(DataError, match="one each"):
        span_counts([[]], [], TYPES)
