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
