"""BERT's heads: selected rows, tied scores, evidence that adds up, pretrained encoders reused."""

import pytest
import torch

from madang.errors import SettingError
from madang.models.bert import BertConfig, BertEncoder
from madang.models.bert.heads.classification import (
    BertForEvidenceClassification,
    BertForSequenceClassification,
    BertForTokenClassification,
)
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens


@pytest.fixture
def encoder():
    config = BertConfig(
        vocab_size=31,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=20,
        initializer_range=0.3,
    )
    return BertEncoder(config).eval()


def batch():
    ids, mask = torch.randint(4, 31, (3, 8)), torch.ones(3, 8, dtype=torch.long)
    mask[1, 3:] = 0
    return ids, mask


def test_scoring_selected_rows_gives_those_rows_of_the_whole(encoder):
    model, (ids, mask) = BertForMaskedTokens(encoder).eval(), batch()
    rows = torch.tensor([0, 9, 23, 9])
    whole = model(ids, mask).flatten(0, 1)
    torch.testing.assert_close(model(ids, mask, rows=rows), whole[rows], rtol=0, atol=1e-6)


def test_the_scores_are_tied_to_the_embedding(encoder):
    model, (ids, mask) = BertForMaskedTokens(encoder).eval(), batch()
    before = model(ids, mask)
    with torch.no_grad():
        model.encoder.token.weight[30].zero_()
    ids[ids == 30] = 29
    after = model(ids, mask)
    assert (after[..., 30] == model.head.bias[30]).all()
    assert not torch.equal(before, after)
    shapes = [tuple(weight.shape) for weight in model.parameters()]
    assert shapes.count((31, 16)) == 1


def test_evidence_adds_up_to_the_logits_and_is_zero_at_padding(encoder):
    model, (ids, mask) = BertForEvidenceClassification(encoder, num_labels=2).eval(), batch()
    logits, evidence = model(ids, mask)
    assert evidence.shape == (3, 8, 2)
    assert (evidence[1, 3:] == 0).all()
    for row, length in enumerate((8, 3, 8)):
        by_hand = sum(evidence[row, position] for position in range(length)) / length
        torch.testing.assert_close(logits[row], by_hand, rtol=0, atol=1e-6)
    alone, evidence_alone = model(ids[1:2, :3])
    torch.testing.assert_close(alone[0], logits[1], rtol=0, atol=1e-6)
    torch.testing.assert_close(evidence_alone[0], evidence[1, :3], rtol=0, atol=1e-6)


def test_evidence_is_what_token_classification_says(encoder):
    tokens = BertForTokenClassification(encoder, num_labels=2).eval()
    evidence = BertForEvidenceClassification(encoder, num_labels=2).eval()
    evidence.load_state_dict(tokens.state_dict())
    ids, _ = batch()
    torch.testing.assert_close(evidence(ids)[1], tokens(ids), rtol=0, atol=0)


def test_a_trained_encoder_goes_from_head_to_head(encoder):
    masked = BertForMaskedTokens(encoder)
    classifier = BertForSequenceClassification(masked.encoder, num_labels=4)
    assert classifier.encoder.token is masked.encoder.token
    assert classifier.encoder.pooler is not None
    assert BertForTokenClassification(classifier.encoder, num_labels=2).encoder.pooler is None


def test_a_head_needs_a_label(encoder):
    with pytest.raises(SettingError, match="at least one label"):
        BertForTokenClassification(encoder, num_labels=0)


def test_token_types_change_the_answer_and_default_to_the_first(encoder):
    ids, mask = batch()
    first = encoder.encode(ids, mask, torch.zeros_like(ids))
    torch.testing.assert_close(encoder.encode(ids, mask), first, rtol=0, atol=1e-6)
    assert (encoder.encode(ids, mask, torch.ones_like(ids)) - first).abs().max() > 1e-3


def test_bf16_autocast_stays_close_to_fp32(encoder):
    model, (ids, mask) = BertForEvidenceClassification(encoder, num_labels=2).eval(), batch()
    exact = model(ids, mask)[0]
    with torch.autocast("cpu", torch.bfloat16):
        rough, evidence = model(ids, mask)
    assert rough.dtype == evidence.dtype == torch.float32
    torch.testing.assert_close(rough, exact, rtol=0.1, atol=0.1)


def test_a_text_longer_than_the_positions_is_refused(encoder):
    with pytest.raises(SettingError, match=r"has 21 positions; this model has 20\. Cut the text"):
        encoder(torch.ones(1, 21, dtype=torch.long))


def test_dropout_works_in_training_alone(encoder):
    ids, mask = batch()
    assert torch.equal(encoder.encode(ids, mask), encoder.encode(ids, mask))
    encoder.train()
    assert not torch.equal(encoder.encode(ids, mask), encoder.encode(ids, mask))
