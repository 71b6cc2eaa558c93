"""What is held out depends on the text alone."""

from madang.datasets.split import is_held_out


def test_one_text_in_ten_is_held_out() -> None:
    num_held_out = sum(is_held_out(f"글 {number}") for number in range(10_000))
    assert 900 < num_held_out < 1_100


def test_a_larger_share_holds_out_the_same_and_more() -> None:
    texts = [f"글 {number}" for number in range(1_000)]
    small, large = ({t for t in texts if is_held_out(t, share=s)} for s in (0.05, 0.2))
    assert small < large
