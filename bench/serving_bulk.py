"""One text of 64 tokens, and short sentences by the thousand, through the models that ship.

``python bench/serving_bulk.py`` measures for each shipped model the time of one text on one thread
(the whole way: text to tokens, int8 graph, answer), and how many short sentences a second it
answers on two threads, beside one thread. Sentences are made up from a few words, so that nothing
has to be there; the time does not depend on what they say. All take turns, round by round.
"""

import argparse
import os
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np

from madang.formats.catalogue import find_model
from madang.serving import Classifier, Embedder, Tagger
from madang.text.tokenizer import Tokenizer

TEXT = (
    "오늘 날씨가 정말 좋아서 마당에 나가 커피를 마시며 책을 읽었어요 친구와 시장에 들러 김밥 두 "
    "줄을 사고 집으로 돌아오는 길에 고양이를 만났는데 사진을 찍으려니 금방 숨어 버렸네요"
)
WORDS = TEXT.split()
MODELS: dict[str, Callable[..., Any]] = {
    "ads": Classifier.load,
    "sentiment": Classifier.load,
    "hate": Classifier.load,
    "entities": Tagger.load,
    "sentence": Embedder.load,
}
NUM_TOKENS = 64
WARM_UP = 5


def text_of(tokenizer: Tokenizer, *, num_tokens: int) -> str:
    """Return a made-up text of as many tokens, special ones counted, or one more."""
    chance, words = random.Random(0), list[str]()
    while len(tokenizer.encode([" ".join(words)])[0].ids) < num_tokens:
        words.append(chance.choice(WORDS))
    return " ".join(words)


def answer(model: Any, texts: Sequence[str]) -> None:
    """Let a model answer texts, whatever its answers are called."""
    for _ in model.stream(texts, batch_size=256):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--sentences", type=int, default=1000)
    options = parser.parse_args()
    chance = random.Random(1)
    sentences = [" ".join(chance.choices(WORDS, k=6)) for _ in range(options.sentences)]
    one_thread = {name: load(name) for name, load in MODELS.items()}
    two_threads = {name: load(name, num_threads=2) for name, load in MODELS.items()}
    texts = {
        name: text_of(Tokenizer.load(find_model(name)), num_tokens=NUM_TOKENS) for name in MODELS
    }
    singles: dict[str, list[float]] = {name: [] for name in MODELS}
    for number in range(WARM_UP + options.rounds):
        for name, model in one_thread.items():
            began = time.perf_counter()
            answer(model, [texts[name]])
            if number >= WARM_UP:
                singles[name].append(1000 * (time.perf_counter() - began))
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in MODELS}
    for _ in range(3):
        for name in MODELS:
            pair = one_thread[name], two_threads[name]
            rates[name].append((_rate(pair[0], sentences), _rate(pair[1], sentences)))
    heading = f"{NUM_TOKENS} tokens, p50"
    print(f"{'':12}{heading:>18}{'p99':>10}{'sentences/s, 1 and 2 threads':>34}")
    for name, values in singles.items():
        p50, p99 = np.percentile(values, [50, 99])
        one, two = np.median(np.array(rates[name]), axis=0)
        print(f"{name:12}{p50:15.2f} ms{p99:7.2f} ms{one:22,.0f}{two:12,.0f}")


def _rate(model: Any, sentences: Sequence[str]) -> float:
    began = time.perf_counter()
    answer(model, sentences)
    return len(sentences) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
