"""The head that tags characters: what it sees, and that its encoder opens in transformers."""

import dataclasses

import pytest
import torch
from transformers import AutoModel

from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.tagging import NUM_PLACES, BertForCharacterTagging
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.text.character import NUM_PLACES as PLACES_OF_CHARACTERS
from madang.text.unigram import train_unigram

TAGS = ("O", "B-PER", "I-PER")
TOKENIZER = train_unigram(["첫 회를 시작으로 13일까지 4일간 총 4회에 걸쳐"] * 9, vocab_size=50)
CONFIG = BertConfig(
    vocab_size=TOKENIZER.vocab_size,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=32,
    max_position_embeddings=32,
    initializer_range=0.3,
)


def build(*, crf=True):
    torch.manual_seed(0)
    model = BertForCharacterTagging(BertEncoder(CONFIG), tags=TAGS, crf=crf).eval()
    if crf:
        torch.nn.init.normal_(model.chain.transition)
    return model


def batch():
    """Two texts; the second is shorter, in tokens and in characters."""
    return {
        "input_ids": torch.tensor([[2, 7, 8, 9, 3], [2, 10, 3, 0, 0]]),
        "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
        "character_ids": torch.tensor([[7, 8, 9, 11], [10, 12, 0, 0]]),
        "character_tokens": torch.tensor([[1, 2, 2, 3], [1, 1, 0, 0]]),
        "character_places": torch.tensor([[8, 0, 1, 0], [8, 1, -1, -1]]),
    }


def test_padding_and_batch_mates_change_no_emission():
    model, inputs = build(), batch()
    with torch.inference_mode():
        together, _ = model(**inputs)
        alone, _ = model(
            **{name: rows[1:, : 3 if rows.shape[1] == 5 else 2] for name, rows in inputs.items()}
        )
    assert torch.allclose(together[1, :2], alone[0], atol=1e-5)


def test_a_character_sees_two_others_to_each_side_and_itself():
    model = build()
    width = 9
    row = {
        "input_ids": torch.tensor([[2, 7, 3]]),
        "attention_mask": torch.ones(1, 3, dtype=torch.int64),
        "character_ids": torch.arange(5, 5 + width)[None],
        "character_tokens": torch.ones(1, width, dtype=torch.int64),
        "character_places": torch.zeros(1, width, dtype=torch.int64),
    }
    other = {**row, "character_ids": row["character_ids"].clone()}
    other["character_ids"][0, 4] = 20
    with torch.inference_mode():
        changed = (model(**row)[0] - model(**other)[0]).abs().amax(-1)[0] > 1e-6
    assert changed.tolist() == [2 <= position <= 6 for position in range(width)]


def test_without_a_chain_no_transition_counts():
    inputs = batch()
    with torch.inference_mode():
        emissions, transitions = build(crf=False)(**inputs)
        with_chain, learned = build()(**inputs)
    assert torch.equal(transitions, torch.zeros(1, 3, 3))
    assert torch.equal(emissions, with_chain)
    assert float(learned[0, 0, 2]) < -1000


@pytest.mark.parametrize("crf", [True, False])
def test_a_saved_tagger_opens_again_and_its_encoder_in_transformers(tmp_path, crf):
    model, inputs = build(crf=crf), batch()
    save_checkpoint(
        tmp_path, model, tokenizer_json=TOKENIZER.to_json(), task="tagging", labels=TAGS
    )
    opened = load_checkpoint(tmp_path).model
    with torch.inference_mode():
        for left, right in zip(model(**inputs), opened(**inputs), strict=True):
            assert torch.equal(left, right)
        theirs = AutoModel.from_pretrained(tmp_path, add_pooling_layer=False).eval()
        hidden = theirs(inputs["input_ids"], attention_mask=inputs["attention_mask"])[0]
        ours = model.encoder.encode(inputs["input_ids"], inputs["attention_mask"])
    real = inputs["attention_mask"].bool()
    assert torch.allclose(hidden[real], ours[real], atol=1e-5)


def test_the_first_tag_is_outside():
    with pytest.raises(SettingError, match="first must be O"):
        BertForCharacterTagging(BertEncoder(CONFIG), tags=("B-PER", "O"), crf=True)


def test_a_head_has_a_place_for_every_place_of_a_character():
    assert NUM_PLACES == PLACES_OF_CHARACTERS


def test_dropout_falls_on_the_head_too():
    config = dataclasses.replace(CONFIG, hidden_dropout_prob=0.5)
    model = BertForCharacterTagging(BertEncoder(config), tags=TAGS, crf=True)
    assert model.head.dropout.p == 0.5
