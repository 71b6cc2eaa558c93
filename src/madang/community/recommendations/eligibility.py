"""What may be put before a person who did not look for it."""

from collections.abc import Sequence

from madang.community.accounts.models import User
from madang.community.boards import item
from madang.community.boards.item import Item
from madang.community.recommendations.models import Interaction

#: So many are looked up at most.
MAX_LOOKED_UP = 60


def find_eligible(names: Sequence[str], person: User) -> dict[str, Item]:
    """Return the items among the first of *names* that may be recommended to *person*.

    None that they ever opened or took, none of their own, no advertisement, and nothing that is
    deleted, taken down, folded or closed.
    """
    rows = Interaction.objects.filter(person=person, item__in=names)
    seen = set(rows.order_by().values_list("item", flat=True))
    unseen = [name for name in names if name not in seen][:MAX_LOOKED_UP]
    return {
        name: each
        for name, each in item.find(unseen, person).items()
        if each.may_be_recommended and each.author_id != person.pk
    }
