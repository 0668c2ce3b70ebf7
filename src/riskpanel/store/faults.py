"""What a failing database means in plain words: the fault, and what to do about it."""

import sqlite3
from typing import NamedTuple, TypeAlias

import psycopg
from sqlalchemy.exc import DBAPIError

from riskpanel.errors import LockedError, StoreError

DatabaseError: TypeAlias = DBAPIError | psycopg.Error | sqlite3.Error
"""An error of SQLAlchemy, or of a driver that is used by itself."""


class Fault(NamedTuple):
    """What is wrong, the remedy, what the server said where that tells more, and how it is raised."""

    what: str
    hint: str
    reason: str = ""
    error: type[StoreError] = StoreError


_LOCKED = Fault(
    "the database is locked by another program",
    "wait until the other riskpanel command has finished, or stop it, and run this again",
    error=LockedError,
)
_FULL = Fault("the disk is full", "free some space and run this again: nothing is half-written")
_READ_ONLY = Fault(
    "the database is read-only", "give this user write permission on it, or use another database"
)
_DENIED = Fault("permission denied", "give this user the right to read and write the database")
_CANNOT_OPEN = Fault(
    "the database cannot be opened",
    "check that this user may read and write it and its folder, where SQLite keeps two more files",
)
_DAMAGED = "restore the newest backup"
_AGAIN = "run this again: nothing is half-written"
_UNREACHABLE = Fault(
    "cannot reach the database server",
    "check that the server runs, the address, the name of the database and the password",
)
_LOST = Fault("the connection to the database was lost", f"check the server and the network, then {_AGAIN}")

_SQLITE_FAULTS = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _DENIED,
    sqlite3.SQLITE_AUTH: _DENIED,
    sqlite3.SQLITE_CANTOPEN: _CANNOT_OPEN,
    sqlite3.SQLITE_NOTADB: Fault("not a database file", "point RISKPANEL_DATABASE_URL at another file"),
    sqlite3.SQLITE_CORRUPT: Fault("the database file is damaged", _DAMAGED),
    sqlite3.SQLITE_IOERR: Fault("the disk failed while reading or writing", f"check the disk, then {_AGAIN}"),
}
_POSTGRES_FAULTS = {
    "55P03": _LOCKED,
    "40P01": _LOCKED,
    "40001": _LOCKED,
    "53100": _FULL,
    "25006": _READ_ONLY,
    "42501": _DENIED,
    "53300": Fault(
        "the database server has no free connection", "stop another client, or raise max_connections"
    ),
    "57014": Fault(
        "the database server stopped a statement that took too long",
        f"raise statement_timeout for this user, or see what keeps the server busy, then {_AGAIN}",
    ),
    "25P03": Fault(
        "the database server ended a transaction that stood still for too long",
        f"raise idle_in_transaction_session_timeout for this user, then {_AGAIN}",
    ),
    "XX001": Fault("the database is damaged", _DAMAGED),
    "XX002": Fault("an index of the database is damaged", f"REINDEX the database, or {_DAMAGED}"),
    "53": Fault("the database server is out of resources", f"its log says of which; then {_AGAIN}"),
    "58": Fault("the disk of the database server failed", f"look into its log, then {_AGAIN}"),
    "XX": Fault("the database server failed", f"look into its log, then {_AGAIN}"),
}  # by state, else by the class of the state: its first two letters
_GONE = ("08", "57P")  # how the states begin with which a server refuses or ends connections
_UNKNOWN_NAMES = {"42P01", "42703"}  # of a table, of a column


def sqlite_fault(error: DatabaseError) -> Fault | None:
    """Say what an error of SQLite means; None for one that no fault of the file explains."""
    return _SQLITE_FAULTS.get(primary_code(_cause(error)))


def postgres_fault(error: DatabaseError) -> Fault | None:
    """Say what an error of PostgreSQL means; None for one that no fault of the server explains."""
    cause = _cause(error)
    state: str = getattr(cause, "sqlstate", None) or ""
    fault = _POSTGRES_FAULTS.get(state) or _POSTGRES_FAULTS.get(state[:2])
    if fault is not None:
        return fault
    silent = not state and isinstance(cause, psycopg.OperationalError)
    if not silent and not state.startswith(_GONE):
        return None
    connecting = isinstance(error, DBAPIError) and not error.connection_invalidated
    reason = str(cause).strip().split("\n", maxsplit=1)[0]
    return (_UNREACHABLE if connecting else _LOST)._replace(reason=reason)


def names_unknown(error: DatabaseError) -> bool:
    """Tell whether a statement named a table or column that is not there: the schema may have moved."""
    cause = _cause(error)
    if isinstance(cause, sqlite3.OperationalError):
        return "no such" in str(cause) or "has no column" in str(cause)
    return getattr(cause, "sqlstate", None) in _UNKNOWN_NAMES


def primary_code(error: BaseException | None) -> int:
    """Return the kind of an error of SQLite, whatever its variant; 0 for other errors."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _cause(error: DatabaseError) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error
