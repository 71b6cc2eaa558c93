"""Attention as Hugging Face's models give it, and where there is nothing to look at, none."""

import pytest
import torch
import transformers

from madang.models.bert.attention_map import attention_maps
from madang.models.bert.heads.classification import BertForTokenClassification

from_kind = {
    "BertModel": lambda model: model,
    "BertForTokenClassification": lambda model: model.encoder,
}


@pytest.mark.parametrize("kind", from_kind)
def test_the_maps_are_those_of_hugging_face(kind, open_reference):
    config = transformers.BertConfig(
        vocab_size=31,
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=24,
        max_position_embeddings=20,
        initializer_range=0.5,
        attn_implementation="eager",
    )
    reference = getattr(transformers, kind)(config).eval()
    encoder = from_kind[kind](open_reference(reference).eval())
    ids, mask = torch.randint(4, 31, (3, 9)), torch.ones(3, 9, dtype=torch.long)
    mask[1, 5:] = 0
    types = torch.randint(0, 2, (3, 9))
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
    with torch.inference_mode():
        expected = reference(**inputs, output_attentions=True).attentions
        found = attention_maps(encoder, ids, mask, types)
    assert len(found) == len(expected) == 3
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
        assert (ours[1, :, :, 5:] == 0).all()
        torch.testing.assert_close(ours.sum(-1), torch.ones(3, 4, 9))


def test_looking_changes_nothing(open_reference):
    config = transformers.BertConfig(
        vocab_size=31, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=24, max_position_embeddings=20,
    )  # fmt: skip
    model = open_reference(transformers.BertForTokenClassification(config)).eval()
    assert isinstance(model, BertForTokenClassification)
    ids = torch.randint(4, 31, (2, 7))
    with torch.inference_mode():
        before = model(ids)
        attention_maps(model.encoder, ids)
        assert torch.equal(before, model(ids))
