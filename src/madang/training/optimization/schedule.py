"""Learning rate schedules as pure functions of the step: nothing to save, nothing to restore.

Each rises in a straight line over the warm-up and then falls. Warm-up starts at ``1 / warmup``
and not at 0, so that no step is wasted; the last step of a linear decay is still above 0.
Sources: linear, Devlin 2018, appendix A.2; cosine to 0, Loshchilov 2016, section 3;
inverse square root, Vaswani 2017, section 5.3.
"""

import math

from madang.training.settings import ScheduleName


def learning_rate_factor(
    step: int, *, schedule: ScheduleName, warmup_steps: int, num_steps: int
) -> float:
    """Return what the peak learning rate is multiplied by at ``step``, counted from 0.

    >>> [learning_rate_factor(s, schedule="linear", warmup_steps=2, num_steps=6) for s in range(6)]
    [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]
    >>> round(learning_rate_factor(6, schedule="cosine", warmup_steps=2, num_steps=10), 6)
    0.5
    >>> learning_rate_factor(15, schedule="inverse_square_root", warmup_steps=4, num_steps=99)
    0.5
    >>> learning_rate_factor(15, schedule="constant", warmup_steps=4, num_steps=99)
    1.0
    """
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    if schedule == "constant":
        return 1.0
    if schedule == "inverse_square_root":
        return math.sqrt(max(warmup_steps, 1) / (step + 1))
    progress = min(1.0, (step - warmup_steps) / max(1, num_steps - warmup_steps))
    if schedule == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * progress))
    return 1.0 - progress
