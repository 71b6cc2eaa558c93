"""The two decoders: nothing looks ahead, and a step with the cache gives what a pass gives."""

import pytest
import torch
import transformers

from madang.errors import SettingError
from madang.models.llama import Llama, LlamaConfig
from madang.models.seq2seq import Seq2Seq, Seq2SeqConfig

# Weights are of 64 bits, so that no processor's way of summing comes near it; what is left are the
# rotary angles, of 32.
EQUAL = {"rtol": 0, "atol": 2e-6}


def make_llama(**changes):
    config = LlamaConfig(
        vocab_size=31,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=20,
        # Wide enough that what is attended to shows in the scores.
        initializer_range=0.3,
    )
    return Llama(config).double().eval()


def make_seq2seq():
    config = Seq2SeqConfig(
        vocab_size=31,
        d_model=16,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=4,
        encoder_ffn_dim=24,
        decoder_ffn_dim=24,
        max_position_embeddings=20,
        init_std=0.3,
    )
    return Seq2Seq(config).double().eval()


def ids(*shape):
    return torch.randint(4, 31, shape)


@pytest.fixture(autouse=True)
def without_gradients():
    with torch.inference_mode():
        yield


def test_llama_does_not_look_ahead():
    model, text = make_llama(), ids(2, 9)
    before = model(text)
    for position in range(9):
        changed = text.clone()
        changed[:, position] = 3
        after = model(changed)
        torch.testing.assert_close(after[:, :position], before[:, :position], **EQUAL)
        assert (after[:, position] - before[:, position]).abs().max() > 1e-3


def test_seq2seq_does_not_look_ahead_in_what_it_writes_but_sees_all_it_reads():
    model, source, written = make_seq2seq(), ids(2, 7), ids(2, 6)
    before = model(source, written)
    changed = written.clone()
    changed[:, 4] = 3
    torch.testing.assert_close(model(source, changed)[:, :4], before[:, :4], **EQUAL)
    for position in range(7):
        other = source.clone()
        other[:, position] = 3
        assert (model(other, written)[:, 0] - before[:, 0]).abs().max() > 1e-4


@pytest.mark.parametrize("steps", [[1] * 9, [4, 1, 1, 3], [9], [1, 8]])
def test_llama_gives_the_same_with_and_without_the_cache(steps):
    model, text = make_llama(), ids(3, 9)
    cache = model.new_cache()
    pieces = [model(piece, cache=cache) for piece in text.split(steps, dim=1)]
    assert cache.num_positions == 9
    torch.testing.assert_close(torch.cat(pieces, dim=1), model(text), **EQUAL)


@pytest.mark.parametrize("steps", [[1] * 6, [2, 1, 3]])
def test_seq2seq_gives_the_same_with_and_without_the_cache(steps):
    model, source, written = make_seq2seq(), ids(3, 7), ids(3, 6)
    mask = torch.ones(3, 7, dtype=torch.long)
    mask[1, 4:] = 0
    memories, cache = model.read(source, mask), model.new_cache()
    pieces = [
        model.write(piece, memories, attention_mask=mask, cache=cache)
        for piece in written.split(steps, dim=1)
    ]
    torch.testing.assert_close(
        torch.cat(pieces, dim=1), model(source, written, attention_mask=mask), **EQUAL
    )


@pytest.mark.parametrize("step", [1, 2])
def test_prompts_of_different_lengths_padded_on_the_left_continue_as_if_alone(step):
    model, short, long = make_llama(), ids(1, 4), ids(1, 7)
    batch = torch.cat([torch.cat([torch.zeros(1, 3, dtype=torch.long), short], 1), long])
    mask = torch.ones(2, 7, dtype=torch.long)
    mask[0, :3] = 0
    cache = model.new_cache()
    first = model(batch, mask, cache=cache)[:, -1]
    more = ids(2, step)
    mask = torch.cat([mask, torch.ones(2, step, dtype=torch.long)], 1)
    second = model(more, mask, cache=cache)[:, -1]
    for row, prompt in enumerate((short, long)):
        torch.testing.assert_close(first[row : row + 1], model(prompt)[:, -1], **EQUAL)
        whole = torch.cat([prompt, more[row : row + 1]], 1)
        torch.testing.assert_close(second[row : row + 1], model(whole)[:, -1], **EQUAL)


def test_a_beam_search_may_reorder_the_cache():
    model, text, order = make_llama(), ids(3, 5), torch.tensor([2, 2, 0])
    cache = model.new_cache()
    model(text, cache=cache)
    cache.select(order)
    following = ids(3, 1)
    expected = model(torch.cat([text[order], following], 1))[:, -1:]
    torch.testing.assert_close(model(following, cache=cache), expected, **EQUAL)


def test_a_decoder_refuses_a_mask_that_forgets_the_past():
    model = make_llama()
    cache = model.new_cache()
    model(ids(2, 5), cache=cache)
    with pytest.raises(SettingError, match=r"covers 1 positions.*5 in the cache and 1 new.*6 col"):
        model(ids(2, 1), torch.ones(2, 1), cache=cache)


@pytest.mark.parametrize("model", [make_llama, make_seq2seq])
def test_a_text_longer_than_the_positions_is_refused(model):
    model = model()
    arguments = (ids(1, 21),) if isinstance(model, Llama) else (ids(1, 3), ids(1, 21))
    with pytest.raises(SettingError, match="has 21 positions; this model has 20"):
        model(*arguments)


def test_llama_can_score_the_last_position_alone():
    model, text = make_llama(), ids(2, 6)
    torch.testing.assert_close(model.score(model.read(text)[:, -1]), model(text)[:, -1], **EQUAL)


def test_a_dynamic_scaling_equals_that_of_transformers(open_reference):
    """Texts of 9 tokens, where the training had 5: all angles are those of the length 9."""
    rotary = {"rope_type": "dynamic", "rope_theta": 50.0, "factor": 4.0}
    config = transformers.LlamaConfig(
        vocab_size=31,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=5,
        initializer_range=0.3,
        rope_parameters=rotary,
    )
    theirs = transformers.LlamaForCausalLM(config)
    ours, text = open_reference(theirs), ids(3, 9)
    torch.testing.assert_close(ours(text), theirs.eval()(text).logits, rtol=0, atol=1e-4)
    mask = torch.ones(3, 9, dtype=torch.long)
    mask[1, 5:] = 0
    with pytest.raises(SettingError, match="different lengths can not share a batch"):
        ours(text, mask)


def test_a_cache_has_room_for_what_was_asked():
    cache = make_llama().new_cache(6)
    with pytest.raises(SettingError, match="room for 6 positions"):
        make_llama()(ids(1, 7), cache=cache)
