"""What can be done to a post's tags; one verb a function. Permission is the caller's matter.

The post is locked first (``extension/lock.py``), then the tags in the order of their keys: a tag
that its last post loses is not forgotten while another post gets it.
"""

from collections.abc import Iterable

from django.db import transaction

from madang.community.boards.models import Post
from madang.community.extension.lock import hold, hold_if_up
from madang.community.tags.models import Tag, Tagging
from madang.community.tags.name import MAX_TAGS, key_of


@transaction.atomic
def add_tags(post: Post, names: Iterable[str]) -> int:
    """Set tags on a post, at most ``MAX_TAGS`` in all; return how many names were left out.

    Raises GoneError where the post is no more, or down.
    """
    post = hold_if_up(post)
    present = set(Tagging.objects.filter(post=post).values_list("tag__key", flat=True))
    new: dict[str, str] = {}
    for name in names:
        if (key := key_of(name)) not in present:
            new.setdefault(key, name)
    chosen = list(new)[: max(0, MAX_TAGS - len(present))]
    tags = {key: _hold_tag(key, new[key]) for key in sorted(chosen)}
    Tagging.objects.bulk_create(Tagging(post=post, tag=tags[key]) for key in chosen)
    return len(new) - len(chosen)


@transaction.atomic
def drop_tag(post: Post, key: str) -> None:
    """Take a tag off a post; a tag that no post bears is forgotten.

    Raises GoneError where the post is no more.
    """
    post = hold(post)
    tag = Tag.objects.select_for_update().filter(key=key).first()
    if tag is not None:
        Tagging.objects.filter(post=post, tag=tag).delete()
        if not tag.taggings.exists():
            tag.delete()


def _hold_tag(key: str, name: str) -> Tag:
    """Lock a tag, and make it where there is none: also where it was forgotten a moment ago."""
    while True:
        made, _ = Tag.objects.get_or_create(key=key, defaults={"name": name})
        held = Tag.objects.select_for_update().filter(pk=made.pk).first()
        if held is not None:
            return held
