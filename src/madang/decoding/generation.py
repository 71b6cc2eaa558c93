"""Text from a model that scores the next token, over one function: ``step``.

A step may be a torch model with a key-value cache or an exported graph: what is written is the same
for both, in training-time evaluation and in serving.
"""

from collections.abc import Collection
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from madang.errors import SettingError

Ids = NDArray[np.int64]
Scores = NDArray[np.floating[Any]]


class Step(Protocol):
    """Read tokens behind those already read, and score what comes next."""

    def __call__(self, tokens_BT: Ids, state: Any) -> tuple[Scores, Any]:
        """Return the scores of each row's next token, (B, V), and the state after ``tokens_BT``.

        ``state`` is what the call before returned, ``None`` at the first one.
        """
        ...


def greedy(
    step: Step, prompt_BT: Ids, *, end_ids: Collection[int], max_tokens: int
) -> list[list[int]]:
    """Return what follows each prompt when the best token is always taken, ends left out.

    A row is written until one of ``end_ids`` is best, or ``max_tokens`` are written. Of equal
    scores the token with the lower id is taken, so that the same scores give the same text. Raises
    ``SettingError`` when nothing may be written.

    >>> def count_up(tokens_BT, state):
    ...     return np.eye(10)[(tokens_BT[:, -1] + 1) % 10], None
    >>> greedy(count_up, np.array([[0, 5], [0, 8]]), end_ids={9}, max_tokens=3)
    [[6, 7, 8], []]
    """
    if max_tokens < 1:
        raise SettingError(f"max_tokens is {max_tokens}; it must be 1 or more.")
    written: list[list[int]] = [[] for _ in prompt_BT]
    open_rows = set(range(len(prompt_BT)))
    tokens_BT, state = prompt_BT, None
    for _ in range(max_tokens):
        scores_BV, state = step(tokens_BT, state)
        best_B = scores_BV.argmax(axis=1)
        open_rows -= {row for row in open_rows if int(best_B[row]) in end_ids}
        if not open_rows:
            break
        for row in open_rows:
            written[row].append(int(best_B[row]))
        # A row that has ended is still read, so that the batch keeps its shape; nobody looks at it.
        tokens_BT = best_B[:, None]
    return written
