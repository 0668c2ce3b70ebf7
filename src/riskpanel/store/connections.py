"""Engines: connections of both dialects with real transactions, limits on waiting, and JSON that compares."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import cast
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from riskpanel.store.faults import primary_code

_SILENCE = {"keepalives_idle": 60, "keepalives_interval": 10, "keepalives_count": 6}
"""After how many seconds without a word, and questions without an answer, the other end is given up.

By default a connection to a machine that is gone, and what it has locked, would last for two hours.
"""
_OF_CONNECTIONS = {
    "connect_timeout": 10,
    "application_name": "riskpanel",
    "tcp_user_timeout": 120_000,
    **_SILENCE,
}


def _canonical_json(document: object) -> str:
    # Equal documents must be equal texts, or an identical rerun would count as a change on SQLite.
    return json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False)


# A failed statement is reported without its values: they are somebody's holdings.
_COMMON = {"json_serializer": _canonical_json, "hide_parameters": True}


def file_identity(path: Path | None) -> tuple[int, int] | None:
    """Tell a file from another one of the same name; None where there is none."""
    try:
        found = path.stat() if path else None
    except FileNotFoundError:
        return None
    return (found.st_dev, found.st_ino) if found else None


def sqlite_engine(url: sa.URL, lock_timeout: float, *, tables_anew: bool = False) -> sa.Engine:
    """Make an engine for a file; ``lock_timeout`` in seconds.

    ``tables_anew``: for copying, dropping and renaming tables. Foreign keys are off then, because with them a
    table is emptied row by row before it is dropped; where nobody else has the file open there is no log of
    what is written, because each page that is read would be looked for in it first; pages of a table that is
    dropped are not overwritten with zeros, as Debian's SQLite does. Source: SQLite's "Making Other Kinds Of
    Table Schema Changes", "Write-Ahead Logging" on large transactions, and "PRAGMA secure_delete".
    """
    mode = str(url.query.get("mode", "rw"))
    connect = _sqlite_connector(Path(url.database or ""), mode, lock_timeout, tables_anew)
    engine = sa.create_engine(url.set(query={}), creator=connect, **_COMMON)
    path = Path(url.database or "")

    def remember(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = file_identity(path)

    def compare(_connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if entry.info["file"] != file_identity(path):  # of another file: the pool is to open this one
            raise DisconnectionError

    def begin(conn: sa.Connection) -> None:
        conn.exec_driver_sql(conn.get_execution_options().get("sqlite_begin", "BEGIN"))

    event.listen(engine, "begin", begin)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)
    return engine


def _sqlite_connector(
    path: Path, mode: str, lock_timeout: float, tables_anew: bool
) -> Callable[[], sqlite3.Connection]:
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"  # neither mode creates a file

    def connect() -> sqlite3.Connection:
        # No isolation level: the driver would begin late and leave DDL outside the transaction.
        connection = sqlite3.connect(
            uri, uri=True, timeout=lock_timeout, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute(f"PRAGMA foreign_keys = {'OFF' if tables_anew else 'ON'}")
            if tables_anew and mode != "ro":
                _leave_write_ahead(connection, lock_timeout)
                connection.execute("PRAGMA secure_delete = FAST")
            durable = "NORMAL" if not tables_anew and _write_ahead(connection) else "FULL"
            connection.execute(f"PRAGMA synchronous = {durable}")
        except BaseException:
            connection.close()
            raise
        return connection

    return connect


def _write_ahead(connection: sqlite3.Connection) -> bool:
    return _change_journal(connection, "WAL") == "wal"


def _leave_write_ahead(connection: sqlite3.Connection, lock_timeout: float) -> None:
    connection.execute("PRAGMA busy_timeout = 0")  # a server may have the file open all day
    _change_journal(connection, "DELETE")
    connection.execute(f"PRAGMA busy_timeout = {round(lock_timeout * 1000)}")


def _change_journal(connection: sqlite3.Connection, mode: str) -> str | None:
    """Return the mode of the journal then; None where it cannot be changed now."""
    try:
        (journal,) = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    except sqlite3.OperationalError as error:
        if primary_code(error) not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY}:
            raise
        return None
    return str(journal)


def postgres_engine(url: sa.URL, lock_timeout: float) -> sa.Engine:
    """Make an engine for a server; ``lock_timeout`` in seconds."""
    missing = {name: str(value) for name, value in _OF_CONNECTIONS.items() if name not in url.query}
    engine = sa.create_engine(url.update_query_dict(missing), pool_pre_ping=True, **_COMMON)
    of_server = {f"tcp_{name}": str(value) for name, value in _SILENCE.items()}
    of_server["lock_timeout"] = f"{round(lock_timeout * 1000)}ms"

    def set_timeouts(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        calls = ", ".join(["set_config(%s, %s, false)"] * len(of_server))
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"SELECT {calls}", tuple(chain(*of_server.items())))
        connection.commit()

    def forget_read_only(connection: DBAPIConnection | None, _entry: ConnectionPoolEntry) -> None:
        raw = cast("psycopg.Connection[object] | None", connection)
        if raw is not None and not raw.closed:
            raw.read_only = None  # SQLAlchemy leaves False, which overrules the server's default

    event.listen(engine, "connect", set_timeouts)
    event.listen(engine, "checkin", forget_read_only)
    return engine
