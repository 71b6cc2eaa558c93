"""What is hidden, how often, and that a real encoder learns from it."""

import pytest
import torch

from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.tasks.masked_tokens.objective import MaskedTokens, Vocabulary, select_words
from madang.training import train

PAD, UNK, CLS, SEP, MASK = range(5)
SIZE = 50


def vocabulary(*, starts=None):
    return Vocabulary(
        size=SIZE,
        pad_id=PAD,
        mask_id=MASK,
        special_ids=(PAD, UNK, CLS, SEP, MASK),
        word_starts=starts,
    )


def texts(num_texts, length, seed=0):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(5, SIZE, (num_texts, length), generator=generator)
    return [[CLS, *row, SEP] for row in ids.tolist()]


def test_of_the_chosen_tokens_80_percent_are_masked_10_random_10_kept():
    objective = MaskedTokens(vocabulary=vocabulary())
    rows = texts(400, 100)
    batch = objective.collate(rows, torch.Generator().manual_seed(1))
    seen, truth = batch["input_ids"].flatten()[batch["rows"]], batch["labels"]
    assert len(truth) == 400 * 15
    assert (seen == MASK).float().mean() == pytest.approx(0.8, abs=0.02)
    # One random token in 45 happens to be the true one.
    assert (seen == truth).float().mean() == pytest.approx(0.1 + 0.1 / 45, abs=0.015)
    assert not ((seen < 5) & (seen != MASK)).any()


def test_special_tokens_and_padding_are_never_hidden_and_the_rest_is_untouched():
    objective = MaskedTokens(vocabulary=vocabulary(), share=0.9)
    rows = [*texts(20, 30), *texts(20, 3), [CLS, UNK, SEP]]
    batch = objective.collate(rows, torch.Generator().manual_seed(1))
    original = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(row) for row in rows], batch_first=True
    )
    assert (original.flatten()[batch["rows"]] >= 5).all()
    assert torch.equal(original.flatten()[batch["rows"]], batch["labels"])
    untouched = torch.ones(original.numel(), dtype=torch.bool)
    untouched[batch["rows"]] = False
    assert torch.equal(original.flatten()[untouched], batch["input_ids"].flatten()[untouched])


def test_every_text_gives_something_to_learn_even_of_one_token():
    objective = MaskedTokens(vocabulary=vocabulary())
    batch = objective.collate([[CLS, 7, SEP], [CLS, 8, 9, SEP]], torch.Generator())
    assert set((batch["rows"] // 4).tolist()) == {0, 1}


def test_whole_words_are_hidden_whole_and_all_equally_often():
    word = torch.tensor([[0, 0, 1, 2, 2, 2, 3, 4, 5, 5]]).expand(2000, -1)
    hidable = torch.ones_like(word, dtype=torch.bool)
    selected = select_words(word, hidable, share=0.3, generator=torch.Generator().manual_seed(0))
    for number in range(6):
        columns = selected[:, word[0] == number]
        assert (columns.all(1) == columns.any(1)).all()
    assert selected.sum(1).max() <= 3
    assert selected.any(1).all()


def test_a_piece_belongs_to_the_word_that_began_before_it():
    starts = torch.zeros(SIZE, dtype=torch.bool)
    starts[5:20] = True
    objective = MaskedTokens(vocabulary=vocabulary(starts=starts), share=0.5)
    row = [CLS, 5, 30, 31, 6, 7, 32, SEP]
    for seed in range(50):
        batch = objective.collate([row], torch.Generator().manual_seed(seed))
        hidden = set(batch["rows"].tolist())
        assert {1, 2, 3} <= hidden or not {1, 2, 3} & hidden
        assert {5, 6} <= hidden or not {5, 6} & hidden


def test_an_encoder_learns_to_fill_a_pattern(tmp_path, training_settings):
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=SIZE,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = BertForMaskedTokens(BertEncoder(config))
    rows = [[CLS, *([token] * 8), SEP] for token in range(5, 25)] * 4
    result = train(
        model=model,
        objective=MaskedTokens(vocabulary=vocabulary()),
        train_data=rows,
        validation_data=rows[:20],
        settings=training_settings(num_epochs=16, batch_size=16, learning_rate=0.01),
        folder=tmp_path,
    )
    assert result.metric == "loss"
    figures = [r for r in result.history if r["event"] == "validation"]
    assert figures[-1]["accuracy"] >= 0.9
    assert figures[-1]["loss"] < figures[0]["loss"] / 2


def test_a_share_outside_its_range_is_refused():
    with pytest.raises(SettingError, match=r"share is 1\.5; it must be above 0 and below 1"):
        MaskedTokens(vocabulary=vocabulary(), share=1.5)
