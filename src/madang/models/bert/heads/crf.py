"""A linear-chain conditional random field: scores of tags and of transitions between them.

A path's score is the sum of its emissions and transitions; its probability is the exponential of
that, divided by the sum over all paths. What stands before a text counts as the first tag,
"outside". Tags that can not follow each other are never given: I follows a B or I of its type
alone. The best path is found in numpy, by ``madang.decoding.viterbi``, from the same numbers.
Source: Lafferty, McCallum and Pereira 2001, section 3.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Large enough that no forbidden path counts, small enough for sums in float32 to keep their rest.
FORBIDDEN = -1e4


class LinearChain(nn.Module):
    """The scores of transitions between tags, learned where they are allowed."""

    allowed_CC: Tensor

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        self.transition = nn.Parameter(torch.zeros(len(tags), len(tags)))
        self.register_buffer("allowed_CC", allowed_transitions(tags), persistent=False)

    def forward(self) -> Tensor:
        """Return the scores (C, C) of going from a tag, the first axis, to the next."""
        return torch.where(self.allowed_CC, self.transition.float(), FORBIDDEN)


def allowed_transitions(tags: Sequence[str]) -> Tensor:
    """Return (C, C), true where the second tag may follow the first.

    >>> allowed_transitions(["O", "B-PER", "I-PER"]).long()
    tensor([[1, 1, 0],
            [1, 1, 1],
            [1, 1, 1]])
    """
    parts = [tag.partition("-") for tag in tags]
    return torch.tensor(
        [[place != "I" or type == before for place, _, type in parts] for _, _, before in parts]
    )


def log_likelihood(
    emission_BTC: Tensor, transition_CC: Tensor, tags_BT: Tensor, mask_BT: Tensor
) -> Tensor:
    """Return the log-probability (B) of each text's tags, in float32 whatever the precision.

    ``mask_BT`` is true at the positions of a text, from its first on; each text has at least one.
    """
    emission_BTC, transition_CC = emission_BTC.float(), transition_CC.float()
    with torch.autocast(emission_BTC.device.type, enabled=False):
        path_B = _path_score(emission_BTC, transition_CC, tags_BT, mask_BT)
        return path_B - _log_partition(emission_BTC, transition_CC, mask_BT)


def path_divergence(
    teacher: tuple[Tensor, Tensor], student: tuple[Tensor, Tensor], mask_BT: Tensor
) -> Tensor:
    """Return KL(teacher || student) over all paths of each text, summed over the texts.

    Each is its emissions (B, T, C) and its transitions (C, C). What the teacher expects of a path
    falls apart into its tags and its transitions, and these expectations are the gradients of its
    partition. Source: Wang 2021 (Structural Knowledge Distillation), section 3.
    """
    (emission_BTC, transition_CC), own = ([each.float() for each in part] for part in
                                          (teacher, student))  # fmt: skip
    with torch.autocast(emission_BTC.device.type, enabled=False):
        with torch.enable_grad():
            potentials = [each.detach().requires_grad_() for each in (emission_BTC, transition_CC)]
            partition = _log_partition(potentials[0], potentials[1], mask_BT).sum()
            expected = torch.autograd.grad(partition, potentials)
        partition_difference = _log_partition(own[0], own[1], mask_BT).sum() - partition.detach()
        score_difference = sum(
            (share * (theirs.detach() - ours)).sum()
            for share, theirs, ours in zip(expected, potentials, own, strict=True)
        )
        return partition_difference + score_difference


def _path_score(
    emission_BTC: Tensor, transition_CC: Tensor, tags_BT: Tensor, mask_BT: Tensor
) -> Tensor:
    before_BT = nn.functional.pad(tags_BT[:, :-1], (1, 0))  # the first tag stands before a text
    emitted_BT = emission_BTC.gather(2, tags_BT[:, :, None])[:, :, 0]
    return ((emitted_BT + transition_CC[before_BT, tags_BT]) * mask_BT).sum(1)


def _log_partition(emission_BTC: Tensor, transition_CC: Tensor, mask_BT: Tensor) -> Tensor:
    """Return the log of the sum over all paths, (B), by the forward recursion."""
    forward_BC = emission_BTC[:, 0] + transition_CC[0]
    for position in range(1, emission_BTC.shape[1]):
        ways_BCC = forward_BC[:, :, None] + transition_CC
        next_BC = ways_BCC.logsumexp(dim=1) + emission_BTC[:, position]
        forward_BC = torch.where(mask_BT[:, position, None], next_BC, forward_BC)
    return forward_BC.logsumexp(dim=1)
