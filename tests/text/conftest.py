"""A tokenizer and texts made for these tests."""

import io
import random

import pytest
import sentencepiece

from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram

STEMS = """
    마당 사람 오늘 시장 협찬 광고 맛집 후기 한국어 모델 공유 문의 가방 친구 선물 추천 할인 이벤트
    참여 감사 market hello 2026 #맛집 #내돈내산
"""
ENDINGS = ["", "", "은", "을", "에서", "합니다", "!!"]
WORDS = [stem + ending for stem in STEMS.split() for ending in ENDINGS]


def make_texts(num_texts: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [
        " ".join(rng.choices(WORDS, k=rng.randint(3, 9))) + rng.choice([".", "!!", "~", " ㅋㅋ"])
        for _ in range(num_texts)
    ]


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return make_texts(400, seed=1)


@pytest.fixture(scope="session")
def tokenizer(texts: list[str]) -> Tokenizer:
    return train_unigram(texts, vocab_size=150)


@pytest.fixture(scope="session", params=["unigram", "bpe"])
def sentencepiece_model(request: pytest.FixtureRequest, texts: list[str]) -> bytes:
    """A tiny SentencePiece model: KoBERT's kind (Unigram, NFKC) and LLaMA's (BPE, bytes)."""
    written = io.BytesIO()
    kinds = {
        "unigram": {"normalization_rule_name": "nmt_nfkc"},
        "bpe": {
            "normalization_rule_name": "identity",
            "remove_extra_whitespaces": False,
            "byte_fallback": True,
        },
    }
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=written,
        model_type=request.param,
        vocab_size=460 if request.param == "bpe" else 150,
        num_threads=1,
        minloglevel=2,
        **kinds[request.param],
    )
    return written.getvalue()
