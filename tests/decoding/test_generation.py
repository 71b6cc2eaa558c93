"""Greedy decoding over a step: against all continuations one by one, and with a real cache."""

import itertools

import numpy as np
import pytest
import torch

from madang.decoding.generation import greedy
from madang.errors import SettingError
from madang.models.llama import Llama, LlamaConfig

VOCABULARY = 4
END = 3


def scores_after(text, seed):
    """Return scores of the next token that depend on the whole text."""
    return np.random.default_rng([seed, *text]).normal(size=VOCABULARY)


def make_step(seed):
    """Return a step whose state is all that was read, and a count of the tokens of each call."""
    read = []

    def step(tokens_BT, state):
        read.append(tokens_BT.shape[1])
        rows = [[]] * len(tokens_BT) if state is None else state
        rows = [[*row, *new] for row, new in zip(rows, tokens_BT.tolist(), strict=True)]
        return np.stack([scores_after(row, seed) for row in rows]), rows

    return step, read


def by_hand(prompt, seed, max_tokens):
    """Find the continuation each of whose tokens no other beats, among all there are."""
    for length in range(max_tokens + 1):
        for text in itertools.product(range(VOCABULARY), repeat=length):
            chosen = [*text] if length == max_tokens else [*text, END]
            if END in text:
                continue
            if all(
                scores_after([*prompt, *chosen[:place]], seed).argmax() == token
                for place, token in enumerate(chosen)
            ):
                return list(text)
    raise AssertionError("there is always one")


@pytest.mark.parametrize("seed", range(12))
def test_the_best_token_is_taken_at_every_place(seed):
    prompts = np.array([[0, 1], [2, 2], [1, 0]])
    step, read = make_step(seed)
    found = greedy(step, prompts, end_ids={END}, max_tokens=4)
    assert found == [by_hand(prompt, seed, 4) for prompt in prompts.tolist()]
    assert read == [2, *[1] * (len(read) - 1)], "the prompt is read once, then a token a step"
    for row, prompt in enumerate(prompts):
        alone = greedy(make_step(seed)[0], prompt[None], end_ids={END}, max_tokens=4)
        assert alone == [found[row]], "what is written does not depend on the rows beside it"


def test_several_ends_and_none():
    step, _ = make_step(0)
    prompts = np.array([[0, 1], [2, 2]])
    endless = greedy(step, prompts, end_ids=(), max_tokens=6)
    assert [len(text) for text in endless] == [6, 6]
    ends = {END, 1}
    found = greedy(make_step(0)[0], prompts, end_ids=ends, max_tokens=6)
    assert found == [
        list(itertools.takewhile(lambda token: token not in ends, text)) for text in endless
    ]


def test_nothing_to_write_is_refused():
    with pytest.raises(SettingError, match="max_tokens is 0"):
        greedy(make_step(0)[0], np.array([[0]]), end_ids=(), max_tokens=0)


@torch.inference_mode()
def test_a_model_with_a_cache_writes_what_it_writes_by_full_passes():
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=31,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=20,
        initializer_range=0.3,
    )
    model = Llama(config).double().eval()

    def cached(tokens_BT, cache):
        cache = model.new_cache(12) if cache is None else cache
        return model(torch.from_numpy(tokens_BT), cache=cache)[:, -1].numpy(), cache

    def whole(tokens_BT, text_BT):
        text_BT = tokens_BT if text_BT is None else np.concatenate([text_BT, tokens_BT], axis=1)
        return model(torch.from_numpy(text_BT))[:, -1].numpy(), text_BT

    prompts = np.array([[4, 5, 6], [7, 8, 9]])
    found = greedy(cached, prompts, end_ids=(), max_tokens=9)
    assert found == greedy(whole, prompts, end_ids=(), max_tokens=9)
