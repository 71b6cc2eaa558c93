"""Tags and filters of the templates."""

from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madang.community.boards import slot as slots

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, **extra: Any) -> SafeString:
    """Draw what other apps put into the slot *name*; nothing on a page that failed too early."""
    request = context.get("request")
    if request is None or not hasattr(request, "user"):
        return SafeString("")
    return slots.render(name, request, **extra)


@register.filter
def ago(moment: datetime) -> str:
    """Say how long ago *moment* was; older than a day, its date."""
    now = timezone.localtime()
    moment = timezone.localtime(moment)
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return _("방금")
    if minutes < 60:
        return ngettext("%(number)d분 전", "%(number)d분 전", minutes) % {"number": minutes}
    if minutes < 24 * 60:
        hours = minutes // 60
        return ngettext("%(number)d시간 전", "%(number)d시간 전", hours) % {"number": hours}
    return date_format(moment, _("n월 j일") if moment.year == now.year else _("Y. n. j."))
