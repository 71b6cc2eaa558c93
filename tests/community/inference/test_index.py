"""The nearest are found exactly, also after edits and in two steps: compared with brute force."""

import numpy as np
import pytest

from madang.community.inference.vectors.index import FEW, KEPT, MANY, Index
from madang.community.inference.vectors.outline import Outline


def unit(draw: np.random.Generator, number: int, width: int = 16) -> np.ndarray:
    vectors = draw.normal(size=(number, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def brute_force(vectors: dict[int, np.ndarray], post_id: int) -> list[int]:
    """Return those of the highest cosines, in the order of the cosines without the mean of all."""
    cosines = {other: float(vectors[post_id] @ each) for other, each in vectors.items()}
    kept = sorted(cosines, key=lambda other: -cosines[other])[: 2 * KEPT]
    mean = sum(vectors.values()) / (len(vectors) + FEW)
    rest = {other: vectors[other] - mean for other in kept}
    own = vectors[post_id] - mean
    scores = {other: own @ each / np.linalg.norm(each) for other, each in rest.items()}
    return sorted(set(kept) - {post_id}, key=lambda other: -scores[other])


@pytest.mark.parametrize("number", [1, 2, KEPT, 3 * KEPT, 3000])
def test_the_nearest_are_those_of_brute_force(number: int) -> None:
    vectors = unit(np.random.default_rng(0), number)
    index = Index()
    index.put(range(1, number + 1), ["ko"] * number, vectors)
    rows = dict(enumerate(vectors, start=1))
    found = [post_id for post_id, _ in index.nearest(1)]
    assert found[: KEPT - 1] == brute_force(rows, 1)[: KEPT - 1]


def test_what_is_new_is_found_by_those_that_were_asked_before() -> None:
    draw = np.random.default_rng(1)
    rows: dict[int, np.ndarray] = {}
    index = Index()
    for step in range(6):
        vectors = unit(draw, 50)
        posts = range(step * 50, step * 50 + 50)
        index.put(posts, ["ko"] * 50, vectors)
        rows.update(zip(posts, vectors, strict=True))
        assert [each for each, _ in index.nearest(7)][:10] == brute_force(rows, 7)[:10]


def test_an_edited_post_is_found_by_its_new_text_only() -> None:
    index = Index()
    index.put([1, 2, 3], ["ko"] * 3, np.eye(4, dtype=np.float32)[[0, 0, 1]])
    assert index.nearest(1)[0] == (2, pytest.approx(1))
    index.put([2], ["ko"], np.eye(4, dtype=np.float32)[[1]])
    assert max(dict(index.nearest(1)).values()) < 0
    assert index.nearest(3)[0] == (2, pytest.approx(1))
    assert len(index) == 3


def test_a_text_without_a_vector_any_more_is_as_if_it_had_never_been_there() -> None:
    vectors = unit(np.random.default_rng(2), 60)
    emptied, fresh = Index(), Index()
    emptied.put(range(60), ["ko"] * 60, vectors)
    emptied.nearest(4)
    emptied.drop([*range(50, 60), 999])
    fresh.put(range(50), ["ko"] * 50, vectors[:50])
    assert dict(emptied.nearest(4)) == pytest.approx(dict(fresh.nearest(4)), abs=1e-5)
    assert (emptied.nearest(55), emptied.get(55), len(emptied)) == ([], None, 50)
    assert emptied.newest(3)[0] == fresh.newest(3)[0] == [49, 48, 47]


def test_the_newest_are_the_largest_numbers_whatever_came_last() -> None:
    vectors = unit(np.random.default_rng(8), 30)
    index = Index()
    for number in (7, 3, 29, 11):
        index.put([number], ["ko"], vectors[number : number + 1])
    index.put([29], ["ko"], vectors[:1])
    numbers, found = index.newest(3)
    assert numbers == [29, 11, 7]
    assert (found == vectors[[0, 11, 7]]).all()
    assert (index.get(3) == vectors[3]).all()


def test_each_change_has_a_stamp_of_its_own_and_the_same_again_has_none() -> None:
    vectors = unit(np.random.default_rng(9), 3)
    index, stamps = Index(), []
    for change in (lambda: index.put([1, 2], ["ko"] * 2, vectors[:2]), lambda: index.drop([1])):
        for _ in range(2):
            change()
            stamps.append(index.stamp)
    assert (stamps[0] is stamps[1], stamps[1] is stamps[2], stamps[2] is stamps[3]) == (
        True,
        False,
        True,
    )


def test_other_languages_are_left_out() -> None:
    index = Index()
    index.put([1, 2, 3], ["ko", "latin", "ko"], np.eye(4, dtype=np.float32)[[0, 0, 1]])
    assert [post_id for post_id, _ in index.nearest(1)] == [3]
    assert index.search(np.eye(4, dtype=np.float32)[0])[0][1] == pytest.approx(1)


def test_a_post_without_a_vector_has_nothing_near() -> None:
    assert Index().nearest(5) == []


def test_what_all_posts_have_in_common_brings_none_nearer() -> None:
    """All 40 posts lean the same way and have high cosines; two pairs of them are alike."""
    draw = np.random.default_rng(3)
    vectors = np.concatenate([draw.normal(size=(40, 64)), np.full((40, 1), 20.0)], axis=1)
    vectors[1], vectors[3] = vectors[0] + 0.1, vectors[2] - 0.1
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    assert (vectors @ vectors.T).min() > 0.6
    index = Index()
    index.put(range(40), ["ko"] * 40, vectors)
    for post, other in ((0, 1), (2, 3)):
        (first, nearness), (_, second) = index.nearest(post)[:2]
        assert first == other
        assert nearness > 0.9
        assert second < 0.5


def test_a_post_that_was_edited_counts_once_in_what_all_have_in_common() -> None:
    vectors = unit(np.random.default_rng(4), 30)
    edited, fresh = Index(), Index()
    edited.put(range(30), ["ko"] * 30, vectors[::-1])
    edited.put(range(30), ["ko"] * 30, vectors)
    fresh.put(range(30), ["ko"] * 30, vectors)
    assert dict(edited.nearest(4)) == pytest.approx(dict(fresh.nearest(4)), abs=1e-5)


def gathered(draw: np.random.Generator, number: int) -> np.ndarray:
    """Vectors that fill few of their 96 directions, as those of a sentence encoder do."""
    vectors = draw.normal(size=(number, 96)) * np.exp(-np.arange(96) / 24) + 0.2
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_the_bounds_hold_and_are_narrow_where_few_directions_are_filled() -> None:
    draw = np.random.default_rng(4)
    vectors = gathered(draw, 3000)
    outline = Outline(vectors, 2000)
    outline.put(slice(2000, 3000), vectors[2000:])
    middle, half = outline.bounds(vectors[7], slice(0, 3000))
    assert (np.abs(vectors @ vectors[7] - middle) <= half).all()
    assert half.mean() < 0.05
    # Where all directions are filled alike they hold as well.
    vectors = unit(draw, 3000, width=96)
    middle, half = Outline(vectors, 3000).bounds(vectors[7], slice(0, 3000))
    assert (np.abs(vectors @ vectors[7] - middle) <= half).all()


@pytest.mark.parametrize("draw_vectors", [gathered, lambda draw, number: unit(draw, number, 96)])
def test_among_many_posts_the_nearest_are_those_of_brute_force(draw_vectors) -> None:
    draw = np.random.default_rng(5)
    number = 3 * MANY // 1000 * 1000
    vectors = draw_vectors(draw, number)
    languages = ["ko" if each % 3 else "latin" for each in range(number)]
    index = Index()
    for start in range(0, number, 1000):
        index.put(
            range(start, start + 1000), languages[start : start + 1000], vectors[start:][:1000]
        )
        index.nearest(7)  # what was found before is only put right
    edited = draw_vectors(draw, 50)
    index.put(range(50, 100), languages[50:100], edited)
    vectors[50:100] = edited
    for post in (7, 8, 60, number - 1):
        rows = {each: vectors[each] for each in range(number) if languages[each] == languages[post]}
        kept = sorted(rows, key=lambda other: -float(vectors[post] @ rows[other]))[: 2 * KEPT]
        found = [other for other, _ in index.nearest(post)]
        assert set(found) <= set(kept)
        assert len(found) == KEPT - 1  # the post itself is one of them
        mean = vectors.sum(axis=0) / (number + FEW)
        rest = {other: rows[other] - mean for other in kept if other != post}
        own = vectors[post] - mean
        order = sorted(rest, key=lambda other: -(own @ rest[other] / np.linalg.norm(rest[other])))
        assert found[:10] == order[:10]


def test_a_language_of_few_posts_among_many_is_searched_whole() -> None:
    vectors = gathered(np.random.default_rng(6), 2 * MANY)
    index = Index()
    index.put(range(2 * MANY), ["latin"] * 5 + ["ko"] * (2 * MANY - 5), vectors)
    assert {post for post, _ in index.nearest(0)} == {1, 2, 3, 4}
