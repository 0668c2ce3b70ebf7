"""What a child does to itself before its command begins: it lacks space, rights or patience."""

import os
import resource
import sqlite3

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from crash.steps import is_write
from riskpanel.store import database

NOBODY = 65_534


def few_pages(more: int) -> None:
    """Let SQLite find the disk full when the database has grown by so many pages."""

    def connected(connection: DBAPIConnection, _entry: object) -> None:
        assert isinstance(connection, sqlite3.Connection)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + more}")

    event.listen(sa.pool.Pool, "connect", connected)


def small_files(size: int) -> None:
    """Let the system refuse to write beyond so many bytes, which the log of SQLite, too, comes to.

    Python ignores the signal that would end it: the write fails.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def as_nobody() -> None:
    """Give up the rights of the administrator, who may write everything."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def impatient() -> None:
    """Wait for locks of others for a moment only."""
    database.open_store.__kwdefaults__["lock_timeout"] = 0.3


def commit_early() -> None:
    """Commit after every statement, as a defective riskpanel would: what it leaves must be noticed."""

    def after(conn: sa.Connection, _cursor: object, statement: str, *_more: object) -> None:
        raw = conn.connection.driver_connection
        assert raw is not None
        if not is_write(statement):
            return
        raw.commit()
        if isinstance(raw, sqlite3.Connection):
            raw.execute("BEGIN")

    event.listen(sa.Engine, "after_cursor_execute", after)
