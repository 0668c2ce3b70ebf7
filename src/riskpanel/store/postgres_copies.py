"""A dump of PostgreSQL put in the place of what is there, in one transaction of this process.

pg_restore only turns the dump into text here: a program of its own that writes would go on, and commit, after
this one was killed.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import IO

import psycopg
import sqlalchemy as sa
from psycopg import sql

from riskpanel.errors import InputError, StoreError
from riskpanel.store.backup_files import CHUNK, Manifest, Progress
from riskpanel.store.contents import VERSION_TABLE, load_contents, own_tables, own_views
from riskpanel.store.faults import postgres_fault
from riskpanel.store.postgres_tools import driver_connection

# What a script says about its own connection, which is ours, and to psql, which is not there.
_NOT_FOR_US = (b"SET ", b"SELECT pg_catalog.set_config(", b"\\restrict", b"\\unrestrict", b"--", b"\n")
_DROP_VIEWS, _DROP_TABLES = sql.SQL("DROP VIEW {}"), sql.SQL("DROP TABLE {}")
_ANALYZE = sql.SQL("ANALYZE {}")
# Our tables are gone when a script begins: one that is there is in another schema, as the script's are.
_ELSEWHERE = (psycopg.errors.InvalidSchemaName, psycopg.errors.DuplicateTable)
_END = b"\\.\n"


def replace_contents(
    conn: sa.Connection, statements: IO[bytes], manifest: Manifest, progress: Progress
) -> None:
    """Drop riskpanel's tables, run the script of a dump, and count what the planner of queries goes by.

    Raises
    ------
    StoreError
        When something else needs a table of ours, the server does not know what the script has, or its tables
        are of another schema than ours.
    """
    _drop_own(conn)
    _run(conn, statements, progress, sum(manifest.rows.values()))
    tables = own_tables(conn)
    if VERSION_TABLE not in tables:
        raise _other_schema("its tables are not in the first schema of the search path")
    driver_connection(conn).execute(_ANALYZE.format(_listed(tables)))


def check_contents(conn: sa.Connection, manifest: Manifest) -> None:
    """Compare what a script has made with the manifest, before anything of it is saved.

    Raises
    ------
    InputError
        When there are other rows than the manifest says.
    """
    found = load_contents(conn)
    if (found.revision, found.rows) != (manifest.revision, manifest.rows):
        raise InputError("the backup gave other rows than its manifest says", hint="use another backup")


def _drop_own(conn: sa.Connection) -> None:
    connection = driver_connection(conn)
    try:
        for drop, names in ((_DROP_VIEWS, own_views(conn)), (_DROP_TABLES, own_tables(conn))):
            if names:
                connection.execute(drop.format(_listed(names)))
    except psycopg.errors.DependentObjectsStillExist as error:
        raise StoreError(
            f"something that is not of riskpanel needs its tables: {_first_line(error)}",
            hint="drop it, or restore into an empty database",
        ) from error


def _listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _run(conn: sa.Connection, script: IO[bytes], progress: Progress, total: int) -> None:
    try:
        with driver_connection(conn).cursor() as cursor:
            _run_statements(cursor, script, lambda done: progress("restore", done, total))
    except psycopg.Error as error:
        if postgres_fault(error) is not None:
            raise
        if isinstance(error, _ELSEWHERE):
            raise _other_schema(_first_line(error)) from error
        raise StoreError(
            f"this server cannot take the backup: {_first_line(error)}",
            hint="restore it on a PostgreSQL of the version that it was made on, or a newer one",
        ) from error


def _other_schema(why: str) -> StoreError:
    return StoreError(
        f"the backup was made in another schema of PostgreSQL: {why}",
        hint="create that schema, and put it first in the search_path of this user: "
        "ALTER ROLE name IN DATABASE name SET search_path = schema",
    )


def _run_statements(
    cursor: "psycopg.Cursor[tuple[object, ...]]", script: IO[bytes], tell: Callable[[int], None]
) -> None:
    statement: list[bytes] = []
    done = 0
    for line in script:
        if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            with cursor.copy(line) as copy:
                for rows, text in _rows(script):
                    copy.write(text)
                    done += rows
                    tell(done)
        elif statement or not line.startswith(_NOT_FOR_US):
            statement.append(line)
            if line.endswith(b";\n"):
                cursor.execute(b"".join(statement))
                statement.clear()


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]


def _rows(script: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield rows as text, some at a time, and how many; a line is a row, whatever is in it."""
    lines: list[bytes] = []
    size = 0
    for line in script:
        if line == _END:
            break
        lines.append(line)
        size += len(line)
        if size >= CHUNK:
            yield len(lines), b"".join(lines)
            lines, size = [], 0
    if lines:
        yield len(lines), b"".join(lines)
