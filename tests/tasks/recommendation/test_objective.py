"""Cloze and next item: what is hidden, what is asked, and where the held-out item stands."""

import math

import numpy as np
import pytest
import torch

from madang.errors import SettingError
from madang.models.bert4rec import Bert4Rec, Bert4RecConfig, SasRec, SasRecConfig
from madang.tasks.recommendation.cloze import Cloze
from madang.tasks.recommendation.example import HeldOut
from madang.tasks.recommendation.item_loss import Softmax
from madang.tasks.recommendation.objective import NextItem

NUM_ITEMS = 50
MASK = NUM_ITEMS + 1


def histories(num_histories, length, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(1, NUM_ITEMS + 1, length) for _ in range(num_histories)]


def cloze(**options):
    return Cloze(item_loss=Softmax(), num_items=NUM_ITEMS, **options)


def drawn(objective, rows, seed=1):
    return objective.collate(rows, torch.Generator().manual_seed(seed))


def original(rows):
    tensors = [torch.from_numpy(row) for row in rows]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)


def test_of_the_hidden_items_80_percent_are_masked_10_random_10_kept():
    rows = histories(400, 100)
    batch = drawn(cloze(share=0.2, last_share=0.0), rows)
    seen, truth = batch["input_ids"].flatten()[batch["rows"]], batch["labels"]
    assert len(truth) / 40_000 == pytest.approx(0.2, abs=0.01)
    assert (seen == MASK).double().mean() == pytest.approx(0.8, abs=0.02)
    # One random item in fifty happens to be the true one.
    assert (seen == truth).double().mean() == pytest.approx(0.1 + 0.1 / 50, abs=0.015)
    assert seen.min() >= 1


def test_labels_are_what_stood_there_and_the_rest_is_untouched():
    rows = [*histories(30, 20), *histories(30, 3), *histories(5, 2)]
    batch = drawn(cloze(share=0.5, last_share=0.0), rows)
    truth, seen = original(rows).flatten(), batch["input_ids"].flatten()
    assert torch.equal(truth[batch["rows"]], batch["labels"])
    assert batch["labels"].min() >= 1
    untouched = torch.ones(len(truth), dtype=torch.bool)
    untouched[batch["rows"]] = False
    assert torch.equal(truth[untouched], seen[untouched])
    assert torch.equal(batch["attention_mask"], (original(rows) > 0).long())


def test_every_history_gives_something_to_learn():
    rows = [*histories(300, 2), *histories(300, 9)]
    batch = drawn(cloze(share=0.01, last_share=0.5), rows)
    assert set((batch["rows"] // 9).tolist()) == set(range(600))


def test_a_share_of_the_histories_has_only_its_last_item_hidden():
    batch = drawn(cloze(share=0.4, last_share=0.25), histories(2000, 10))
    lengths = batch["attention_mask"].sum(dim=1).tolist()
    hidden = [(batch["rows"][batch["rows"] // 10 == row] % 10).tolist() for row in range(2000)]
    is_last_alone = [places == [n - 1] for places, n in zip(hidden, lengths, strict=True)]
    # Of histories that are not cut it is the last alone by chance, 0.4 times 0.6 to the ninth.
    assert np.mean(is_last_alone) == pytest.approx(0.25 + 0.75 * 0.4 * 0.6**9, abs=0.03)


def test_histories_asked_for_their_end_are_cut_at_every_place_as_often():
    rows = histories(4500, 10)
    batch = drawn(cloze(last_share=1.0), rows)
    lengths = batch["attention_mask"].sum(dim=1)
    shares = torch.bincount(lengths).double() / len(rows)
    assert shares[2:].tolist() == pytest.approx([1 / 9] * 9, abs=0.02)
    assert shares[:2].tolist() == [0, 0]
    for row, ids, n, label in zip(rows, batch["input_ids"], lengths, batch["labels"], strict=True):
        assert ids.tolist() == [*row[: n - 1], MASK] + [0] * (10 - n)
        assert label == row[n - 1]


def test_histories_of_one_length_need_no_mask():
    assert "attention_mask" not in drawn(cloze(last_share=0.0), histories(4, 6))


def test_the_same_generator_hides_the_same():
    rows = histories(20, 10)
    one, other, another = (drawn(cloze(), rows, seed) for seed in (1, 1, 2))
    assert torch.equal(one["input_ids"], other["input_ids"])
    assert not torch.equal(one["input_ids"], another["input_ids"])


@pytest.mark.parametrize("options", [{"share": 0.0}, {"share": 1.0}, {"last_share": 1.1}])
def test_impossible_shares_are_refused(options):
    with pytest.raises(SettingError, match="share is"):
        cloze(**options)


def test_next_item_asks_every_item_but_the_last_what_follows():
    batch = drawn(NextItem(item_loss=Softmax()), [np.array([5, 6, 7]), np.array([8, 9])])
    assert batch["input_ids"].tolist() == [[5, 6], [8, 9]]
    asked = batch["input_ids"].flatten()[batch["rows"]]
    assert list(zip(asked.tolist(), batch["labels"].tolist(), strict=True)) == [
        (5, 6),
        (6, 7),
        (8, 9),
    ]
    assert NextItem(item_loss=Softmax()).num_tokens(batch) == 3


def test_padding_changes_no_loss():
    torch.manual_seed(0)
    model = SasRec(SasRecConfig(initializer_range=0.3).of_items(NUM_ITEMS)).eval()
    objective = NextItem(item_loss=Softmax())
    rows = [*histories(3, 9), *histories(3, 4, seed=1)]
    together = objective.loss(model, drawn(objective, rows)).loss_sum
    alone = sum(objective.loss(model, drawn(objective, [row])).loss_sum for row in rows)
    assert together.item() == pytest.approx(alone.item(), rel=1e-5)


@pytest.mark.parametrize("kind", [Bert4Rec, SasRec])
def test_the_figures_are_those_of_a_ranking_by_hand(kind):
    torch.manual_seed(0)
    config = {Bert4Rec: Bert4RecConfig, SasRec: SasRecConfig}[kind]
    model = kind(config(initializer_range=0.5).of_items(NUM_ITEMS)).eval()
    random = np.random.default_rng(0)
    asked = [
        HeldOut(random.integers(1, NUM_ITEMS + 1, random.integers(1, 9)), int(target))
        for target in random.integers(1, NUM_ITEMS + 1, 40)
    ]
    gains, found = [], []
    for items, target in asked:
        scores = model.score_next(torch.from_numpy(items)[None])[0]
        rivals = [n for n in range(1, NUM_ITEMS + 1) if n != target and n not in items.tolist()]
        rank = 1 + sum(bool(scores[rival] >= scores[target]) for rival in rivals)
        found.append(rank <= 10)
        gains.append(1 / math.log2(1 + rank) if rank <= 10 else 0.0)
    objective = cloze() if kind is Bert4Rec else NextItem(item_loss=Softmax())
    batches = [drawn(objective, asked[:15]), drawn(objective, asked[15:])]
    figures = objective.evaluate(model, batches)
    assert list(figures) == ["ndcg@10", "recall@10"]
    assert figures["ndcg@10"] == pytest.approx(np.mean(gains), rel=1e-6)
    assert figures["recall@10"] == pytest.approx(np.mean(found))


def test_of_equal_scores_the_held_out_item_comes_last():
    model = SasRec(SasRecConfig().of_items(NUM_ITEMS)).eval()
    with torch.no_grad():
        model.encoder.token.weight.zero_()
    objective = NextItem(item_loss=Softmax())
    asked = [HeldOut(np.array([3, 4]), 5)]
    assert objective.evaluate(model, [drawn(objective, asked)])["recall@10"] == 0.0
