"""Hard labels, soft labels, smoothing, and heads that return more than logits."""

import math

import pytest
import torch
from torch import nn

from madang.errors import DataError, SettingError
from madang.tasks.classification.objective import Classification, LabelledExample


class Fixed(nn.Module):
    """Give logits that depend on the first token alone."""

    def __init__(self, *logits, with_evidence=False):
        super().__init__()
        self.logits = torch.tensor(logits)
        self.with_evidence = with_evidence

    def forward(self, input_ids, attention_mask):
        logits_BC = self.logits[input_ids[:, 0]]
        return (logits_BC, None) if self.with_evidence else logits_BC


def collate(objective, *examples):
    rows = [LabelledExample(ids=ids, label=label) for ids, label in examples]
    return objective.collate(rows, torch.Generator())


def test_the_loss_is_the_sum_of_minus_log_probabilities():
    objective = Classification(num_classes=2)
    model = Fixed([math.log(3.0), 0.0], [0.0, 0.0])
    output = objective.loss(model, collate(objective, ([0], 0), ([1, 1], 1)))
    assert output.loss_sum.item() == pytest.approx(-math.log(0.75) - math.log(0.5))
    assert (output.num_items, output.num_tokens) == (2, 3)


def test_a_certain_soft_label_is_a_hard_one_and_both_may_stand_together():
    objective = Classification(num_classes=3)
    model = Fixed([1.0, 2.0, -1.0])
    hard = objective.loss(model, collate(objective, ([0], 1), ([0], 2)))
    soft = objective.loss(model, collate(objective, ([0], [0.0, 1.0, 0.0]), ([0], 2)))
    assert soft.loss_sum.item() == pytest.approx(hard.loss_sum.item())


def test_smoothing_moves_its_share_to_all_classes():
    smooth = Classification(num_classes=2, label_smoothing=0.2)
    plain = Classification(num_classes=2)
    model = Fixed([1.0, -1.0])
    expected = plain.loss(model, collate(plain, ([0], [0.9, 0.1]))).loss_sum
    assert smooth.loss(model, collate(smooth, ([0], 0))).loss_sum == pytest.approx(expected)
    soft = smooth.loss(model, collate(smooth, ([0], [1.0, 0.0]))).loss_sum
    assert soft == pytest.approx(expected)


def test_a_head_may_return_evidence_beside_its_logits():
    objective = Classification(num_classes=2)
    batch = collate(objective, ([0], 1))
    plain, both = Fixed([1.0, 2.0]), Fixed([1.0, 2.0], with_evidence=True)
    assert objective.loss(plain, batch).loss_sum == objective.loss(both, batch).loss_sum


@pytest.mark.parametrize("watch", ["accuracy", "macro_f1", "roc_auc", "loss"])
def test_the_watched_figure_comes_first_and_figures_are_those_by_hand(watch):
    objective = Classification(num_classes=2, watch=watch)
    model = Fixed([0.0, 3.0], [0.0, 2.0], [0.0, -1.0])
    batches = [
        collate(objective, ([0], 1), ([1], 0)),
        collate(objective, ([2], 0), ([2], 1)),
    ]
    figures = objective.evaluate(model, batches)
    assert next(iter(figures)) == watch
    assert figures["accuracy"] == 0.5
    # Class 0: 1 of 2 found, 1 of 2 right; class 1 the same: both F1 are 1/2.
    assert figures["macro_f1"] == pytest.approx(0.5)
    # Of the four pairs (1 before 0): 3>2, 3>-1 right, -1>2 wrong, -1>-1 a tie.
    assert figures["roc_auc"] == pytest.approx(2.5 / 4)
    assert objective.higher_is_better == (watch != "loss")


def test_of_three_classes_there_is_no_single_curve():
    model = Fixed([0.0, 3.0, 1.0])
    objective = Classification(num_classes=3)
    assert "roc_auc" not in objective.evaluate(model, [collate(objective, ([0], 1))])
    with pytest.raises(SettingError, match="needs two classes, not 3"):
        Classification(num_classes=3, watch="roc_auc")


@pytest.mark.parametrize("label", [2, -1, [0.5, 0.2, 0.3], [0.5, 0.6], [1.5, -0.5]])
def test_a_label_that_is_none_is_refused(label):
    objective = Classification(num_classes=2)
    with pytest.raises(DataError, match=r"A label is .*from 0 to 1, or 2 probabilities"):
        collate(objective, ([0], label))


def test_smoothing_out_of_range_is_refused():
    with pytest.raises(SettingError, match="label_smoothing is 1"):
        Classification(num_classes=2, label_smoothing=1)


class Noisy(nn.Module):
    """Gives each row of a batch other logits, as dropout would."""

    def __init__(self, logits_BC):
        super().__init__()
        self.logits_BC = nn.Parameter(torch.tensor(logits_BC))

    def forward(self, input_ids, attention_mask):
        return self.logits_BC[: len(input_ids)]


def test_consistency_adds_what_two_readings_differ_by():
    # The text is read twice in one pass, as rows 0 and 1.
    model = Noisy([[0.0, 2.0], [0.0, 1.0]])
    objective = Classification(num_classes=2, consistency=3.0)
    output = objective.loss(model, collate(objective, ([5, 6], 1)))
    p, q = 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(-1))
    both = [(p, q), (1 - p, 1 - q)]
    divergence = sum(a * math.log(a / b) + b * math.log(b / a) for a, b in both) / 4
    labels = -(math.log(p) + math.log(q)) / 2
    assert float(output.loss_sum.detach()) == pytest.approx(labels + 3.0 * divergence)
    assert (output.num_items, output.num_tokens) == (1, 2)


def test_a_label_counts_by_its_weight():
    model = Fixed([0.0, 1.0])
    plain = Classification(num_classes=2)
    weighed = Classification(num_classes=2, class_weights=(1.0, 4.0))
    for label, weight in ((0, 1.0), (1, 4.0)):
        batch = collate(plain, ([0], label))
        once = float(plain.loss(model, batch).loss_sum.detach())
        assert float(weighed.loss(model, batch).loss_sum.detach()) == pytest.approx(weight * once)


@pytest.mark.parametrize("options", [{"class_weights": (1.0,)}, {"consistency": -1.0}])
def test_weights_that_do_not_fit_are_refused(options):
    with pytest.raises(SettingError, match=r"one number above 0 for each|a number from 0 on"):
        Classification(num_classes=2, **options)
