"""Bulk upsert that writes only what differs, so that an identical rerun leaves no trace."""

import io
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple, TypeAlias, cast

import polars as pl
import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects import postgresql, sqlite

from riskpanel.store.series import Cells, column_series

_CHUNK = 5_000
_COPIED = 20_000  # rows written as text at once
_STAMPS = ("created_at", "updated_at")
_UNCOMPARED = frozenset({*_STAMPS, "run_id"})  # they say when and by whom, not what

_Insert: TypeAlias = postgresql.Insert | sqlite.Insert


def upsert(
    conn: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, object]],
    *,
    now: datetime,
    keep: Collection[str] = ("created_at",),
    keep_when_null: Collection[str] = (),
) -> int:
    """Insert or update rows, each with the same columns; else as :func:`upsert_columns`.

    Raises
    ------
    ValueError
        As :func:`upsert_columns`, and for uneven rows.
    """
    if not rows:
        return 0
    first = rows[0].keys()
    if any(row.keys() != first for row in rows):
        raise ValueError(f"rows of {table.name} have different columns")
    columns = {name: [row[name] for row in rows] for name in first}
    return upsert_columns(conn, table, columns, now=now, keep=keep, keep_when_null=keep_when_null)


def upsert_columns(
    conn: sa.Connection,
    table: sa.Table,
    columns: Mapping[str, Cells],
    *,
    now: datetime,
    keep: Collection[str] = ("created_at",),
    keep_when_null: Collection[str] = (),
    **constants: object,
) -> int:
    """Insert rows, or where the primary key exists update those that differ; return how many were written.

    Parameters
    ----------
    conn : sqlalchemy.Connection
        In a write transaction; the caller commits.
    columns : mapping of name to cells
        Of one length, the primary key among them, no key twice. NaN becomes NULL.
    now : datetime
        Stored in ``created_at`` and ``updated_at`` where the table has them.
    keep : collection of str
        Columns that an update leaves alone.
    keep_when_null : collection of str
        Columns whose stored value survives an incoming NULL.
    **constants
        Values that are the same in each row, by column.

    Raises
    ------
    ValueError
        For an infinite number, a fraction in a whole-number column, or a repeated key.
    """
    given = {**columns, **constants}
    key = [column.name for column in table.primary_key]
    unknown = [name for name in given if name not in table.c]
    if unknown or not given.keys() >= set(key):
        raise ValueError(f"rows do not fit {table.name}: unknown columns {unknown}, its key is {key}")
    frame = pl.DataFrame([column_series(conn.dialect, table.c[name], columns[name]) for name in columns])
    if frame.is_empty():
        return 0
    if frame.select(name for name in key if name in columns).n_unique() != frame.height:
        raise ValueError(f"a key of {table.name} occurs twice")
    same = constants | {name: now for name in _STAMPS if name in table.c}
    update = _Update(frozenset(keep), frozenset(keep_when_null))
    if conn.dialect.name == "postgresql":
        return _copy_and_merge(conn, table, frame, same, update)
    alike = [column_series(conn.dialect, table.c[name], [value]) for name, value in same.items()]
    whole = frame.with_columns(pl.lit(cell[0], cell.dtype).alias(cell.name) for cell in alike)
    whole = whole.select(column.name for column in table.c if column.name in whole.columns)
    statement = _sqlite_statement(table, tuple(whole.columns), update)
    return sum(conn.exec_driver_sql(statement, chunk.rows()).rowcount for chunk in whole.iter_slices(_CHUNK))


class _Update(NamedTuple):
    keep: frozenset[str]
    keep_when_null: frozenset[str]


@cache
def _sqlite_statement(table: sa.Table, names: tuple[str, ...], update: _Update) -> str:
    """Write the statement once: composing it takes longer than running it on a few rows."""
    insert = sqlite.insert(table).values({name: sa.bindparam(name) for name in names})
    return str(_on_conflict(insert, table, names, update).compile(dialect=sqlite.dialect()))


def _copy_and_merge(
    conn: sa.Connection, table: sa.Table, frame: pl.DataFrame, same: Mapping[str, object], update: _Update
) -> int:
    # COPY is some twenty times as fast as statements with parameters, and has no limit on them.
    staging = sa.Table(
        "upsert_rows",
        sa.MetaData(),
        *(sa.Column(name, table.c[name].type, autoincrement=False) for name in frame.columns),
        prefixes=["TEMPORARY"],
    )
    staging.create(conn)
    _copy(conn, staging, frame)
    names = (*frame.columns, *same)
    alike = [sa.bindparam(None, value, table.c[name].type) for name, value in same.items()]
    rows = sa.select(*staging.c, *alike)
    insert = postgresql.insert(table).from_select(names, rows, include_defaults=False)
    statement = _on_conflict(insert, table, names, update)
    written = conn.execute(statement.execution_options(preserve_rowcount=True)).rowcount
    staging.drop(conn)
    return written


def _copy(conn: sa.Connection, staging: sa.Table, frame: pl.DataFrame) -> None:
    """Write rows as CSV, in which no value is NULL and digits are enough to read the same double again."""
    raw = cast("psycopg.Connection[tuple[object, ...]]", conn.connection.driver_connection)
    command = sql.SQL("COPY pg_temp.{} FROM STDIN (FORMAT CSV)").format(sql.Identifier(staging.name))
    with raw.cursor() as cursor, cursor.copy(command) as copy:
        for chunk in frame.iter_slices(_COPIED):
            text = io.BytesIO()
            chunk.write_csv(text, include_header=False)
            copy.write(text.getbuffer())


def _on_conflict(insert: _Insert, table: sa.Table, names: Sequence[str], update: _Update) -> _Insert:
    incoming: dict[str, sa.ColumnElement[object]] = {
        name: sa.func.coalesce(insert.excluded[name], table.c[name])
        if name in update.keep_when_null
        else insert.excluded[name]
        for name in names
        if name not in update.keep and not table.c[name].primary_key
    }
    compared = [name for name in incoming if name not in _UNCOMPARED]
    key = list(table.primary_key)
    if not compared:
        return insert.on_conflict_do_nothing(index_elements=key)
    differs = sa.or_(*(table.c[name].is_distinct_from(incoming[name]) for name in compared))
    return insert.on_conflict_do_update(index_elements=key, set_=incoming, where=differs)
