"""Checks of whether the database can be looked at; where one finds something, the others cannot be made."""

from riskpanel.errors import NoDatabaseError
from riskpanel.nightly.doctor.checks import Check, Judgement, Severity, Trouble, Unexamined
from riskpanel.nightly.doctor.facts import Access

PART = "Database"
NOT_LOOKED = "the database could not be looked at"
_NO_TABLES = "the database has no tables"
_CREATE = ("riskpanel init",)


def _unreachable(access: Access) -> Judgement:
    fault = access.fault
    if fault is None:
        return None
    commands = _CREATE if isinstance(fault, NoDatabaseError) else ()
    return Trouble(fault.what, commands=commands, remedy=fault.hint)


def _missing(access: Access) -> Judgement:
    if access.fault is not None:
        return Unexamined(NOT_LOOKED)
    return Trouble("the database has no riskpanel tables") if access.found is None else None


def _behind(access: Access) -> Judgement:
    if access.found is None:
        return _unread(access)
    if access.found not in access.known[:-1]:
        return None
    behind = len(access.known) - 1 - access.known.index(access.found)
    steps = "1 step" if behind == 1 else f"{behind} steps"
    return Trouble(f"the schema is {steps} behind: {access.found}, needed {access.known[-1]}")


def _ahead(access: Access) -> Judgement:
    if access.found is None:
        return _unread(access)
    if access.found in access.known:
        return None
    return Trouble(f"the schema is ahead: {access.found}, this riskpanel knows up to {access.known[-1]}")


def _unread(access: Access) -> Unexamined:
    return Unexamined(_NO_TABLES if access.fault is None else NOT_LOOKED)


ACCESS_CHECKS: tuple[Check[Access], ...] = (
    Check(
        "database-unreachable",
        PART,
        Severity.ERROR,
        "The database cannot be reached",
        "opens the database of `RISKPANEL_DATABASE_URL` and reads from it",
        "nothing can be read or computed.",
        "Check `RISKPANEL_DATABASE_URL`: for SQLite that the file and its folder are there and may be read "
        "and written, for PostgreSQL that the server runs, and its address, database and password. "
        "`riskpanel init` creates a database that is not there yet.",
        "the database can be reached",
        _unreachable,
    ),
    Check(
        "schema-missing",
        PART,
        Severity.ERROR,
        "The database has no tables",
        "the schema of the database",
        "nothing can be stored; or `RISKPANEL_DATABASE_URL` names another database than the one that you "
        "mean.",
        "Create the tables, after a look at `RISKPANEL_DATABASE_URL`.",
        "the tables are there",
        _missing,
        _CREATE,
    ),
    Check(
        "schema-behind",
        PART,
        Severity.ERROR,
        "The schema is behind",
        "the schema of the database against the one of this version",
        "every command but `init` and `migrate` refuses the database until it is upgraded.",
        "Make a backup, then upgrade the schema; what is stored stays.",
        "the schema is that of this version",
        _behind,
        _CREATE,
    ),
    Check(
        "schema-ahead",
        PART,
        Severity.ERROR,
        "The schema is ahead",
        "the schema of the database against the one of this version",
        "a newer riskpanel has upgraded the database; this one does not know its tables and refuses it.",
        "Install the newer riskpanel again, or with it take the schema down: `riskpanel migrate down "
        "REVISION`.",
        "the schema is not of a newer version",
        _ahead,
    ),
)
