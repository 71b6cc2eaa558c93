"""The site's database opened for a command that is not Django's own."""

import os

from madang.errors import DataError

SETTINGS = "madang.community.settings"


def open_site(*, table: str) -> None:
    """Set Django up and make sure that the database holds a site with *table*.

    Raises DataError where it can not be read or holds none.
    """
    import django
    from django.apps import apps
    from django.db import DatabaseError, connection

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if not apps.ready:
        django.setup()
    try:
        tables = connection.introspection.table_names()
    except DatabaseError as error:
        raise DataError(f"The site's database can not be read ({error}). Is it running?") from error
    if table not in tables:
        raise DataError(
            f"{connection.settings_dict['NAME']} holds no site. Run this where `madang serve` ran, "
            "or say where with MADANG_HOME or MADANG_DATABASE_URL."
        )
