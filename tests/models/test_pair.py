"""The head that compares two texts: what it looks at, and what it must not see."""

from pathlib import Path

import pytest
import torch
import transformers

from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.pair import BertForTextPairs, find_matches, find_sides, mean_of
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.text.unigram import train_unigram

IDS = torch.tensor([[2, 7, 8, 9, 3, 8, 11, 3], [2, 7, 3, 7, 3, 0, 0, 0]])
TYPES = torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0, 0]])
MASK = torch.tensor([[1] * 8, [1] * 5 + [0] * 3])


@pytest.fixture
def model() -> BertForTextPairs:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=40,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        initializer_range=0.3,
    )
    return BertForTextPairs(BertEncoder(config), num_labels=3).eval()


def test_the_sides_are_the_words_alone() -> None:
    sides = find_sides(TYPES, MASK)
    assert sides.first.int().tolist() == [[0, 1, 1, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]]
    assert sides.second.int().tolist() == [[0, 0, 0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 0, 0, 0, 0]]


def test_an_empty_text_has_no_words() -> None:
    types, mask = torch.tensor([[0, 0, 1, 1]]), torch.ones(1, 4, dtype=torch.int64)
    sides = find_sides(types, mask)
    assert not sides.first.any()
    assert sides.second.int().tolist() == [[0, 0, 1, 0]]


def test_a_match_is_a_token_of_both_texts() -> None:
    matches = find_matches(IDS, find_sides(TYPES, MASK))
    assert matches.tolist() == [[0, 0, 1, 0, 0, 1, 0, 0], [0, 1, 0, 1, 0, 0, 0, 0]]


def test_the_mean_of_no_words_is_zero() -> None:
    assert mean_of(torch.ones(1, 3, 2), torch.zeros(1, 3, dtype=torch.bool)).tolist() == [[0, 0]]


def test_padding_does_not_change_the_answer(model: BertForTextPairs) -> None:
    with torch.no_grad():
        both = model(IDS, MASK, TYPES)
        alone = model(IDS[1:, :5], MASK[1:, :5], TYPES[1:, :5])
    assert both[1].tolist() == pytest.approx(alone[0].tolist(), abs=1e-5)


@pytest.mark.parametrize("ids", [[2, 3, 7, 3], [2, 7, 3, 3], [2, 3, 3]])
def test_empty_texts_have_an_answer(model: BertForTextPairs, ids: list[int]) -> None:
    cut = ids.index(3) + 1
    types = torch.tensor([[0] * cut + [1] * (len(ids) - cut)])
    logits = model(torch.tensor([ids]), torch.ones_like(types), types)
    assert torch.isfinite(logits).all()


def test_every_weight_learns_something(model: BertForTextPairs) -> None:
    model(IDS, MASK, TYPES).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0 or name.endswith("key.bias"), name


def test_a_saved_model_is_the_same_and_its_encoder_opens_elsewhere(
    model: BertForTextPairs, tmp_path: Path
) -> None:
    model = BertForTextPairs(model.encoder, num_labels=1, is_symmetric=True, largest_score=5.0)
    tokenizer = train_unigram(["가나다 라마바 사아자"], vocab_size=20)
    save_checkpoint(tmp_path, model.eval(), tokenizer_json=tokenizer.to_json(), task="similarity")
    again = load_checkpoint(tmp_path).model
    assert isinstance(again, BertForTextPairs)
    assert (again.is_symmetric, again.largest_score, again.num_labels) == (True, 5.0, 1)
    with torch.no_grad():
        assert torch.equal(again(IDS, MASK, TYPES), model(IDS, MASK, TYPES))
        transformers.logging.set_verbosity_error()
        elsewhere = transformers.BertModel.from_pretrained(tmp_path, add_pooling_layer=False).eval()
        hidden = elsewhere(IDS, attention_mask=MASK, token_type_ids=TYPES).last_hidden_state
        ours = model.encoder.encode(IDS, MASK, TYPES)
    assert hidden[MASK == 1].numpy() == pytest.approx(ours[MASK == 1].numpy(), abs=1e-5)


def test_an_encoder_of_one_token_type_is_refused() -> None:
    config = BertConfig(vocab_size=9, hidden_size=8, num_attention_heads=1, type_vocab_size=1)
    with pytest.raises(SettingError, match="type_vocab_size = 2"):
        BertForTextPairs(BertEncoder(config), num_labels=2)
