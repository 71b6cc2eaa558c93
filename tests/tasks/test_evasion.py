"""A label survives letter tricks, and ordinary writing is not accused for its letters."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

import madang.formats
from madang.errors import SettingError
from madang.serving import Classifier
from madang.tasks.classifier import Classification
from madang.tasks.evasion import ORDINARY, Evasions, measure_evasions, read_corpus
from madang.text.obfuscation.trick import TRICKS

SHIPPED = Path(madang.formats.__file__).parent / "shipped"
# Ordinary texts may be accused for the way they are written at most once, of twenty.
MOST_ACCUSED = 1


@dataclasses.dataclass
class Words:
    """Calls spam what contains a word as it is written, and blames spaced letters if it is told."""

    word: str
    blames_spaces: bool = False
    labels: Sequence[str] = (ORDINARY, "spam")
    is_multi_label: bool = False

    def stream(self, texts: Iterable[str]) -> Iterator[Classification]:
        for text in texts:
            is_spam = self.word in text
            is_spam |= self.blames_spaces and bool(re.search(r"(?:[가-힣][ .·-]){4}", text))
            label = "spam" if is_spam else ORDINARY
            yield Classification(label, 1.0, {label: 1.0}, ())


def test_the_corpus_makes_two_hundred_evasions_of_texts_that_are_all_different() -> None:
    corpus = read_corpus()
    hidden = [*corpus["spam"], *corpus["ad"]]
    assert len(hidden) == len(corpus[ORDINARY]) == 20
    assert len(hidden) * len(TRICKS) == 200
    assert len({*hidden, *corpus[ORDINARY]}) == 40


def test_only_what_is_found_as_it_stands_can_be_hidden() -> None:
    found = measure_evasions(Words("대출"))  # type: ignore[arg-type]
    assert len(found.found) == sum("대출" in text for text in read_corpus()["spam"])
    assert len(found.tricks) == len(found.found) * len(TRICKS)
    kept = {name: figure.value for name, figure in found.figures().items()}
    # By hand: a word keeps its letters where only lines, chat or Latin letters are changed.
    for trick in ("lines", "chat_before", "chat_behind", "full_width"):
        assert kept[f"kept[{trick}]"] == 1.0
    for trick in ("spaced", "signs", "zero_width"):
        assert kept[f"kept[{trick}]"] == 0.0
    assert found.accused == []


def test_who_blames_the_writing_is_seen_to_accuse() -> None:
    found = measure_evasions(Words("대출", blames_spaces=True))  # type: ignore[arg-type]
    assert found.accused_plain == []
    assert len(found.accused) > MOST_ACCUSED


def test_a_model_without_such_a_label_is_told_which_are_measured() -> None:
    with pytest.raises(SettingError, match="spam, ad"):
        measure_evasions(Words("대출", labels=("a", "b")))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shipped() -> dict[str, Evasions]:
    return {name: measure_evasions(Classifier.load(name)) for name in ("ads", "spam")}


@pytest.mark.skipif(not (SHIPPED / "spam").is_dir(), reason="no spam model ships yet")
@pytest.mark.parametrize("name", ["ads", "spam"])
def test_nine_of_ten_evasions_keep_their_label_and_one_ordinary_text_is_accused_at_most(
    name: str, shipped: dict[str, Evasions]
) -> None:
    found = shipped[name]
    assert len(found.found) >= found.num_texts // 2
    assert sum(found.is_kept) / len(found.is_kept) >= 0.9
    assert len(found.accused) <= MOST_ACCUSED
