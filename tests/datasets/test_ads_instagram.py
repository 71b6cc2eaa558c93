"""The advertising posts: no label in the text, no text twice, no test text in training."""

import os
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.datasets.card import LabelledText
from madang.datasets.registry import load
from madang.datasets.sets.ads_instagram import distinct
from madang.text.giveaway import TELLING_TAG, strip_giveaways
from madang.text.word import letters


def kept(posts: list[LabelledText], test: list[LabelledText]) -> list[str]:
    return [post.text for post in distinct(posts, test).values()]


def test_a_post_is_kept_once_and_the_first_time() -> None:
    posts = [LabelledText("가방 샀어요!", 0, "후기"), LabelledText("가방샀어요", 0, "찐후기")]
    assert list(distinct(posts, []).values()) == posts[:1]


def test_a_post_under_both_labels_is_dropped_altogether() -> None:
    posts = [LabelledText("가방", 0), LabelledText("가방!", 1), LabelledText("모자", 1)]
    assert kept([*posts, posts[0]], []) == ["모자"]


def test_a_post_of_the_test_and_an_empty_one_are_dropped() -> None:
    posts = [LabelledText("#가방", 0), LabelledText("!!", 1), LabelledText("모자", 1)]
    assert kept(posts, [LabelledText("가방", 1)]) == ["모자"]


@given(st.text())
def test_signs_white_space_case_and_composition_do_not_make_a_post_another(text: str) -> None:
    key = letters(text)
    assert letters(f" {text}!!\n") == letters(unicodedata.normalize("NFD", text)) == key
    assert letters(key) == key


@pytest.fixture(scope="module")
def splits() -> dict[str, list[LabelledText]]:
    if not os.environ.get("MADANG_DATA"):
        pytest.skip("MADANG_DATA is not set: the published posts can not be read")
    return {split: load("ads_instagram", split) for split in ("train", "validation", "test")}  # type: ignore[misc]


def test_the_published_files_have_the_stated_counts(splits: dict[str, list[LabelledText]]) -> None:
    counts = {split: Counter(post.label for post in posts) for split, posts in splits.items()}
    assert counts == {
        "train": {0: 20_808, 1: 12_725},
        "validation": {0: 2_376, 1: 1_360},
        "test": {0: 2_723, 1: 1_466},
    }


def test_no_text_is_in_two_splits_or_twice(splits: dict[str, list[LabelledText]]) -> None:
    keys = {split: [letters(post.text) for post in posts] for split, posts in splits.items()}
    assert not set(keys["train"]) & set(keys["validation"])
    assert not (set(keys["train"]) | set(keys["validation"])) & set(keys["test"])
    for split in ("train", "validation"):
        assert "" not in keys[split]
        assert len(set(keys[split])) == len(keys[split])


def test_no_post_holds_a_telling_hashtag(splits: dict[str, list[LabelledText]]) -> None:
    for posts in splits.values():
        for post in posts[::10]:
            tags = [part.split(" ")[0] for part in post.text.split("#")[1:]]
            assert not [tag for tag in tags if not tag or TELLING_TAG.search(tag)]
            assert strip_giveaways(post.text) == post.text


def test_the_group_is_the_hashtag_searched(splits: dict[str, list[LabelledText]]) -> None:
    labels = {
        label: {post.group for post in splits["train"] if post.label == label} for label in (0, 1)
    }
    assert labels[0] == {"광고아님", "내돈내산", "찐후기", "협찬환영", "후기"}
    assert labels[1] == {"광고", "문의", "방판", "협찬", "홍보"}
    assert {post.group for post in splits["test"]} == {None}
