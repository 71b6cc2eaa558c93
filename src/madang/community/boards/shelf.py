"""Posts as items; an advertisement is recommended to nobody."""

from collections.abc import Collection

from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.extension.item import Item, name_of
from madang.community.site.address import address_of

KIND = "post"


def find_posts(numbers: Collection[int], reader: User | None) -> list[Item]:
    """Return the posts that *reader* may see openly."""
    posts = Post.objects.visible_to(reader).filter(pk__in=numbers, is_folded=False)
    fields = ("pk", "title", "label", "author", "created_at", "board__name")
    return [
        Item(
            name=name_of(KIND, number),
            title=title,
            address=address_of("boards:post", number),
            place=board,
            author_id=author_id,
            created_at=created_at,
            may_be_recommended=label != Post.Label.AD,
        )
        for number, title, label, author_id, created_at, board in posts.order_by().values_list(
            *fields
        )
    ]
