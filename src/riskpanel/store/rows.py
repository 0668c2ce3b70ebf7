"""Inserting rows that may be there already, counting rows, and the type of an open connection."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Connection: TypeAlias = sa.Connection

_CHUNK = 10_000


def insert_missing(conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows that break no unique constraint; leave the stored ones as they are."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing()
    for start in range(0, len(rows), _CHUNK):
        conn.execute(statement, [dict(row) for row in rows[start : start + _CHUNK]])


def insert_row(conn: sa.Connection, table: sa.Table, **values: object) -> int:
    """Insert one row of a table that numbers its rows; return its id."""
    key = conn.execute(sa.insert(table).values(values)).inserted_primary_key
    if key is None:
        raise RuntimeError(f"the database gave the row of {table.name} no id")
    return int(key[0])


def count_rows(conn: sa.Connection, table: sa.FromClause, *where: sa.ColumnElement[bool]) -> int:
    """Count the rows of a table that meet all conditions."""
    return conn.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()
