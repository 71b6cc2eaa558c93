"""The loss over a vocabulary equals PyTorch's, gradient and all."""

import pytest
import torch
from torch.nn import functional

from madang.training.optimization import cross_entropy
from madang.training.optimization.cross_entropy import sampled_cross_entropy, summed_cross_entropy


@pytest.mark.parametrize("scores_at_once", [1, 100, 10_000])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.bfloat16, 8e-3)])
def test_loss_and_gradient_are_pytorchs(dtype, tolerance, scores_at_once, monkeypatch):
    monkeypatch.setitem(cross_entropy.SCORES_AT_ONCE, "cpu", scores_at_once)
    torch.manual_seed(0)
    given = (5 * torch.randn(7, 50)).to(dtype)
    labels = torch.randint(50, (7,))
    ours, theirs = given.clone().requires_grad_(), given.clone().requires_grad_()
    found = summed_cross_entropy(ours, labels)
    expected = functional.cross_entropy(theirs.float(), labels, reduction="sum")
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    (3 * found).backward()
    (3 * expected).backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=tolerance, atol=tolerance)
    assert torch.equal(ours.detach(), given)


def test_no_labels_lose_nothing():
    logits = torch.zeros(0, 5, requires_grad=True)
    loss = summed_cross_entropy(logits, torch.zeros(0, dtype=torch.int64))
    loss.backward()
    assert loss == 0
    assert logits.grad.shape == (0, 5)


@pytest.mark.parametrize("scores_at_once", [1, 100, 10_000])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.bfloat16, 8e-3)])
def test_loss_and_gradient_among_drawn_scores_are_pytorchs(
    dtype, tolerance, scores_at_once, monkeypatch
):
    monkeypatch.setitem(cross_entropy.SCORES_AT_ONCE, "cpu", scores_at_once)
    torch.manual_seed(0)
    own, drawn = 5 * torch.randn(7), (5 * torch.randn(7, 50)).to(dtype)
    drawn[2, 3] = -torch.inf
    log_counts = torch.randn(50)
    ours = [own.clone().requires_grad_(), drawn.clone().requires_grad_()]
    theirs = [own.clone().requires_grad_(), drawn.clone().requires_grad_()]
    found = sampled_cross_entropy(*ours, log_counts)  # type: ignore[call-arg]
    scores = torch.cat([theirs[0][:, None], theirs[1].float() - log_counts], dim=1)
    zeros = torch.zeros(7, dtype=torch.int64)
    expected = functional.cross_entropy(scores, zeros, reduction="sum")
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    (3 * found).backward()
    (3 * expected).backward()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=tolerance, atol=tolerance)
    assert torch.equal(ours[1].detach(), drawn)


def test_no_labels_lose_nothing_among_drawn_scores():
    own, drawn = torch.zeros(0, requires_grad=True), torch.zeros(0, 5, requires_grad=True)
    loss = sampled_cross_entropy(own, drawn, torch.zeros(5))
    loss.backward()
    assert loss == 0
    assert drawn.grad.shape == (0, 5)
