"""The nearest are found exactly, also after edits and in two steps: compared with brute force."""

import numpy as np
import pytest

from madang.community.related.index import KEPT, Index


def unit(draw: np.random.Generator, number: int, width: int = 16) -> np.ndarray:
    vectors = draw.normal(size=(number, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def brute_force(vectors: dict[int, np.ndarray], post_id: int) -> list[int]:
    scores = {other: float(vectors[post_id] @ each) for other, each in vectors.items()}
    del scores[post_id]
    return sorted(scores, key=lambda other: -scores[other])


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
    assert index.nearest(1)[0] == (2, 1.0)
    index.put([2], ["ko"], np.eye(4, dtype=np.float32)[[1]])
    assert dict(index.nearest(1)) == {2: 0.0, 3: 0.0}
    assert index.nearest(3)[0] == (2, 1.0)
    assert len(index) == 3


def test_other_languages_are_left_out() -> None:
    index = Index()
    index.put([1, 2, 3], ["ko", "latin", "ko"], np.eye(4, dtype=np.float32)[[0, 0, 1]])
    assert [post_id for post_id, _ in index.nearest(1)] == [3]
    assert index.search(np.eye(4, dtype=np.float32)[0])[0][1] == 1.0


def test_a_post_without_a_vector_has_nothing_near() -> None:
    assert Index().nearest(5) == []
