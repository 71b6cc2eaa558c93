"""Integrated gradients by law: completeness, no share for what does not count, straight lines."""

import pytest
import torch

from madang.models.bert import BertConfig, BertEncoder
from madang.models.bert.attribution import from_embeddings, integrated_gradients
from madang.models.bert.heads.classification import (
    BertForEvidenceClassification,
    BertForSequenceClassification,
)


def test_of_a_linear_score_each_token_gets_its_term():
    weight, text, baseline = (torch.randn(4, 3) for _ in range(3))
    found = integrated_gradients(
        lambda points: (points * weight).sum(dim=(1, 2)), text, baseline_TD=baseline, num_steps=1
    )
    torch.testing.assert_close(found, ((text - baseline) * weight).sum(-1))


def test_of_a_product_both_factors_get_half():
    found = integrated_gradients(
        lambda points: points[:, 0, 0] * points[:, 1, 0],
        torch.tensor([[2.0], [5.0], [7.0]]),
        baseline_TD=torch.zeros(3, 1),
    )
    torch.testing.assert_close(found, torch.tensor([5.0, 5.0, 0.0]))


@pytest.fixture(params=[BertForEvidenceClassification, BertForSequenceClassification])
def model(request):
    torch.manual_seed(0)
    encoder = BertEncoder(
        BertConfig(
            vocab_size=31,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=24,
            max_position_embeddings=20,
            initializer_range=0.3,
        )
    )
    return request.param(encoder, num_labels=2).eval()


def test_the_shares_add_up_to_the_difference_of_the_scores(model):
    ids, hidden = torch.randint(5, 31, (9,)), torch.full((9,), 4)
    logits = from_embeddings(model, model.encoder, ids)
    with torch.no_grad():
        text, nothing = (model.encoder.embed(row[None])[0] for row in (ids, hidden))
    shares = integrated_gradients(
        lambda x: logits(x)[:, 1], text, baseline_TD=nothing, num_steps=256
    )
    difference = (logits(text[None]) - logits(nothing[None]))[0, 1]
    assert difference.abs() > 0.01
    torch.testing.assert_close(shares.sum(), difference, rtol=0.01, atol=1e-4)


def test_the_model_of_its_own_embeddings_is_the_model(model):
    ids = torch.randint(5, 31, (9,))
    expected = model(ids[None])
    expected = expected[0] if isinstance(expected, tuple) else expected
    logits = from_embeddings(model, model.encoder, ids)
    assert torch.equal(logits(model.encoder.embed(ids[None])), expected)
    # The hook is gone.
    other = model(torch.randint(5, 31, (1, 4)))
    assert (other[0] if isinstance(other, tuple) else other).shape == (1, 2)
