"""Bulk upsert that writes only what differs, so that an identical rerun leaves no trace."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TypeAlias, cast

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from riskpanel.store.types import Money

_CHUNK = 5_000
_UNCOMPARED = frozenset({"created_at", "updated_at", "run_id"})  # they say when and by whom, not what

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
    """Insert rows, or where the primary key exists update those that differ; return how many were written.

    Parameters
    ----------
    conn : sqlalchemy.Connection
        In a write transaction; the caller commits.
    rows : sequence of mappings
        All with the same columns, the primary key among them, no key twice. NaN becomes NULL.
    now : datetime
        Stored in ``created_at`` and ``updated_at`` where the table has them.
    keep : collection of str
        Columns that an update leaves alone.
    keep_when_null : collection of str
        Columns whose stored value survives an incoming NULL.

    Raises
    ------
    ValueError
        For an infinite number, a fraction in a whole-number column, a repeated key or uneven rows.
    """
    if not rows:
        return 0
    stamps = [name for name in ("created_at", "updated_at") if name in table.c]
    names = [name for name in rows[0] if name not in stamps]
    _require_usable(table, rows, names)
    statement = _statement(conn.dialect, table, [*names, *stamps], keep, keep_when_null)
    write = _write_arrays if conn.dialect.name == "postgresql" else _write_tuples
    written = 0
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        columns = {name: _cells(conn.dialect, table.c[name], [row[name] for row in chunk]) for name in names}
        for name in stamps:
            columns[name] = _cells(conn.dialect, table.c[name], [now]) * len(chunk)
        written += write(conn, statement, columns)
    return written


def _require_usable(table: sa.Table, rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> None:
    key = [column.name for column in table.primary_key]
    unknown = [name for name in names if name not in table.c]
    if unknown or not set(key) <= set(names):
        raise ValueError(f"rows do not fit {table.name}: unknown {unknown}, key {key}")
    first = rows[0].keys()
    if any(row.keys() != first for row in rows):
        raise ValueError(f"rows of {table.name} have different columns")
    if len({tuple(row[name] for name in key) for row in rows}) != len(rows):
        raise ValueError(f"a key of {table.name} occurs twice")


def _statement(
    dialect: sa.Dialect,
    table: sa.Table,
    names: Sequence[str],
    keep: Collection[str],
    keep_when_null: Collection[str],
) -> _Insert:
    if dialect.name == "postgresql":
        arrays = [
            sa.cast(sa.bindparam(name, type_=sa.types.NullType()), _array(table.c[name])) for name in names
        ]
        source = sa.func.unnest(*arrays).table_valued(*names)
        insert = postgresql.insert(table).from_select(names, sa.select(source), include_defaults=False)
    else:
        insert = sqlite.insert(table).values({name: sa.bindparam(name) for name in names})
    incoming: dict[str, sa.ColumnElement[object]] = {
        name: sa.func.coalesce(insert.excluded[name], table.c[name])
        if name in keep_when_null
        else insert.excluded[name]
        for name in names
        if name not in keep and not table.c[name].primary_key
    }
    compared = [name for name in incoming if name not in _UNCOMPARED]
    key = list(table.primary_key)
    if not compared:
        return insert.on_conflict_do_nothing(index_elements=key)
    differs = sa.or_(*(table.c[name].is_distinct_from(incoming[name]) for name in compared))
    return insert.on_conflict_do_update(index_elements=key, set_=incoming, where=differs)


def _array(table: sa.Table, name: str) -> postgresql.ARRAY[object]:
    # An explicit cast to VARCHAR(n) would cut text in silence; TEXT lets the column refuse it.
    kind = table.c[name].type
    return postgresql.ARRAY(sa.Text() if isinstance(kind, sa.String) else kind)


def _write_arrays(conn: sa.Connection, statement: _Insert, columns: Mapping[str, list[object]]) -> int:
    return conn.execute(statement, dict(columns)).rowcount


def _write_tuples(conn: sa.Connection, statement: _Insert, columns: Mapping[str, list[object]]) -> int:
    compiled = statement.compile(dialect=conn.dialect)
    order = cast(SQLCompiler, compiled).positiontup or ()
    tuples = list(zip(*(columns[name] for name in order), strict=True))
    return conn.exec_driver_sql(str(compiled), tuples).rowcount


def _cells(dialect: sa.Dialect, column: sa.Column[object], values: list[object]) -> list[object]:
    """Convert one column of values to what the driver takes."""
    kind = column.type
    if isinstance(kind, sa.Double):
        return _doubles(column.name, values)
    convert = _converter(column)
    cells = [None if value is None else convert(value) for value in values]
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    return cells if process is None else [process(cell) for cell in cells]


def _doubles(name: str, values: list[object]) -> list[object]:
    array = np.array(values, dtype=np.float64)  # None becomes NaN
    if np.isinf(array).any():
        raise ValueError(f"an infinite number cannot be stored: {name}")
    cells: list[object] = array.tolist()
    for row in np.flatnonzero(np.isnan(array)).tolist():
        cells[row] = None
    return cells


def _converter(column: sa.Column[object]) -> Callable[[object], object]:
    if isinstance(column.type, sa.Integer):
        return partial(_whole, column.name)
    if isinstance(column.type, Money):
        return partial(_exact, column.name)
    if isinstance(column.type, sa.Boolean):
        return bool
    return _present


def _whole(name: str, value: object) -> int | None:
    if type(value) is int:
        return value
    if _is_nan(value):
        return None
    number = int(value)  # pyright: ignore[reportArgumentType]
    if number != value:
        raise ValueError(f"a fraction cannot be stored in a whole-number column: {name}")
    return number


def _exact(name: str, value: object) -> Decimal | None:
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if number.is_nan():
        return None
    if number.is_infinite():
        raise ValueError(f"an infinite number cannot be stored: {name}")
    return number


def _present(value: object) -> object:
    return None if _is_nan(value) else value


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)  # numpy's float64 is a float
