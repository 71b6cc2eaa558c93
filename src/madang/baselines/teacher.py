"""A linear teacher: what it doubts, the student may doubt too.

Labels that were gathered by searching a hashtag are wrong in one case of five or six. A linear
model that never saw a text gives it a probability; mixed with the given label it is a softer and
truer target (Hinton 2015, section 2; out of fold, as in Northcutt 2021, section 3). Two teachers,
one of n-grams and one of an encoder's vectors, err differently and are righter together.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Teacher(Protocol):
    """A model that is fitted at once and scores texts."""

    def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "Teacher":
        """Learn from texts and their labels (N,); return self."""
        ...

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each class, (N, C)."""
        ...


class MeanTeacher:
    """Several teachers whose probabilities are averaged."""

    def __init__(self, *teachers: Teacher) -> None:
        self._teachers = teachers

    def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "MeanTeacher":
        """Fit each to the same texts; return self."""
        for teacher in self._teachers:
            teacher.fit(texts, labels)
        return self

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the mean of what they say, (N, C)."""
        said = [teacher.probabilities(texts) for teacher in self._teachers]
        return np.asarray(np.mean(said, axis=0), np.float64)


def out_of_fold_probabilities(
    build_teacher: Callable[[], Teacher],
    texts: Sequence[str],
    labels: NDArray[np.int64],
    *,
    num_folds: int,
    seed: int,
) -> NDArray[np.float64]:
    """Return (N, C): what a teacher that was fitted without a text says of that text."""
    from sklearn.model_selection import StratifiedKFold

    probabilities = np.zeros((len(texts), int(labels.max()) + 1))
    folds = StratifiedKFold(num_folds, shuffle=True, random_state=seed)
    for seen, unseen in folds.split(labels, labels):
        teacher = build_teacher().fit([texts[index] for index in seen], labels[seen])
        probabilities[unseen] = teacher.probabilities([texts[index] for index in unseen])
    return probabilities
