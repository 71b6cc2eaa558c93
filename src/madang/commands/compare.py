"""``madang compare``: what holds between two texts, by a model for pairs."""

from typing import Any

from madang.commands.output import print_json
from madang.tasks.pair.predictor import Comparer
from madang.text.unicode import replace_surrogates

DECIMALS = 6


def compare(text: str, other: str, *, model: str, threads: int = 1) -> None:
    """Say what holds between two texts: a label with its probability, or how alike they are.

    A model for pairs reads both texts together; `madang similar` compares the vectors of each.

    Args:
        text: the first text, such as a premise.
        other: the second text, such as a hypothesis.
        model: an exported model for pairs.
        threads: how many pairs to read at once.
    """
    comparer = Comparer.load(model, num_threads=threads)
    print_json(describe(comparer, text, other, model=model))


def describe(comparer: Comparer, text: str, other: str, *, model: str) -> dict[str, Any]:
    """Return the answer to two texts as what ``madang compare`` prints."""
    (found,) = comparer.compare([(replace_surrogates(text), replace_surrogates(other))])
    answer: dict[str, Any]
    if found.score is not None:
        score = round(found.score, DECIMALS)
        answer = {"score": score, "largest_score": comparer.largest_score}
    else:
        assert found.probability is not None
        assert found.probabilities is not None
        answer = {
            "label": found.label,
            "probability": round(found.probability, DECIMALS),
            "probabilities": {
                name: round(each, DECIMALS) for name, each in found.probabilities.items()
            },
        }
    return {**answer, "model": model, "version": comparer.version}
