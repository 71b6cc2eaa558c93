"""Addresses of pages, looked up once: a list names sixty of them."""

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=4096)
def address_of(page: str, argument: str | int) -> str:
    """Return the address of *page* (a name such as ``boards:post``) for *argument*."""
    return reverse(page, args=[argument])
