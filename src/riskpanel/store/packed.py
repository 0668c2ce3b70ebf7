"""Many numbers of each symbol in one row: the database packs them, so that no object is made per number.

A night reads millions of prices and lots. As rows they would be tens of millions of Python objects; as one
row a symbol, each column its numbers in binary, they arrive as the arrays that they become. PostgreSQL packs
with its own functions, SQLite with one of ours; both in the transaction of the connection that is given.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from riskpanel.risk.arrays import FloatArray
from riskpanel.store.schema import instruments

_SYMBOLS_PER_TRIP = 500


class _Pack:
    """SQLite's aggregate ``pack``: the rows of a group as one blob of doubles; NULL becomes NaN."""

    def __init__(self) -> None:
        self._rows: list[tuple[float | None, ...]] = []

    def step(self, *values: float | None) -> None:
        """Take a row."""
        self._rows.append(values)

    def finalize(self) -> bytes:
        """Return the blob, row after row."""
        return np.array(self._rows, dtype=np.float64).tobytes()


def load_packed(
    conn: sa.Connection,
    symbol: sa.ColumnElement[str],
    columns: Sequence[sa.ColumnElement[float]],
    *where: sa.ColumnElement[bool],
) -> Iterator[tuple[str, FloatArray]]:
    """Yield each symbol with the numbers of its rows: (columns, rows), in no order of rows; NULL is NaN.

    Parameters
    ----------
    conn : sqlalchemy.Connection
    symbol : column
        Of one table, which the others are of too.
    columns : sequence of columns
        Numbers; a date by ``day_number``.
    *where : conditions
        Which rows.
    """
    if conn.dialect.name == "postgresql":
        yield from _packed_by_postgres(conn, symbol, columns, where)
        return
    raw = cast("sqlite3.Connection", conn.connection.driver_connection)
    raw.create_aggregate("pack", len(columns), _Pack)  # pyright: ignore[reportArgumentType]
    # Symbol by symbol through the key: by the day alone SQLite would jump through the whole table.
    each = symbol.in_(sa.select(instruments.c.symbol))
    packed = sa.func.pack(*columns, type_=sa.LargeBinary)
    query = sa.select(symbol, packed).where(each, *where).group_by(symbol)
    for name, blob in conn.execute(query, execution_options={"yield_per": _SYMBOLS_PER_TRIP}):
        yield name, np.frombuffer(blob, dtype=np.float64).reshape(-1, len(columns)).T


def _packed_by_postgres(
    conn: sa.Connection,
    symbol: sa.ColumnElement[str],
    columns: Sequence[sa.ColumnElement[float]],
    where: Sequence[sa.ColumnElement[bool]],
) -> Iterator[tuple[str, FloatArray]]:
    packed = [
        sa.func.string_agg(
            sa.func.float8send(sa.func.coalesce(sa.cast(column, sa.Double), sa.cast("NaN", sa.Double))),
            sa.literal(b"", postgresql.BYTEA),
        )
        for column in columns
    ]
    query = sa.select(symbol, *packed).where(*where).group_by(symbol)
    text = query.compile(dialect=conn.dialect, compile_kwargs={"render_postcompile": True})
    raw = cast("psycopg.Connection[tuple[object, ...]]", conn.connection.driver_connection)
    with raw.cursor("packed", binary=True) as cursor:
        cursor.itersize = _SYMBOLS_PER_TRIP
        for name, *blobs in cursor.execute(str(text).encode(), text.params):
            yield (
                cast("str", name),
                np.array(
                    [np.frombuffer(cast("bytes", blob), dtype=">f8") for blob in blobs], dtype=np.float64
                ),
            )


def day_number(conn: sa.Connection, day: sa.ColumnElement[object]) -> sa.ColumnElement[float]:
    """Return a date as days since 1970-01-01, NULL as NULL."""
    if conn.dialect.name == "postgresql":
        return sa.cast(day - sa.cast("1970-01-01", sa.Date), sa.Double)
    return sa.func.julianday(day) - 2440587.5
