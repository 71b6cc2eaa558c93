"""BERT4Rec: the next item is the hidden item at the end of a history."""

import pytest
import torch

from madang.models.bert4rec import Bert4Rec, Bert4RecConfig


@pytest.fixture
def model():
    config = Bert4RecConfig(
        vocab_size=31, hidden_size=16, max_position_embeddings=10, initializer_range=0.3
    )
    return Bert4Rec(config).eval()


def test_the_next_item_is_scored_at_a_mask_after_the_history(model):
    histories = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14, 15, 16, 17]]
    ids, mask = torch.zeros(3, 9, dtype=torch.long), torch.zeros(3, 9, dtype=torch.long)
    for row, history in enumerate(histories):
        ids[row, : len(history)] = torch.tensor(history)
        mask[row, : len(history)] = 1
    found = model.score_next(ids, mask)
    for row, history in enumerate(histories):
        expected = model(torch.tensor([[*history, model.config.mask_token_id]]))[0, -1]
        torch.testing.assert_close(found[row, 2:], expected[2:], rtol=0, atol=1e-5)
        alone = model.score_next(torch.tensor([history]))
        torch.testing.assert_close(alone[0, 2:], expected[2:], rtol=0, atol=1e-5)


def test_padding_and_mask_are_never_recommended(model):
    scores = model.score_next(torch.tensor([[5, 6]]))
    assert scores[0, :2].tolist() == [-torch.inf, -torch.inf]
    assert scores[0, 2:].isfinite().all()


def test_an_empty_history_gets_an_answer(model):
    ids = torch.zeros(1, 1, dtype=torch.long)
    expected = model(torch.tensor([[1]]))[0, 0]
    torch.testing.assert_close(model.score_next(ids, ids)[0, 2:], expected[2:], rtol=0, atol=1e-5)
