"""What a person did: the history that recommendations are made from, and what it leaves to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from madang.community.accounts.models import User
from madang.community.extension import item
from madang.community.extension.item import Item
from madang.community.recommendations.models import Interaction

#: How many items a history is cut to, the newest.
MAX_ITEMS = 20
_ROWS = 60
#: So many are asked at once whether they were seen, and so many looked up.
ASKED_AT_ONCE = 500
LOOKED_UP_AT_ONCE = 60


@dataclass(frozen=True, kw_only=True)
class History:
    """The items, each once where it was met last, oldest first.

    Only what the person may still see: what was deleted, taken down or folded speaks for nothing.
    ``version`` is the number of the newest interaction. ``taken`` are the names of those that
    were bought or got.
    """

    items: tuple[Item, ...]
    taken: frozenset[str]
    version: int

    @property
    def names(self) -> list[str]:
        """Return the items' names."""
        return [each.name for each in self.items]


def is_empty(person: User) -> bool:
    """Say whether nothing is kept of a person yet."""
    return not Interaction.objects.filter(person=person).exists()


def load(person: User) -> History:
    """Read a person's history."""
    rows = list(
        Interaction.objects.filter(person=person)
        .order_by("-pk")
        .values_list("pk", "item", "action")[:_ROWS]
    )
    names = list(dict.fromkeys(name for _, name, _ in rows))[:MAX_ITEMS]
    found = item.find(names, person)
    return History(
        items=tuple(found[name] for name in reversed(names) if name in found),
        taken=frozenset(name for _, name, action in rows if action == Interaction.Action.TAKE),
        version=rows[0][0] if rows else 0,
    )


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
