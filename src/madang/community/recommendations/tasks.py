"""What takes longer than a page may: the lists of the trained recommender."""

from collections import defaultdict
from collections.abc import Sequence

from django_tasks import task

from madang.community.accounts.models import User
from madang.community.extension import item
from madang.community.inference import prediction
from madang.community.recommendations import history
from madang.community.recommendations.history import find_eligible
from madang.community.recommendations.models import Consent, Prepared

#: So many are asked for, and so many of each kind kept, each with its reason: some may not be
#: shown, and a page of one kind must not be empty because there is more of another.
NUM_ASKED, NUM_KEPT = 10_000, 20


@task()
def prepare(person_id: int) -> int:
    """Let the trained recommender look at a person's history; return how many items it found."""
    person = User.objects.filter(pk=person_id).first()
    if person is None or not Consent.of(person).is_given:
        return 0
    past = history.load(person)
    name = prediction.name_of(prediction.RECOMMENDER)
    try:
        names = prediction.recommend(past.names, number=NUM_ASKED, patient=True)
        kept = _best_of_each_kind(names, person)
        reasons = [prediction.because(past.names, each, patient=True) for each in kept]
    except prediction.ModelUnavailableError:
        return 0  # the log says why; the next page orders anew
    pairs = [list(pair) for pair in zip(kept, reasons, strict=True)]
    fields = {"items": pairs, "history": past.version, "model_name": name}
    # Not created here: where there is no row any more, the person has reset meanwhile.
    Prepared.objects.filter(person=person).update(**fields)
    return len(pairs)


def _best_of_each_kind(names: Sequence[str], person: User) -> list[str]:
    """Return the first of each kind that may be recommended to a person, in order."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if parts := item.split_name(name):
            by_kind[parts[0]].append(name)
    kept: set[str] = set()
    for of_kind in by_kind.values():
        found = find_eligible(of_kind, person, number=NUM_KEPT)
        kept.update([name for name in of_kind if name in found][:NUM_KEPT])
    return [name for name in names if name in kept]
