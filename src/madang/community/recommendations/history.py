"""What a person did last: the history that recommendations are made from."""

from dataclasses import dataclass

from madang.community.accounts.models import User
from madang.community.extension import item
from madang.community.extension.item import Item
from madang.community.recommendations.models import Interaction

#: How many items a history is cut to, the newest.
MAX_ITEMS = 20
_ROWS = 60


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
