"""The losses of sentence vectors equal loops over pairs, and teach what is alike."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from madang.errors import SettingError
from madang.tasks.embedding.objective import (
    Contrastive,
    EmbeddingExample,
    cosent,
    info_nce,
)
from madang.training import train

Example = EmbeddingExample


class MeanVectors(nn.Module):
    """Mean of embeddings, made as long as 1."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(30, 8)

    def forward(self, input_ids, attention_mask):
        summed_BD = (self.embedding(input_ids) * attention_mask[:, :, None]).sum(1)
        return nn.functional.normalize(summed_BD, dim=-1)


def collate(objective, examples):
    return objective.collate(examples, torch.Generator())


def test_each_text_of_a_batch_is_read_once():
    objective = Contrastive()
    examples = [
        Example(first=[1, 2], second=[3], unlike=[4, 5, 6]),
        Example(first=[1, 2], second=[7, 8]),
        Example(first=[9], second=[9]),
    ]
    batch = collate(objective, examples)
    assert batch["input_ids"].shape == (5, 3)
    assert batch["first"].tolist() == [0, 0, 4]
    assert batch["second"].tolist() == [1, 3, 4]
    assert int(batch["attention_mask"].sum()) == 9
    assert [objective.length(example) for example in examples] == [9, 4, 2]


def test_rivals_are_all_texts_that_share_no_partner():
    examples = [
        Example(first=[1], second=[2], unlike=[3]),
        Example(first=[1], second=[4]),
        Example(first=[5], second=[6], score=0.0),
    ]
    is_rival = collate(Contrastive(), examples)["is_rival"]
    names = [1, 2, 3, 4, 5, 6]
    kin = {(one, other) for group in ({1, 2, 4}, {5, 6}, {3}) for one in group for other in group}
    for row, one in enumerate(names):
        for column, other in enumerate(names):
            assert bool(is_rival[row, column]) == ((one, other) not in kin)


def test_telling_apart_is_a_softmax_over_rivals_from_both_sides():
    torch.manual_seed(0)
    logits = torch.randn(6, 6, dtype=torch.float64)
    logits = logits + logits.T
    is_rival = collate(
        Contrastive(), [Example(first=[1], second=[2], unlike=[3]), Example(first=[4], second=[5])]
    )["is_rival"]
    is_rival = nn.functional.pad(is_rival, (0, 1, 0, 1), value=False)
    pairs = [(0, 1), (3, 4)]
    expected = 0.0
    for first, second in pairs:
        for one, other in ((first, second), (second, first)):
            rivals = [column for column in range(6) if is_rival[one, column]]
            total = sum(math.exp(logits[one, column]) for column in [*rivals, other])
            expected -= math.log(math.exp(logits[one, other]) / total) / 2
    assert info_nce(logits, is_rival, torch.tensor(pairs).T).item() == pytest.approx(expected)


def test_order_is_learned_from_every_two_scores_that_differ():
    torch.manual_seed(1)
    logits, scores = torch.randn(7, dtype=torch.float64), torch.tensor([3, 1, 4, 1, 5, 0, 2.0])
    total = 1.0
    for one in range(7):
        for other in range(7):
            if scores[one] > scores[other]:
                total += math.exp(logits[other] - logits[one])
    assert cosent(logits, scores).item() == pytest.approx(7 * math.log(total))


def test_the_loss_of_a_mixed_batch_is_the_sum_of_its_parts():
    objective = Contrastive(temperature=0.5, score_temperature=0.25, score_weight=3.0)
    together = [Example(first=[1, 2], second=[3]), Example(first=[4], second=[5, 6])]
    scored = [Example(first=[7], second=[8], score=1.0), Example(first=[9], second=[10], score=4.0)]
    model = MeanVectors()
    batch = collate(objective, together + scored)
    output = objective.loss(model, batch)
    vectors = model(batch["input_ids"], batch["attention_mask"])
    cosines = vectors @ vectors.T
    first, second = batch["first"], batch["second"]
    expected = info_nce(
        cosines / 0.5, batch["is_rival"], torch.stack([first[:2], second[:2]])
    ) + 3.0 * cosent(cosines[first[2:], second[2:]] / 0.25, torch.tensor([1.0, 4.0]))
    assert output.loss_sum.item() == pytest.approx(expected.item(), rel=1e-5)
    assert (output.num_items, output.num_tokens) == (4, 10)


@pytest.mark.parametrize("score", [None, 2.0])
def test_a_batch_of_one_kind_alone_has_a_finite_loss(score):
    model = MeanVectors()
    objective = Contrastive()
    batch = collate(objective, [Example(first=[1, 2], second=[3, 4], score=score)])
    output = objective.loss(model, batch)
    output.loss_sum.backward()
    assert math.isfinite(output.loss_sum.item())
    assert torch.isfinite(model.embedding.weight.grad).all()


def test_the_figure_is_the_rank_correlation_over_all_batches():
    random = np.random.default_rng(0)
    examples = [
        Example(first=random.integers(1, 30, 4).tolist(), second=random.integers(1, 30, 3).tolist())
        for _ in range(30)
    ]
    scored = [
        Example(first=each.first, second=each.second, score=float(number % 6))
        for number, each in enumerate(examples)
    ]
    model, objective = MeanVectors(), Contrastive()
    batches = [collate(objective, scored[start : start + 7]) for start in range(0, 30, 7)]
    batches.append(collate(objective, examples))  # pairs without a score are not measured
    with torch.no_grad():
        vectors = [
            [
                model(torch.tensor([row]), torch.ones(1, len(row)))
                for row in (each.first, each.second)
            ]
            for each in scored
        ]
    cosines = [float((first * second).sum()) for first, second in vectors]
    expected = spearmanr(cosines, [each.score for each in scored])[0]
    with torch.no_grad():
        found = objective.evaluate(model, batches)
    assert found["spearman"] == pytest.approx(expected, abs=1e-3)


def test_vectors_learn_which_tokens_mean_the_same(training_settings, tmp_path):
    """Tokens 1 to 10 mean the same as 11 to 20: a text and its translation belong together."""
    random = np.random.default_rng(0)
    rows = [random.integers(1, 11, 4) for _ in range(200)]
    data = [Example(first=row.tolist(), second=(row + 10).tolist()) for row in rows]
    held_out = []
    for row in (random.integers(1, 11, 4) for _ in range(60)):
        num_kept = int(random.integers(0, 5))
        other = np.concatenate([row[:num_kept], random.integers(1, 11, 4 - num_kept)]) + 10
        shared = len(set(row.tolist()) & set((other - 10).tolist()))
        held_out.append(
            Example(first=row.tolist(), second=other.tolist(), score=shared / len(set(row)))
        )
    result = train(
        model=MeanVectors(),
        objective=Contrastive(temperature=0.1),
        train_data=data,
        validation_data=held_out,
        settings=training_settings(num_epochs=6, batch_size=20, batch_tokens=10_000),
        folder=tmp_path,
    )
    assert result.metric == "spearman"
    assert result.best_metric > 0.7


@pytest.mark.parametrize("wrong", [{"temperature": 0}, {"score_weight": -1.0}])
def test_a_temperature_of_zero_is_refused(wrong):
    with pytest.raises(SettingError, match=r"number (above 0|from 0 on)"):
        Contrastive(**wrong)
