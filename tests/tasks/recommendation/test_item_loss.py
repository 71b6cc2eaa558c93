"""Losses over items, found again by hand and by their laws."""

import math

import pytest
import torch
from torch.nn import functional

from madang.errors import SettingError
from madang.models.bert4rec import SasRec, SasRecConfig
from madang.tasks.recommendation.item_loss import (
    Gbce,
    SampledSoftmax,
    Softmax,
    candidate_scores,
    item_loss,
)

NUM_ITEMS = 12


@pytest.fixture
def model():
    torch.manual_seed(3)
    config = SasRecConfig(hidden_size=8, initializer_range=0.4, intermediate_size=16)
    return SasRec(config.of_items(NUM_ITEMS)).eval()


@pytest.fixture
def batch():
    return {
        "input_ids": torch.tensor([[1, 2, 3], [4, 5, 6]]),
        "rows": torch.tensor([0, 2, 4]),
        "labels": torch.tensor([2, 7, 6]),
    }


def scores_of(model, batch):
    """Return the scores (N, V) by the whole pass, the special ids left out."""
    return model(batch["input_ids"], rows=batch["rows"])[:, 1 : NUM_ITEMS + 1].detach().double()


def test_softmax_is_cross_entropy_over_all_ids(model, batch):
    scores = model(batch["input_ids"], rows=batch["rows"])
    expected = functional.cross_entropy(scores, batch["labels"], reduction="sum")
    torch.testing.assert_close(Softmax().loss_sum(model, batch), expected)


def test_gbce_is_the_sum_that_the_paper_writes(model, batch):
    loss = Gbce(num_items=NUM_ITEMS, num_drawn=3, confidence=0.75)
    batch["drawn"] = torch.tensor([7, 1, 9])
    share = 3 / (NUM_ITEMS - 1)
    beta = share * (0.75 * (1 - 1 / share) + 1 / share)
    expected = 0.0
    for scores, label in zip(scores_of(model, batch), batch["labels"].tolist(), strict=True):
        probability = torch.sigmoid(scores)
        terms = beta * math.log(probability[label - 1])
        for drawn in (7, 1, 9):
            if drawn != label:
                terms += math.log(1 - probability[drawn - 1])
        expected -= terms / 4
    assert loss.loss_sum(model, batch).item() == pytest.approx(expected, rel=1e-5)


def test_gbce_that_is_shown_every_no_is_plain_binary_cross_entropy():
    assert Gbce(num_items=NUM_ITEMS, num_drawn=NUM_ITEMS - 1, confidence=0.4).exponent == 1.0


def test_gbce_draws_every_item_as_often():
    loss = Gbce(num_items=NUM_ITEMS, num_drawn=60_000)
    drawn = loss.draw(torch.Generator().manual_seed(0))["drawn"]
    shares = torch.bincount(drawn, minlength=NUM_ITEMS + 2).double() / len(drawn)
    assert shares[[0, NUM_ITEMS + 1]].tolist() == [0, 0]
    assert shares[1 : NUM_ITEMS + 1].numpy() == pytest.approx(1 / NUM_ITEMS, abs=0.005)


def sampled(num_drawn):
    counts = [100, 50, 20, 9, 9, 5, 3, 2, 1, 1, 0, 0]
    loss = item_loss("sampled_softmax", counts=counts, num_drawn=num_drawn, confidence=0.75)
    assert isinstance(loss, SampledSoftmax)
    return loss


def test_the_sum_over_drawn_items_is_that_over_all_in_expectation(model, batch):
    loss, generator = sampled(4), torch.Generator().manual_seed(0)
    scores = scores_of(model, batch)
    total = torch.zeros(3, dtype=torch.float64)
    num_rounds = 3000
    for _ in range(num_rounds):
        drawn = batch | loss.draw(generator)
        own, shared = (scores.detach().double() for scores in candidate_scores(model, drawn))
        total += own.exp() + (shared - drawn["drawn_log_count"]).exp().sum(1)
    expected = scores.exp().sum(1)
    assert (total / num_rounds).tolist() == pytest.approx(expected.tolist(), rel=0.05)


def test_with_many_drawn_items_sampled_softmax_is_the_full_one(model, batch):
    drawn = batch | sampled(200_000).draw(torch.Generator().manual_seed(1))
    scores = scores_of(model, batch)
    expected = functional.cross_entropy(scores, batch["labels"] - 1, reduction="sum")
    assert sampled(200_000).loss_sum(model, drawn).item() == pytest.approx(
        expected.item(), rel=0.01
    )


def test_popular_items_are_drawn_more_often_and_every_item_can_be():
    drawn = sampled(200_000).draw(torch.Generator().manual_seed(1))["drawn"]
    counts = torch.bincount(drawn, minlength=NUM_ITEMS + 2)[1 : NUM_ITEMS + 1]
    assert counts.min() > 0
    assert counts[0] / counts[10] == pytest.approx(math.sqrt(101), rel=0.1)


@pytest.mark.parametrize("name", ["softmax", "sampled_softmax", "gbce"])
def test_every_loss_falls_when_the_right_items_score_higher(model, batch, name):
    loss = item_loss(name, counts=[1] * NUM_ITEMS, num_drawn=20, confidence=0.75)
    # One row: another row's right item may be drawn as a wrong one.
    batch |= {"rows": batch["rows"][:1], "labels": batch["labels"][:1]}
    batch |= loss.draw(torch.Generator().manual_seed(0))
    before = loss.loss_sum(model, batch)
    with torch.no_grad():
        model.head.bias[batch["labels"]] += 1.0
    assert loss.loss_sum(model, batch) < before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "bpr"}, "'bpr'; it must be one of softmax, sampled_softmax, gbce"),
        ({"num_drawn": 0}, "num_drawn is 0"),
        ({"confidence": 1.5}, "confidence 1.5"),
    ],
)
def test_an_impossible_loss_is_refused(changes, message):
    given = {"name": "gbce", "counts": [1, 2], "num_drawn": 1, "confidence": 0.75} | changes
    with pytest.raises(SettingError, match=message):
        item_loss(given.pop("name"), **given)
