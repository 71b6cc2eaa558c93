"""Repeats go, everything else stays and keeps its order."""

import random

from hypothesis import given
from hypothesis import strategies as st

from madang.corpus.deduplication import SHINGLE, drop_near_repeats, drop_repeats
from madang.text.word import SIGNS


def test_texts_that_differ_in_signs_and_spaces_alone_are_one() -> None:
    texts = ["맛있어요!!", "맛 있어요", "맛없어요", "맛있어요"]
    assert list(drop_repeats(texts)) == ["맛있어요!!", "맛없어요"]


@given(st.lists(st.text(alphabet="가나다", max_size=3)))
def test_each_text_stays_once_and_in_order(texts: list[str]) -> None:
    assert list(drop_repeats(texts)) == list(dict.fromkeys(texts))


def similarity(first: str, second: str) -> float:
    """Jaccard's over character 5-grams, counted instead of estimated."""
    sets = [
        {text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE))}
        for text in (SIGNS.sub("", first), SIGNS.sub("", second))
    ]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_an_edited_copy_goes_and_another_article_stays() -> None:
    generator = random.Random(0)
    syllables = [chr(0xAC00 + generator.randrange(11172)) for _ in range(400)]
    article = "".join(syllables)
    edited = article[:100] + "고침" + article[102:]
    half = article[:200] + "".join(reversed(syllables[:200]))
    assert similarity(article, edited) > 0.9 > 0.6 > similarity(article, half)
    assert list(drop_near_repeats([article, edited, half])) == [article, half]


def test_short_texts_are_not_compared_by_likeness() -> None:
    assert (
        list(drop_near_repeats(["정말 재미있어요", "정말 재미있어요"])) == ["정말 재미있어요"] * 2
    )
