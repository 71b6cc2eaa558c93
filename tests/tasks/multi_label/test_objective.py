"""Several labels a text: the loss is that of as many yes-or-no questions."""

import math

import pytest
import torch
from torch import Tensor, nn

from madang.errors import DataError
from madang.tasks.multi_label.objective import MultiLabel, MultiLabelExample


class Fixed(nn.Module):
    def __init__(self, logits_BC: list[list[float]]) -> None:
        super().__init__()
        self.logits_BC = nn.Parameter(torch.tensor(logits_BC))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        return self.logits_BC[: len(input_ids)], torch.zeros(1)


OBJECTIVE = MultiLabel(num_labels=3)
EXAMPLES = [MultiLabelExample(ids=[2, 5, 3], labels=(0, 2)), MultiLabelExample(ids=[2], labels=())]
MODEL = Fixed([[2.0, -1.0, -0.5], [-1.0, -2.0, -3.0]])


def test_the_loss_adds_up_every_question() -> None:
    batch = OBJECTIVE.collate(EXAMPLES, torch.Generator())
    output = OBJECTIVE.loss(MODEL, batch)
    log = [math.log(1 + math.exp(value)) for value in (-2.0, -1.0, 0.5, -1.0, -2.0, -3.0)]
    assert float(output.loss_sum.detach()) == pytest.approx(sum(log))
    assert (output.num_items, output.num_tokens) == (2, 4)


@torch.no_grad()
def test_the_first_figure_needs_no_threshold() -> None:
    figures = OBJECTIVE.evaluate(MODEL, [OBJECTIVE.collate(EXAMPLES, torch.Generator())])
    assert next(iter(figures.items())) == ("label_ranking_precision", 1.0)
    assert figures["micro_f1"] == pytest.approx(2 / 3)  # the third label of the first is missed
    assert figures["macro_f1"] == pytest.approx((1 + 0) / 2)  # the second never occurs


@torch.no_grad()
def test_texts_without_any_label_have_figures() -> None:
    model = Fixed([[-1.0, -1.0, -1.0]])
    figures = OBJECTIVE.evaluate(model, [OBJECTIVE.collate(EXAMPLES[1:], torch.Generator())])
    assert figures["macro_f1"] == figures["label_ranking_precision"] == 1.0


def test_a_label_that_is_none_is_refused() -> None:
    with pytest.raises(DataError, match="A label is 3; with 3 labels"):
        OBJECTIVE.collate([MultiLabelExample(ids=[2], labels=(3,))], torch.Generator())


def test_a_label_of_which_nothing_is_known_changes_no_loss_and_no_figure() -> None:
    known = MultiLabelExample(ids=[2, 5, 3], labels=(0,))
    partly = MultiLabelExample(ids=[2, 5, 3], labels=(0,), unknown=(2,))
    losses = []
    for third in (-9.0, 0.0, 9.0):
        model = Fixed([[2.0, -1.0, third]])
        batch = OBJECTIVE.collate([partly], torch.Generator())
        output = OBJECTIVE.loss(model, batch)
        output.loss_sum.backward()
        assert float(model.logits_BC.grad[0, 2]) == 0
        losses.append(float(output.loss_sum.detach()))
        with torch.no_grad():
            assert OBJECTIVE.evaluate(model, [batch])["micro_f1"] == 1.0
            assert OBJECTIVE.evaluate(model, [batch])["label_ranking_precision"] == 1.0
    assert losses == [losses[0]] * 3
    whole = OBJECTIVE.loss(
        Fixed([[2.0, -1.0, -99.0]]), OBJECTIVE.collate([known], torch.Generator())
    )
    assert losses[0] == pytest.approx(float(whole.loss_sum.detach()))


def test_at_least_one_of_several_is_as_likely_as_not_none_of_them() -> None:
    logits = [[0.3, -1.2, 0.8]]
    example = MultiLabelExample(ids=[2, 3], labels=(), any_of=(0, 2))
    loss = OBJECTIVE.loss(Fixed(logits), OBJECTIVE.collate([example], torch.Generator())).loss_sum
    first, second, third = (1 / (1 + math.exp(-value)) for value in logits[0])
    # By hand: all four ways of the two labels but the one with neither, and not the second label.
    either = first * third + first * (1 - third) + (1 - first) * third
    assert float(loss.detach()) == pytest.approx(-math.log(either) - math.log(1 - second), rel=1e-5)


def test_a_network_that_is_sure_of_none_still_learns_that_one_is_there() -> None:
    model = Fixed([[-60.0, -60.0, 0.0]])
    example = MultiLabelExample(ids=[2, 3], labels=(), any_of=(0, 1), unknown=(2,))
    OBJECTIVE.loss(model, OBJECTIVE.collate([example], torch.Generator())).loss_sum.backward()
    assert model.logits_BC.grad.isfinite().all()
    assert (model.logits_BC.grad[0, :2] < 0).all()


def test_which_of_several_it_is_may_be_learned_from_texts_that_say_it() -> None:
    """Where two labels are told only together, texts that tell one of them decide which."""
    torch.manual_seed(0)
    weights = torch.zeros(2, 3, requires_grad=True)  # two kinds of words, three labels
    together = MultiLabelExample(ids=[0], labels=(), any_of=(0, 1), unknown=(2,))
    told = MultiLabelExample(ids=[0], labels=(0,), unknown=(2,))
    batch = OBJECTIVE.collate([together] * 5 + [told], torch.Generator())
    optimizer = torch.optim.SGD([weights], lr=0.5)

    class Lookup(nn.Module):
        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
            return weights[input_ids[:, 0]]

    for _ in range(200):
        optimizer.zero_grad()
        OBJECTIVE.loss(Lookup(), batch).loss_sum.backward()
        optimizer.step()
    assert weights[0, 0] > 2
    assert weights[0, 1] < 0
