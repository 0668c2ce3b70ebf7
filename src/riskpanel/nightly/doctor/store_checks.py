"""Checks of the database itself and of what is in it at all."""

from riskpanel.book.byte_sizes import size_of
from riskpanel.nightly.doctor.checks import (
    Affected,
    Check,
    Judgement,
    Severity,
    Trouble,
    Unexamined,
    have,
    plural,
)
from riskpanel.nightly.doctor.facts import Facts

_LEAST = 100_000_000
"""Room below which the next night may not be saved."""
_ROOM = 500_000_000
"""Room that a backup and the next nights want at the least, whatever the size of the database."""


def _read_only(facts: Facts) -> Judgement:
    fault = facts.write_fault
    return None if fault is None else Trouble(fault.what, remedy=fault.hint)


def _disk_full(facts: Facts) -> Judgement:
    free = facts.free_bytes
    if free is None:
        return Unexamined("the disks of a server are its own")
    return Trouble(f"{size_of(free)} are free on the disk of the database") if free < _LEAST else None


def _disk_space(facts: Facts) -> Judgement:
    free = facts.free_bytes
    if free is None:
        return Unexamined("the disks of a server are its own")
    wanted = max(facts.size.bytes, _ROOM)
    if not _LEAST <= free < wanted:
        return None
    return Trouble(
        f"{size_of(free)} are free on the disk of the database, which has {size_of(facts.size.bytes)}"
    )


def _no_portfolios(facts: Facts) -> Judgement:
    return None if facts.portfolios else Trouble("there is no portfolio")


def _empty_portfolios(facts: Facts) -> Judgement:
    names = facts.held.empty
    if not names:
        return None
    told = plural(len(names), "portfolio", of=facts.portfolios)
    return Trouble(f"{told} {have(len(names))} nothing but cash", [Affected(name) for name in names])


PART = "Database"
HOLDINGS = "Portfolios"
STORE_CHECKS: tuple[Check[Facts], ...] = (
    Check(
        "database-read-only",
        PART,
        Severity.ERROR,
        "The database cannot be written",
        "begins a write and takes it back; a database that another program is writing passes",
        "no night, import or edit can be saved.",
        "Give the user that runs riskpanel the right to write: to the file and its folder, or in the "
        "server. A URL with `?mode=ro` and a standby server are read-only on purpose.",
        "the database can be written",
        _read_only,
    ),
    Check(
        "disk-full",
        PART,
        Severity.ERROR,
        "The disk is nearly full",
        "less than 100 MB are free on the disk of a SQLite database",
        "the next night may not be saved. Nothing is half-written when a disk is full.",
        "Free some space, or remove old history.",
        "the disk is not full",
        _disk_full,
        ("riskpanel prune --keep-years 5 --dry-run",),
    ),
    Check(
        "disk-space",
        PART,
        Severity.WARNING,
        "Little room on the disk",
        "less than the size of a SQLite database, or less than 500 MB, is free on its disk",
        "a backup beside it, and shrinking the file, need as much room again as the database has.",
        "Free some space, keep backups on another disk, or remove old history.",
        "the disk has room for a copy of the database",
        _disk_space,
        ("riskpanel prune --keep-years 5 --dry-run",),
    ),
    Check(
        "no-portfolios",
        HOLDINGS,
        Severity.ERROR,
        "No portfolio",
        "whether there is any portfolio of any user",
        "there is nothing to compute.",
        "Import your holdings, or look at the demo: `riskpanel demo` has a database of its own.",
        "there are portfolios",
        _no_portfolios,
        ('riskpanel import positions FILE --portfolio "NAME" --cash AMOUNT',),
    ),
    Check(
        "portfolios-empty",
        HOLDINGS,
        Severity.NOTE,
        "Portfolios without positions",
        "portfolios without an open lot on the newest session with prices",
        "their snapshots have their cash and no risk number. That is right where only cash is held.",
        "Import their positions; look at entry and exit dates where there should be some.",
        "every portfolio holds something",
        _empty_portfolios,
        ('riskpanel import positions FILE --portfolio "NAME"',),
    ),
)
