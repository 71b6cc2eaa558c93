"""A tokenizer in fewer bytes cuts every text as before."""

import json
import random

import pytest

from madang.export.compact import compact_tokenizer
from madang.text.bpe import train_bpe
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram

STEMS = [
    "마당",
    "사람",
    "오늘",
    "시장",
    "협찬",
    "광고",
    "맛집",
    "후기",
    "한국어",
    "모델",
    "공유",
    "문의",
    "market",
    "hello",
    "#맛집",
]
ENDINGS = ["", "", "은", "을", "에서", "합니다", "!!"]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    chance = random.Random(1)
    words = [stem + ending for stem in STEMS for ending in ENDINGS]
    return [" ".join(chance.choices(words, k=6)) for _ in range(400)]


@pytest.fixture(params=["unigram", "byte pairs"])
def trained(request: pytest.FixtureRequest, texts: list[str]) -> Tokenizer:
    if request.param == "unigram":
        return train_unigram(texts, vocab_size=150)
    return train_bpe(texts, vocab_size=150)


def test_it_is_smaller_and_cuts_alike(trained: Tokenizer, texts: list[str]) -> None:
    compact = compact_tokenizer(trained.to_json())
    assert len(compact) < len(trained.to_json()) / 2
    assert Tokenizer(compact).encode(texts) == trained.encode(texts)


def test_making_it_smaller_twice_is_making_it_once(trained: Tokenizer) -> None:
    compact = compact_tokenizer(trained.to_json())
    assert compact_tokenizer(compact) == compact


def test_pieces_with_a_space_stay_pairs() -> None:
    content = json.dumps({"model": {"type": "BPE", "merges": [["a ", "b"], ["c", "d"]]}})
    assert json.loads(compact_tokenizer(content)) == json.loads(content)


def test_a_score_that_is_no_float32_keeps_its_digits() -> None:
    content = json.dumps({"model": {"type": "Unigram", "vocab": [["a", 0.1], ["b", -0.5]]}})
    assert json.loads(compact_tokenizer(content)) == json.loads(content)
