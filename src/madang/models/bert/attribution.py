"""How much each token's vector contributes to a score: integrated gradients.

The gradient at the text itself misleads where the score is flat, as it is for a network that is
sure. Integrated along the straight line from a baseline without content to the text, gradients
distribute the whole difference of the two scores: the shares of all tokens add up to it
(completeness).
Source: Sundararajan 2017, section 3 and proposition 1; the sum in the middle of each step.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from madang.models.bert.model import BertEncoder

NUM_STEPS = 64
STEPS_AT_ONCE = 16


def integrated_gradients(
    score: Callable[[Tensor], Tensor],
    embedded_TD: Tensor,
    *,
    baseline_TD: Tensor,
    num_steps: int = NUM_STEPS,
) -> Tensor:
    """Return what each token adds to a score, (T), on the way from ``baseline_TD`` to the text.

    ``score`` gives one number (N) for each of N rows of embeddings (N, T, D).

    >>> score = lambda embedded_BTD: (embedded_BTD**2).sum(dim=(1, 2))
    >>> integrated_gradients(score, torch.tensor([[1.0], [3.0]]), baseline_TD=torch.zeros(2, 1))
    tensor([1., 9.])
    """
    way_TD = embedded_TD - baseline_TD
    shares_N = (torch.arange(num_steps, device=embedded_TD.device) + 0.5) / num_steps
    gradient_TD = torch.zeros_like(embedded_TD)
    for start in range(0, num_steps, STEPS_AT_ONCE):
        part_N = shares_N[start : start + STEPS_AT_ONCE]
        points = (baseline_TD + part_N[:, None, None] * way_TD).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(score(points).sum(), points)
        gradient_TD += gradient.sum(dim=0) / num_steps
    return (gradient_TD * way_TD).sum(dim=-1)


def from_embeddings(
    model: nn.Module, encoder: BertEncoder, input_ids: Tensor
) -> Callable[[Tensor], Tensor]:
    """Return ``model`` as a function of the embeddings (N, T, D) in place of one text's ids (T).

    The head runs as it is: its encoder's first block is given the embeddings to read. A model
    that returns several things is read by the first, its logits.
    """

    def logits(embedded_BTD: Tensor) -> Tensor:
        def give(part: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            return (embedded_BTD, *arguments[1:])

        handle = encoder.blocks[0].register_forward_pre_hook(give)
        try:
            output = model(input_ids.expand(len(embedded_BTD), -1))
        finally:
            handle.remove()
        found: Tensor = output[0] if isinstance(output, tuple) else output
        return found

    return logits
