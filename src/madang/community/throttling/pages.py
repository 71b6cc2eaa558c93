"""What the account pages count as, most of which a library brings along, by their names."""

from django.urls import ResolverMatch

from madang.community.throttling.limit import OTHER, Mark

MARKS = {
    "account_login": Mark(action="logins"),
    "admin:login": Mark(action="logins"),
    "account_reauthenticate": Mark(action="logins"),
    "account_confirm_login_code": Mark(action="logins"),
    "account_signup": Mark(action="signups", mail="email"),
    "account_reset_password": Mark(action="passwords", mail="email"),
    "account_reset_password_from_key": Mark(action="passwords"),
    "account_change_password": Mark(action="passwords"),
    "account_set_password": Mark(action="passwords"),
    "account_email": Mark(action="passwords", mail="email"),
    "account_confirm_email": Mark(action=OTHER),
    "accounts:settings": Mark(action=OTHER),
    "account_logout": Mark(action=None, reason="whoever wants to leave may; it writes no row"),
    "set_language": Mark(action=None, reason="sets a cookie alone"),
}
#: All of Django's administration but its log-in: only who may enter it gets to a form.
ADMINISTRATION = Mark(action=OTHER)


def mark_of(match: ResolverMatch | None) -> Mark | None:
    """Return what a page counts as: its view's own word, or what stands here; None without."""
    if match is None:
        return None
    if found := getattr(match.func, "throttling", None):
        mark: Mark = found
        return mark
    if known := MARKS.get(match.view_name):
        return known
    return ADMINISTRATION if match.app_names == ["admin"] else None
