"""Exact-match features: what each token of a context has in common with the question.

Reading comprehension gains much from knowing which tokens of the context occur in the question
(Chen 2017, DrQA, section 3.2). A small network would need most of its layers, and more questions
than there are, to find that out by attention. Each token gets two features, as one number:

- the length of the longest run of tokens around it that the question has too, up to three. Korean
  words inflect at their end, so tokens of the stem match where whole words do not;
- the rank of its sentence by the question's character bigrams that it contains, rare ones counting
  more: first, second, third, or none of these.
"""

import math
from collections import Counter
from collections.abc import Sequence

from madang.text.sentence import sentence_spans
from madang.text.word import bigrams

LONGEST_RUN = 3
NUM_RANKS = 3
# 0 stands for special tokens and padding.
NUM_OVERLAPS = 1 + (LONGEST_RUN + 1) * (NUM_RANKS + 1)


def overlap_id(run: int, rank: int) -> int:
    """Return the number that stands for a run of 0 to 3 tokens and a rank of 0 (none) to 3 (best).

    >>> overlap_id(0, 0), overlap_id(LONGEST_RUN, NUM_RANKS) == NUM_OVERLAPS - 1
    (1, True)
    """
    return 1 + min(run, LONGEST_RUN) * (NUM_RANKS + 1) + rank


def shared_runs(tokens: Sequence[str], others: Sequence[str]) -> list[int]:
    """Return for each token the length of the longest run through it that ``others`` hold, to 3.

    A token without a character (a bare word start) is part of longer runs only.

    >>> shared_runs(list("abxcab"), list("dabc"))
    [2, 2, 0, 1, 2, 2]
    """
    runs = [0] * len(tokens)
    for length in range(1, LONGEST_RUN + 1):
        known = {tuple(others[at : at + length]) for at in range(len(others) - length + 1)}
        known.discard(("",))
        for start in range(len(tokens) - length + 1):
            if tuple(tokens[start : start + length]) in known:
                runs[start : start + length] = [length] * length
    return runs


def sentence_scores(question: str, sentences: Sequence[str]) -> list[float]:
    """Return which share of the question's character bigrams each sentence holds, 0 to 1.

    A bigram counts by how few of the sentences hold it (inverse document frequency), and not at
    all where none does.

    >>> sentence_scores("서울의 인구", ["서울은 크다.", "인구는 천만이다.", "산이 많다."])
    [0.5, 0.5, 0.0]
    """
    wanted = _letter_bigrams(question)
    held = [_letter_bigrams(sentence) & wanted for sentence in sentences]
    counts = Counter(bigram for pairs in held for bigram in pairs)
    weight = {bigram: math.log(1 + len(sentences) / counts[bigram]) for bigram in counts}
    total = sum(weight.values())
    return [sum(weight[bigram] for bigram in pairs) / (total or 1.0) for pairs in held]


def sentence_ranks(scores: Sequence[float]) -> list[int]:
    """Return 3 for the best sentence, 2 and 1 for the next two, 0 for the rest and for no score.

    >>> sentence_ranks([0.1, 0.5, 0.0, 0.2, 0.05])
    [1, 3, 0, 2, 0]
    """
    ranks = [0] * len(scores)
    best = sorted(range(len(scores)), key=lambda index: -scores[index])[:NUM_RANKS]
    for place, index in enumerate(best):
        ranks[index] = NUM_RANKS - place if scores[index] else 0
    return ranks


def context_overlap(
    question: str,
    context: str,
    *,
    question_tokens: Sequence[str],
    context_tokens: Sequence[str],
    offsets: Sequence[tuple[int, int]],
) -> list[int]:
    """Return the overlap of each context token; ``offsets`` are its characters in ``context``."""
    runs = shared_runs(context_tokens, question_tokens)
    spans = sentence_spans(context)
    ranks = sentence_ranks(sentence_scores(question, [context[slice(*span)] for span in spans]))
    overlap = []
    sentence = 0
    for run, (start, _) in zip(runs, offsets, strict=True):
        while sentence + 1 < len(spans) and start >= spans[sentence + 1][0]:
            sentence += 1
        overlap.append(overlap_id(run, ranks[sentence] if ranks else 0))
    return overlap


def _letter_bigrams(text: str) -> set[str]:
    """Return the pairs of letters or digits that stand side by side."""
    return {pair.casefold() for pair in bigrams(text) if pair.isalnum()}
