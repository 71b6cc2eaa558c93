"""What can be done to a post's tags; one verb a function. Permission is the caller's matter."""

from collections.abc import Iterable

from django.db import transaction

from madang.community.boards.models import Post
from madang.community.tags.models import Tag, Tagging
from madang.community.tags.name import MAX_TAGS, key_of


@transaction.atomic
def add_tags(post: Post, names: Iterable[str]) -> int:
    """Set tags on a post, at most ``MAX_TAGS`` in all; return how many names were left out."""
    list(Post.objects.select_for_update().filter(pk=post.pk).values_list("pk"))
    present = set(Tagging.objects.filter(post=post).values_list("tag__key", flat=True))
    num_left_out = 0
    for name in names:
        if key_of(name) in present:
            continue
        if len(present) >= MAX_TAGS:
            num_left_out += 1
            continue
        tag, _ = Tag.objects.get_or_create(key=key_of(name), defaults={"name": name})
        Tagging.objects.get_or_create(post=post, tag=tag)
        present.add(tag.key)
    return num_left_out


@transaction.atomic
def drop_tag(post: Post, key: str) -> None:
    """Take a tag off a post; a tag that no post bears is forgotten."""
    Tagging.objects.filter(post=post, tag__key=key).delete()
    Tag.objects.filter(key=key, taggings=None).delete()
