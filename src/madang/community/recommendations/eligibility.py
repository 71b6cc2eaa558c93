"""What may be put before a person who did not look for it."""

from collections.abc import Iterator, Sequence
from itertools import islice

from madang.community.accounts.models import User
from madang.community.extension import item
from madang.community.extension.item import Item
from madang.community.recommendations.models import Interaction

#: So many are asked at once whether they were seen, and so many looked up.
ASKED_AT_ONCE = 500
LOOKED_UP_AT_ONCE = 60


def find_eligible(names: Sequence[str], person: User, *, number: int) -> dict[str, Item]:
    """Return those of *names* that may be recommended to *person*, the first at least.

    Looking ends once there are *number* of them; a few more may be found.

    None that they ever opened or took, none of their own, no advertisement, and nothing that is
    deleted, taken down, folded or closed.
    """
    found: dict[str, Item] = {}
    unseen = _unseen(names, person)
    while len(found) < number and (some := list(islice(unseen, LOOKED_UP_AT_ONCE))):
        found |= {
            name: each
            for name, each in item.find(some, person).items()
            if each.may_be_recommended and each.author_id != person.pk
        }
    return found


def _unseen(names: Sequence[str], person: User) -> Iterator[str]:
    """Yield those of *names* that a person never opened or took, in order."""
    for start in range(0, len(names), ASKED_AT_ONCE):
        some = names[start : start + ASKED_AT_ONCE]
        rows = Interaction.objects.filter(person=person, item__in=some)
        seen = set(rows.order_by().values_list("item", flat=True))
        yield from (name for name in some if name not in seen)
