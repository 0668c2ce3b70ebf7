"""What funds hold, by date: sectors or instruments with their weights."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from riskpanel.book.look_through import FundComponents, FundPart, require_parts
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.store.schema import fund_components
from riskpanel.store.upsert import upsert

_NAMES_PER_STATEMENT = 1_000


def save_fund_components(
    conn: sa.Connection,
    symbol: str,
    asof_date: date,
    components: Sequence[FundPart],
    *,
    data_source: str,
    taxonomy: str,
    now: datetime,
) -> int:
    """Save what a fund held on a day, in place of what was stored of that day.

    Returns how many rows were inserted, changed or removed.

    Raises
    ------
    InputError
        Where the parts cannot be those of a fund; then nothing is written.
    """
    require_parts(symbol, asof_date, components)
    key = {"symbol": symbol, "asof_date": asof_date}
    facts = {"data_source": data_source, "taxonomy": taxonomy}
    rows = [
        key | {"kind": part.kind, "name": part.name, "weight": part.weight} | facts for part in components
    ]
    written = upsert(conn, fund_components, rows, now=now)
    return written + _remove_others(conn, symbol, asof_date, components)


def load_fund_components(
    conn: sa.Connection, symbols: tuple[str, ...], *, first: date, last: date
) -> FundComponents:
    """Load every fund's parts that count on some day of a range, in one statement.

    Parameters
    ----------
    conn : sqlalchemy.Connection
    symbols : tuple of str
        The columns of a panel, which the nodes begin with.
    first, last : date
        A fund's newest parts up to ``first`` count, and those of later days up to ``last``; where there are
        none of so early a day, its oldest do.

    Returns
    -------
    FundComponents
        By symbol, date and part.
    """
    rows = conn.execute(_in_range(first, last)).all()
    named = {row.symbol for row in rows} | {row.name for row in rows if row.kind == "instrument"}
    nodes = (*symbols, *sorted(named.difference(symbols)))
    node = {symbol: position for position, symbol in enumerate(nodes)}
    code = {sector: position for position, sector in enumerate(GICS_SECTORS)}
    by_sector = [row.kind == "sector" for row in rows]
    return FundComponents(
        nodes=nodes,
        funds=np.array([node[row.symbol] for row in rows], dtype=np.int64),
        dates=np.array([row.asof_date for row in rows], dtype="datetime64[D]"),
        sectors=np.array(
            [code[row.name] if own else -1 for row, own in zip(rows, by_sector, strict=True)], dtype=np.int64
        ),
        parts=np.array(
            [-1 if own else node[row.name] for row, own in zip(rows, by_sector, strict=True)], dtype=np.int64
        ),
        weights=np.array([row.weight for row in rows], dtype=np.float64),
    )


def _in_range(first: date, last: date) -> sa.Select[Any]:
    table = fund_components.c
    newest = sa.func.max(sa.case((table.asof_date <= first, table.asof_date)))
    begin = sa.func.coalesce(newest, sa.func.min(table.asof_date)).label("begin")
    begun = sa.select(table.symbol, begin).group_by(table.symbol).subquery()
    columns: list[sa.ColumnElement[Any]] = [
        *(table.symbol, table.asof_date, table.kind, table.name, table.weight)
    ]
    counting = sa.or_(table.asof_date <= last, table.asof_date == begun.c.begin)
    return (
        sa.select(*columns)
        .join(begun, table.symbol == begun.c.symbol)
        .where(table.asof_date >= begun.c.begin, counting)
        .order_by(*fund_components.primary_key)
    )


def _remove_others(conn: sa.Connection, symbol: str, asof_date: date, components: Sequence[FundPart]) -> int:
    """Remove what was stored of a day and is not among its parts now."""
    table = fund_components
    own = (table.c.symbol == symbol, table.c.asof_date == asof_date)
    stored = {tuple(row) for row in conn.execute(sa.select(table.c.kind, table.c.name).where(*own))}
    gone = sorted(stored - {(part.kind, part.name) for part in components})
    removed = 0
    for kind in ("sector", "instrument"):
        names = [name for of_kind, name in gone if of_kind == kind]
        for start in range(0, len(names), _NAMES_PER_STATEMENT):
            some = (table.c.kind == kind, table.c.name.in_(names[start : start + _NAMES_PER_STATEMENT]))
            removed += conn.execute(sa.delete(table).where(*own, *some)).rowcount
    return removed
