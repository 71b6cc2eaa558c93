"""Moments, as people tell them."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def tell(moment: datetime) -> str:
    """Say how long ago *moment* was; older than a day, its date."""
    now = timezone.now()
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return _("방금")
    if minutes < 60:
        return ngettext("%(number)d분 전", "%(number)d분 전", minutes) % {"number": minutes}
    if minutes < 24 * 60:
        hours = minutes // 60
        return ngettext("%(number)d시간 전", "%(number)d시간 전", hours) % {"number": hours}
    here = timezone.localtime(moment)
    this_year = timezone.localtime(now).year
    return date_format(here, _("n월 j일") if here.year == this_year else _("Y. n. j."))
