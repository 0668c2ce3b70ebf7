"""Copies of a whole SQLite database by its own online backup: out of one in use, and back into it."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import sqlalchemy as sa

from riskpanel.errors import InputError, LockedError
from riskpanel.store.backup_files import Manifest, Progress
from riskpanel.store.database import Store
from riskpanel.store.faults import primary_code
from riskpanel.store.schema import run_locks

PAGES = 256  # a megabyte at a time


def copy_out(conn: sa.Connection, target: Path, progress: Progress) -> None:
    """Copy the moment that ``conn`` sees into a file; others may write meanwhile. Locks are left behind."""
    source = cast("sqlite3.Connection", conn.connection.driver_connection)

    def tell(_status: int, remaining: int, total: int) -> None:
        progress("copy", total - remaining, total)

    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            copy.execute("PRAGMA synchronous = OFF")  # the file lasts for seconds
            source.backup(copy, pages=PAGES, progress=tell)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a second one that it needs
            copy.execute(f"DELETE FROM {run_locks.name}")  # noqa: S608  our own name
    except sqlite3.OperationalError as error:
        if primary_code(error) != sqlite3.SQLITE_FULL:
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error  # only the copy is written


def check_copy(copy: Path, manifest: Manifest) -> None:
    """Open a copy and compare it with its manifest.

    Raises
    ------
    InputError
        When SQLite finds it damaged, or other rows in it.
    """
    try:
        with closing(sqlite3.connect(copy)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            found = {table: _count(connection, table) for table in manifest.rows}
    except sqlite3.DatabaseError as error:
        raise _unlike(str(error)) from error
    if verdict != "ok":
        raise _unlike(verdict)
    if found != manifest.rows:
        raise _unlike("other rows than the manifest says")


def copy_in(store: Store, copy: Path, progress: Progress) -> None:
    """Put a copy in the place of all that a database has, in one transaction of SQLite's own.

    Raises
    ------
    LockedError
        When another program writes.
    """

    def tell(status: int, remaining: int, total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise LockedError(
                f"the database is locked by another program: {store.file}",
                hint="wait until it has finished, or stop it, and run this again",
            )
        progress("restore", total - remaining, total)

    opened = closing(sqlite3.connect(copy, isolation_level=None))
    with store.outside_transactions() as target, opened as source:
        _agree_on_pages(source, target)
        source.backup(target, pages=PAGES, progress=tell)


def _agree_on_pages(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Give the copy pages of the size that the target has: a file that is written ahead keeps its own."""
    (wanted,) = target.execute("PRAGMA page_size").fetchone()
    (found,) = source.execute("PRAGMA page_size").fetchone()
    if wanted != found:
        source.execute(f"PRAGMA page_size = {wanted}")
        source.execute("VACUUM")


def _count(connection: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    (count,) = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608  quoted
    return count


def _unlike(what: str) -> InputError:
    return InputError(f"the copy in the backup is damaged: {what}", hint="use another backup")
