"""Counting, and deleting what was counted; safe with any number of processes."""

import time
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from madang.community.site.rate import MAX_SECONDS, Rate
from madang.community.throttling.models import Counter

# One statement, in which SQLite and PostgreSQL lock the row: so no two count the same number.
# A window that ends far later than one that begins now was begun by a clock that was wrong. One
# that ends a little later was begun by somebody who read the clock after us and was quicker.
TAKE = """
INSERT INTO throttling_counter (key, number, expires_at) VALUES (%(key)s, 1, %(end)s)
ON CONFLICT (key) DO UPDATE SET
    number = CASE WHEN {is_over} THEN 1 ELSE throttling_counter.number + 1 END,
    expires_at = CASE WHEN {is_over} THEN %(end)s ELSE throttling_counter.expires_at END
WHERE {is_over} OR throttling_counter.number < %(allowed)s
""".format(
    is_over="(throttling_counter.expires_at <= %(now)s OR throttling_counter.expires_at > %(far)s)"
)


def take(key: str, rate: Rate) -> float:
    """Count one more of *key*; return 0, or the seconds until *rate* allows one.

    What is refused is not counted.
    """
    now = time.time()
    hashed = salted_hmac(__name__, key, algorithm="sha256").hexdigest()
    given: dict[str, str | float] = {
        "key": hashed,
        "now": now,
        "end": now + rate.seconds,
        "far": now + farthest(rate.seconds),
        "allowed": rate.number,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, given)
        if cursor.rowcount:
            return 0
    found = Counter.objects.filter(pk=hashed).values_list("expires_at", flat=True).first()
    return max(1.0, (found or now) - now)


def farthest(seconds: int) -> int:
    """Return how far from now a window of *seconds* may end, where no clock was wrong."""
    return 2 * seconds + 60


def clear_expired() -> int:
    """Delete counters, sessions and failed log-ins whose time is over; return how many counters.

    Failed log-ins of the future go as well: a clock that was wrong would lock people out till then.
    A minute later than now is none of these: two servers' clocks differ.
    """
    now, moment = time.time(), timezone.now()
    is_far = Q(expires_at__gt=now + farthest(MAX_SECONDS))
    is_old = Q(attempt_time__lte=moment - settings.AXES_COOLOFF_TIME)
    sessions: QuerySet[Any] = SessionStore.get_model_class()._default_manager.all()
    _delete(sessions.filter(expire_date__lt=moment))
    to_come = Q(attempt_time__gt=moment + timedelta(minutes=1))
    _delete(AccessAttempt.objects.filter(is_old | to_come))
    return _delete(Counter.objects.filter(Q(expires_at__lte=now) | is_far))


def _delete(rows: QuerySet[Any]) -> int:
    """Delete rows where there are any: to delete none takes SQLite's lock as well."""
    return rows.delete()[0] if rows.exists() else 0
