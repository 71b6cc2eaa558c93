"""What can be done to an account; one verb a function."""

from django.contrib.auth.models import Group

from madang.community.accounts.models import MODERATORS, User


def appoint_moderator(user: User) -> None:
    """Make *user* a moderator."""
    group, _ = Group.objects.get_or_create(name=MODERATORS)
    user.groups.add(group)
    user.__dict__.pop("is_moderator", None)


def save_settings(user: User, *, hides_advertisements: bool) -> None:
    """Keep what *user* chose on the settings page."""
    user.hides_advertisements = hides_advertisements
    User.objects.filter(pk=user.pk).update(hides_advertisements=hides_advertisements)
