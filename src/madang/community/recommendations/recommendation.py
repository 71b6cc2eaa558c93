"""What a person is recommended, and why.

A page asks a few short questions of the database and multiplies one matrix: what takes longer, the
trained recommender and its reasons, was done in the background (``tasks.prepare``).

The lists of both sources become one: two from the trained recommender, then one from the nearness
of texts, and so on; each item once; where one list ends, the other goes on. So what everybody's
histories say leads, and a post that was written a minute ago still has its place.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.extension.item import Item
from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.recommendations import history
from madang.community.recommendations.history import History, find_eligible
from madang.community.recommendations.models import Prepared
from madang.community.recommendations.nearness import find_near, newest
from madang.community.recommendations.reason import tell_reason
from madang.community.recommendations.tasks import prepare

#: Texts are compared with so many of the last items.
NEAR_HISTORY = 8
#: So many are looked through: some were seen, or may not be shown.
NUM_NEAR = 400
#: A list is ordered anew at most this often for one person.
ORDER_AGAIN = timedelta(seconds=60)
TRAINED_IN_A_ROW = 2


class Candidate(NamedTuple):
    """An item, and the item of the history that speaks for it, if one is known."""

    name: str
    because: str | None


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """An item and the sentence that says why."""

    item: Item
    reason: str


def is_offered() -> bool:
    """Say whether there is a model to recommend by."""
    return prediction.has_model(prediction.SENTENCE) or prediction.has_model(prediction.RECOMMENDER)


def recommend(
    person: User, *, number: int, kind: str = "", without: Collection[str] = ()
) -> list[Recommendation]:
    """Return what fits a person's history, best first: nothing seen, hidden, or their own.

    ``kind`` narrows to items of one kind; ``without`` are names that the page shows already.
    """
    past = history.load(person)
    if not past.items:
        return []

    def is_wanted(candidate: Candidate) -> bool:
        return candidate.name not in without and candidate.name.startswith(kind)

    trained = [each for each in trained_candidates(person, past) if is_wanted(each)]
    near = [each for each in near_candidates(past, kind=kind) if is_wanted(each)]
    names = [each.name for each in mix(trained, near)]
    found = find_eligible(names, person, number=number)
    mixed = mix(_among(trained, found), _among(near, found))
    return [
        Recommendation(item=found[each.name], reason=tell_reason(each.because, past))
        for each, _ in zip(mixed, range(number), strict=False)
    ]


def trained_candidates(person: User, past: History) -> list[Candidate]:
    """Return what was prepared by the model in use, and have it prepared anew where it is old."""
    if not prediction.has_model(prediction.RECOMMENDER):
        return []
    name = prediction.name_of(prediction.RECOMMENDER)
    prepared = Prepared.objects.filter(person=person).first() or Prepared(person=person)
    is_of_model = prepared.model_name == name
    if not is_of_model or prepared.history != past.version:
        _order(prepared)
    return [Candidate(*pair) for pair in prepared.items] if is_of_model else []


def near_candidates(past: History, *, kind: str = "") -> list[Candidate]:
    """Return the newest items of a kind whose texts are near to the last ones of a history."""
    if not prediction.has_model(prediction.SENTENCE):
        return []
    indexes = store.indexes()
    table = newest(indexes)
    rows = [row for row, name in enumerate(table.names) if name.startswith(kind)]
    if not rows:
        return []
    spoken, history_SD = table.look_up(past.names[-NEAR_HISTORY:], indexes)
    items_ND = table.vectors_ND[rows] if kind else table.vectors_ND
    found = find_near(history_SD, items_ND, number=NUM_NEAR)
    return [Candidate(table.names[rows[near.row]], spoken[near.because]) for near in found]


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


def _among(candidates: Sequence[Candidate], found: Collection[str]) -> list[Candidate]:
    return [each for each in candidates if each.name in found]


def _order(prepared: Prepared) -> None:
    now = timezone.now()
    # A clock that was wrong may have put the last order into the future.
    if prepared.asked_at is None or abs(now - prepared.asked_at) > ORDER_AGAIN:
        Prepared.objects.update_or_create(person=prepared.person, defaults={"asked_at": now})
        prepare.enqueue(person_id=prepared.person_id)
