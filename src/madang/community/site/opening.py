"""The site's database opened for a command that is not Django's own, or for the site's start."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from madang.community.site.environment import hide_password
from madang.errors import DataError, SettingError

SETTINGS = "madang.community.site.settings"


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


@contextmanager
def usable_database() -> Iterator[None]:
    """Say what to do where the database can not be opened, or its tables not be made.

    Raises SettingError then.
    """
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error, connection

    try:
        connection.ensure_connection()
        yield
    except (Error, ImproperlyConfigured) as error:
        said = " ".join(str(error).split())
        place = settings.DATABASES["default"]
        if "sqlite3" in place["ENGINE"]:
            raise SettingError(
                f"The database {place['NAME']} can not be used ({said}). It must "
                "be a database of this site, in a folder that may be written, on a disk with space "
                "left: mend that, or name another place with MADANG_HOME."
            ) from error
        url = hide_password(os.environ.get("MADANG_DATABASE_URL", ""))
        raise SettingError(
            f"The database MADANG_DATABASE_URL={url} can not be used ({said}). Check that the "
            "server runs, that address, name and password are right, and that the database is "
            f"there (createdb {place['NAME']}) and belongs to that user."
        ) from error
