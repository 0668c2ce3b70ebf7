"""Refused price rows: which there are, and what becomes of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from riskpanel.errors import NotFoundError
from riskpanel.store.schema import market_data_quarantine as table


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A refused row: symbol, date and cells as written, why, from where, and when."""

    id: int
    symbol: str
    date: str
    raw_row: dict[str, Any]
    reason: str
    data_source: str
    origin: str
    created_at: datetime


_COLUMNS = tuple(table.c[field.name] for field in fields(Quarantined))


def load_quarantine(
    conn: sa.Connection, *, symbol: str | None = None, limit: int | None = None
) -> tuple[Quarantined, ...]:
    """Load the refused rows, by symbol and date."""
    query = sa.select(*_COLUMNS).order_by(table.c.symbol, table.c.date, table.c.id).limit(limit)
    if symbol is not None:
        query = query.where(table.c.symbol == symbol)
    return tuple(Quarantined(*row) for row in conn.execute(query))


def count_quarantine(conn: sa.Connection, *, symbol: str | None = None) -> int:
    """Count the refused rows."""
    query = sa.select(sa.func.count()).select_from(table)
    if symbol is not None:
        query = query.where(table.c.symbol == symbol)
    return int(conn.execute(query).scalar_one())


def load_quarantined(conn: sa.Connection, ids: Sequence[int]) -> tuple[Quarantined, ...]:
    """Load rows by their ids, in that order.

    Raises
    ------
    NotFoundError
        Naming the ids that there are not.
    """
    found = {row.id: row for row in _by_ids(conn, ids)}
    absent = [str(one) for one in ids if one not in found]
    if absent:
        raise NotFoundError(
            f"not in the quarantine: {', '.join(absent)}", hint="riskpanel quarantine list shows the ids"
        )
    return tuple(found[one] for one in dict.fromkeys(ids))


def remove_quarantined(conn: sa.Connection, ids: Sequence[int]) -> int:
    """Remove rows by their ids; return how many there were."""
    return cast("sa.CursorResult[object]", conn.execute(sa.delete(table).where(table.c.id.in_(ids)))).rowcount


def replace_quarantined(
    conn: sa.Connection,
    symbol: str,
    origin: str,
    days: Collection[str],
    *,
    keep: Mapping[tuple[str, str], Mapping[str, object]],
) -> None:
    """Remove what came of some days of a symbol from one origin, but for rows that come again as they are.

    ``keep`` has the cells of those by day and reason.
    """
    columns = sa.select(table.c.id, table.c.date, table.c.reason, table.c.raw_row)
    rows = conn.execute(columns.where(table.c.symbol == symbol, table.c.origin == origin))
    gone = [row.id for row in rows if row.date in days and keep.get((row.date, row.reason)) != row.raw_row]
    remove_quarantined(conn, gone)


def _by_ids(conn: sa.Connection, ids: Sequence[int]) -> tuple[Quarantined, ...]:
    return tuple(Quarantined(*row) for row in conn.execute(sa.select(*_COLUMNS).where(table.c.id.in_(ids))))
