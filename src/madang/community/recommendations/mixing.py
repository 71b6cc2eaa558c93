"""How the lists of both sources become one.

The rule: two from the trained recommender, then one from the nearness of texts, and so on; each
item once; where one list ends, the other goes on. So what everybody's histories say leads, and a
post that was written a minute ago still has its place.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

TRAINED_IN_A_ROW = 2


class Candidate(NamedTuple):
    """An item, and the item of the history that speaks for it, if one is known."""

    name: str
    because: str | None


def mix(trained: Sequence[Candidate], near: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield the candidates of both lists, best first.

    >>> trained = [Candidate(name, None) for name in "abc"]
    >>> near = [Candidate(name, None) for name in "xay"]
    >>> "".join(each.name for each in mix(trained, near))
    'abxcy'
    """
    given: set[str] = set()
    lists = [list(reversed(trained)), list(reversed(near))]
    place = 0
    while any(lists):
        turn = lists[place % (TRAINED_IN_A_ROW + 1) == TRAINED_IN_A_ROW] or lists[0] or lists[1]
        candidate = turn.pop()
        if candidate.name not in given:
            given.add(candidate.name)
            place += 1
            yield candidate
