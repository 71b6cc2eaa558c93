"""Configs: Hugging Face's own are read, and ours are read by Hugging Face."""

import pytest
import transformers

from madang.errors import SettingError
from madang.models.bert import BertConfig
from madang.models.bert4rec import Bert4RecConfig
from madang.models.llama import LlamaConfig
from madang.models.seq2seq import Seq2SeqConfig

PAIRS = [
    (BertConfig, transformers.BertConfig, {}),
    (Bert4RecConfig, transformers.BertConfig, {"vocab_size": 77}),
    (Seq2SeqConfig, transformers.MarianConfig, {"vocab_size": 77}),
    (LlamaConfig, transformers.LlamaConfig, {"rope_theta": 500.0, "num_key_value_heads": 8}),
]


@pytest.mark.parametrize(("ours", "theirs", "changes"), PAIRS, ids=lambda value: str(value)[-40:])
def test_a_config_means_the_same_to_both(ours, theirs, changes):
    config = ours(**changes)
    elsewhere = theirs.from_dict(config.to_fields())
    returned = elsewhere.to_dict()
    for name, value in config.to_fields().items():
        if name not in ("rope_theta", "decoder_vocab_size", "head_dim"):
            assert returned[name] == value, name
    settled = ours.from_fields(returned)
    assert ours.from_fields(settled.to_fields()) == settled
    assert theirs.from_dict(settled.to_fields()).to_dict() == returned


@pytest.mark.parametrize(
    "fields",
    [
        {"rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}},
        {"rope_theta": 500000.0},
        {"rope_theta": 500000.0, "rope_scaling": None},
    ],
)
def test_the_rotary_base_is_read_from_new_and_old_files(fields):
    assert LlamaConfig.from_fields(fields).rope_theta == 500000.0


@pytest.mark.parametrize("name", ["rope_parameters", "rope_scaling"])
@pytest.mark.parametrize("kind", ["rope_type", "type"])
def test_a_rotary_scaling_is_read_from_new_and_old_files(name, kind):
    config = LlamaConfig.from_fields({name: {kind: "dynamic", "factor": 2.0}})
    assert config.rope_scaling == {"rope_type": "dynamic", "factor": 2.0}
    assert config.num_positions == 2 * config.max_position_embeddings


@pytest.mark.parametrize(
    ("config", "fields", "message"),
    [
        (LlamaConfig, {"rope_scaling": {"type": "linear"}}, "'linear'.*needed are.*factor"),
        (LlamaConfig, {"rope_scaling": {"type": "linear", "factor": 0.5}}, "at least 1"),
        (LlamaConfig, {"rope_scaling": {"type": "llama3", "factor": 8.0}}, "low_freq_factor"),
        (LlamaConfig, {"rope_parameters": {"rope_type": "yarn"}}, "'yarn'; implemented.*'llama3'"),
        (
            LlamaConfig,
            {"eos_token_id": "2"},
            "eos_token_id is '2'.*a whole number or a list, each a whole number or none",
        ),
        (LlamaConfig, {"attention_bias": 1}, "attention_bias is 1; it must be true or false"),
        (
            BertConfig,
            {"vocab_size": True},
            "vocab_size is True; it must be a whole number from 1 on",
        ),
        (BertConfig, {"tie_word_embeddings": False}, "tie_word_embeddings = False; only True"),
        (Seq2SeqConfig, {"vocab_size": 9, "normalize_before": True}, "normalize_before = True"),
        (Seq2SeqConfig, {"vocab_size": 9, "decoder_vocab_size": 8}, "share one vocabulary"),
        (
            Seq2SeqConfig,
            {"vocab_size": 9, "dropout": -0.1},
            "dropout is -0.1; it must be a number from 0 to below 1",
        ),
    ],
)
def test_what_is_not_implemented_is_refused(config, fields, message):
    with pytest.raises(SettingError, match=message):
        config.from_fields(fields)


def test_several_end_tokens_are_kept():
    assert LlamaConfig.from_fields({"eos_token_id": [2, 7]}).eos_token_id == [2, 7]
