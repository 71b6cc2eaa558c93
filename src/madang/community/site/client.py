"""Whose request it is: the address that everything counts by."""

import logging
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)

# Whoever has an IPv6 address has all of its last 64 bits.
IPV6_PREFIX = 64
UNKNOWN = "0.0.0.0"


def client_address(request: HttpRequest) -> str:
    """Return the address of who asks, of IPv6 the network of 64 bits.

    With ``MADANG_PROXIES`` proxies in front, each of which adds to ``X-Forwarded-For`` whom it was
    asked by, it is that many entries from the header's end; what stands before, anybody can write.
    Without one the header is not read.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.MADANG_PROXIES and forwarded:
        hops = forwarded.split(",")
        address = _parse(hops[-min(settings.MADANG_PROXIES, len(hops))])
        if address is not None:
            return _network_of(address)
    address = _parse(peer)
    if address is None:
        return UNKNOWN
    if forwarded and not settings.MADANG_PROXIES and not address.is_global:
        _warn_of_proxy()
    return _network_of(address)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Read ``1.2.3.4``, ``1.2.3.4:5678``, ``2001:db8::1`` or ``[2001:db8::1]:5678``."""
    text = text.strip()[:64]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network_of(address: IPv4Address | IPv6Address) -> str:
    if address.version == 4:
        return str(address)
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False).network_address)


@cache
def _warn_of_proxy() -> None:
    """Say once that the site seems to stand behind a proxy that it was not told of."""
    logger.warning(
        "A request came with X-Forwarded-For from this machine or its network, and MADANG_PROXIES "
        "is 0: everybody behind that proxy counts as one address, so that one of them uses up the "
        "limits of all. Set MADANG_PROXIES to the number of proxies in front of the site."
    )
