"""Heads for answers: Hugging Face's own, and the one that answers to the character."""

import pytest
import torch
import transformers

from madang.models.bert import BertConfig, BertEncoder
from madang.models.bert.heads.answering import (
    NUM_OVERLAPS,
    BertForQuestionAnswering,
    BertForSpanExtraction,
)
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.text import overlap


@pytest.fixture
def encoder():
    return BertEncoder(
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


def batch():
    ids = torch.randint(4, 31, (3, 9))
    mask = torch.ones(3, 9, dtype=torch.long)
    mask[1, 5:] = 0
    types = torch.zeros(3, 9, dtype=torch.long)
    types[:, 4:] = 1
    return ids, mask, types


def test_starts_and_ends_equal_hugging_face_s(encoder, tmp_path, tokenizer_json):
    ours = BertForQuestionAnswering(encoder).eval()
    save_checkpoint(tmp_path, ours, tokenizer_json=tokenizer_json, task="answering")
    theirs = transformers.BertForQuestionAnswering.from_pretrained(tmp_path).eval()
    ids, mask, types = batch()
    with torch.inference_mode():
        start, end = ours(ids, mask, types)
        answer = theirs(input_ids=ids, attention_mask=mask, token_type_ids=types)
    real = mask == 1
    torch.testing.assert_close(start[real], answer.start_logits[real], rtol=0, atol=1e-5)
    torch.testing.assert_close(end[real], answer.end_logits[real], rtol=0, atol=1e-5)


def test_overlap_and_trim_come_back_from_a_folder(encoder, tmp_path, tokenizer_json):
    ours = BertForSpanExtraction(encoder).eval()
    save_checkpoint(tmp_path, ours, tokenizer_json=tokenizer_json, task="answering")
    model = load_checkpoint(tmp_path).model
    assert type(model) is BertForSpanExtraction
    ids, mask, types = batch()
    overlaps = torch.randint(0, NUM_OVERLAPS, ids.shape)
    with torch.inference_mode():
        for found, expected in zip(
            model(ids, mask, types, overlaps), ours(ids, mask, types, overlaps), strict=True
        ):
            assert torch.equal(found, expected)


def test_hugging_face_s_class_opens_what_it_knows_of_it(encoder, tmp_path, tokenizer_json):
    ours = BertForSpanExtraction(encoder).eval()
    save_checkpoint(tmp_path, ours, tokenizer_json=tokenizer_json, task="answering")
    theirs, report = transformers.BertForQuestionAnswering.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not report["missing_keys"]
    assert {key.split(".")[0] for key in report["unexpected_keys"]} == {
        "overlap_embeddings",
        "trim_outputs",
    }
    ids, mask, types = batch()
    with torch.inference_mode():
        start, _, _ = ours(ids, mask, types)
        expected = theirs.eval()(ids, mask, types).start_logits
    torch.testing.assert_close(start[mask == 1], expected[mask == 1], rtol=0, atol=1e-5)


def test_the_model_has_a_vector_for_every_overlap_that_text_tells_apart():
    assert NUM_OVERLAPS == overlap.NUM_OVERLAPS


def test_overlap_changes_the_answer(encoder):
    model = BertForSpanExtraction(encoder).eval()
    ids, mask, types = batch()
    none = torch.zeros_like(ids)
    some = none.clone()
    some[:, 5] = NUM_OVERLAPS - 1
    assert not torch.equal(model(ids, mask, types, none)[0], model(ids, mask, types, some)[0])
