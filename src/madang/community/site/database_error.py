"""What an error of the database means for whoever sent a request: later, or not at all."""

import sqlite3
from collections.abc import Iterator
from enum import Enum

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.db.transaction import TransactionManagementError


class Meaning(Enum):
    """What can be said of an error."""

    UNAVAILABLE = 503  # locked, full, read-only, or not reachable: later it may work
    GONE = 410  # what a row refers to, or the row itself, was deleted meanwhile
    TAKEN = 409  # somebody else has just written the same, such as a name
    UNFIT = 400  # a value that the column can not hold


_UNAVAILABLE_SQLITE = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_INTERRUPT),
    *(sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL),
}
# The first letters of PostgreSQL's codes: no connection, deadlock or conflict, no resources left,
# a lock not given in time, the operator's intervention, the system's failure, read-only.
_UNAVAILABLE_POSTGRESQL = ("08", "40", "53", "55P03", "57", "58", "25006")
_PASSING_SQLITE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}
# No resources left, a lock not given in time, starting or stopping.
_PASSING_POSTGRESQL = ("53", "55P03", "57P03")
_FOREIGN_KEY = (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, "23503")
_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, "23505")


def meaning_of(error: BaseException | None) -> Meaning | None:
    """Return what an error that ended a request says; None for a fault of our own."""
    if isinstance(error, ObjectDoesNotExist):
        return Meaning.GONE
    if type(error) is DatabaseError and error.__cause__ is None:
        return Meaning.GONE  # Django's own: a row that was to be changed is no more
    if isinstance(error, DataError):
        return Meaning.UNFIT
    if isinstance(error, IntegrityError):
        return _meaning_of_constraint(_code_of(error))
    return Meaning.UNAVAILABLE if find_unavailable(error) else None


def find_unavailable(error: BaseException | None) -> DatabaseError | InterfaceError | None:
    """Return the error of a database that can not be used now, out of what it led to."""
    for each in _behind(error):
        if isinstance(each, InterfaceError):
            return each
        if isinstance(each, DatabaseError) and _is_unavailable(each):
            return each
    return None


def is_passing(error: BaseException | None) -> bool:
    """Say whether an error says of a database that it is busy, full or about to be there."""
    found = find_unavailable(error)
    code = _code_of(found) if found is not None else None
    if isinstance(code, int):
        return code & 0xFF in _PASSING_SQLITE
    return isinstance(code, str) and code.startswith(_PASSING_POSTGRESQL)


def _is_unavailable(error: DatabaseError) -> bool:
    code = _code_of(error)
    if isinstance(code, int):
        return code & 0xFF in _UNAVAILABLE_SQLITE
    if isinstance(code, str):
        return code.startswith(_UNAVAILABLE_POSTGRESQL)
    # A connection that PostgreSQL did not give, or that broke, has no code.
    return isinstance(error, OperationalError)


def _meaning_of_constraint(code: int | str | None) -> Meaning | None:
    if code in _FOREIGN_KEY:
        return Meaning.GONE
    return Meaning.TAKEN if code in _UNIQUE else None


def _code_of(error: BaseException) -> int | str | None:
    """Return SQLite's extended code, or PostgreSQL's."""
    cause = error.__cause__
    code: int | str | None = getattr(cause, "sqlite_errorcode", getattr(cause, "sqlstate", None))
    return code


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error of the database, or those that broke a transaction or a session."""
    while error is not None:
        yield error
        if isinstance(error, DatabaseError) and not isinstance(error, TransactionManagementError):
            return
        error = error.__context__
