"""Cross-entropy over a large vocabulary, without the scores in 32 bits.

PyTorch's own widens all scores, takes their logarithmic softmax, and goes through them three more
times on the way back. Here the gradient is made on the way there, a few rows at a time while they
are in the cache, in the precision of the scores; the sums stay in 32 bits. On a CPU in bfloat16
that is about a twentieth of the time of a small encoder's pre-training step, and a third of the
memory.
"""

from typing import Any

import torch
from torch import Tensor

# As many scores in 32 bits as half a megabyte of cache holds; an accelerator takes them by 2^26.
SCORES_AT_ONCE = {"cpu": 2**17}
MOST_SCORES_AT_ONCE = 2**26


def summed_cross_entropy(logits_NV: Tensor, labels_N: Tensor) -> Tensor:
    """Return the summed cross-entropy of ``labels_N`` as a scalar of float32."""
    loss: Tensor = _SummedCrossEntropy.apply(logits_NV, labels_N)  # type: ignore[no-untyped-call]
    return loss


class _SummedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits_NV: Tensor, labels_N: Tensor) -> Tensor:
        gradient_NV = torch.empty_like(logits_NV)
        loss_sum = torch.zeros((), dtype=torch.float32, device=logits_NV.device)
        most = SCORES_AT_ONCE.get(logits_NV.device.type, MOST_SCORES_AT_ONCE)
        num_rows = max(1, most // logits_NV.shape[1])
        for start in range(0, len(logits_NV), num_rows):
            rows = slice(start, start + num_rows)
            score_NV = logits_NV[rows].to(torch.float32, copy=True)
            label_N1 = labels_N[rows, None]
            log_sum_N1 = score_NV.logsumexp(dim=1, keepdim=True)
            loss_sum += (log_sum_N1 - score_NV.gather(1, label_N1)).sum()
            # The softmax, less 1 at the label.
            score_NV.sub_(log_sum_N1).exp_()
            score_NV.scatter_add_(1, label_N1, torch.full_like(log_sum_N1, -1.0))
            gradient_NV[rows] = score_NV
        ctx.save_for_backward(gradient_NV)
        return loss_sum

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient_NV,) = ctx.saved_tensors
        return gradient_NV * gradients[0].to(gradient_NV.dtype), None
