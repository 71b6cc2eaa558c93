"""Every family's forward pass can be traced once for all batch sizes and lengths.

That is what an ONNX file is made from; the file itself is tested where it is written.
"""

import pytest
import torch

from madang.models.bert import BertConfig, BertEncoder
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.llama import Llama, LlamaConfig
from madang.models.seq2seq import Seq2Seq, Seq2SeqConfig

FREE = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", min=2, max=20)}


def make_bert():
    config = BertConfig(
        vocab_size=31,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=20,
    )
    return BertForEvidenceClassification(BertEncoder(config), num_labels=2)


def make_llama():
    config = LlamaConfig(
        vocab_size=31,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=20,
    )
    return Llama(config)


def make_seq2seq():
    config = Seq2SeqConfig(
        vocab_size=31,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=24,
        decoder_ffn_dim=24,
        max_position_embeddings=20,
    )
    return Seq2Seq(config)


def batch(num_texts, length, *, has_decoder_input):
    ids = torch.randint(4, 31, (num_texts, length))
    mask = torch.ones_like(ids)
    mask[0, length // 2 :] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    if has_decoder_input:
        inputs["decoder_input_ids"] = torch.randint(4, 31, (num_texts, length))
    return inputs


@pytest.mark.parametrize("make", [make_bert, make_llama, make_seq2seq])
def test_one_trace_equals_the_model_on_other_shapes(make):
    model, has_decoder_input = make().eval(), make is make_seq2seq
    inputs = batch(2, 7, has_decoder_input=has_decoder_input)
    program = torch.export.export(
        model, (), kwargs=inputs, dynamic_shapes=dict.fromkeys(inputs, FREE)
    ).module()
    for shape in [(1, 2), (3, 20), (2, 7)]:
        inputs = batch(*shape, has_decoder_input=has_decoder_input)
        with torch.inference_mode():
            torch.testing.assert_close(program(**inputs), model(**inputs), rtol=0, atol=1e-5)
