"""Stored price histories of symbols: how far they reach, their ends, and what a new adjustment changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import polars as pl
import sqlalchemy as sa

from riskpanel.store.schema import market_data_cache, portfolios, positions

_SYMBOLS_PER_QUERY = 5_000
_TAIL = {"symbol": pl.String, "date": pl.Date, "close": pl.Float64, "adj_close": pl.Float64}


@dataclass(frozen=True, slots=True)
class Span:
    """First and last stored session of a symbol, and how many are stored."""

    first: date
    last: date
    rows: int


def load_wanted_symbols(conn: sa.Connection, *, on_day: date) -> tuple[str, ...]:
    """Load the symbols that somebody holds on a day or later, and the market indexes, sorted."""
    open_lots = sa.or_(positions.c.exit_date.is_(None), positions.c.exit_date >= on_day)
    held = sa.select(positions.c.symbol).where(open_lots)
    indexes = sa.select(portfolios.c.market_index).where(portfolios.c.market_index.is_not(None))
    return tuple(sorted(conn.execute(sa.union(held, indexes)).scalars()))


def load_last_prices(conn: sa.Connection, *, on_day: date) -> dict[str, date]:
    """Load the last day up to a day that each symbol has a price of which was held on it, or is an index.

    Symbols without any price until then are absent.
    """
    lots, prices = positions.c, market_data_cache.c
    entered = sa.or_(lots.entry_date.is_(None), lots.entry_date <= on_day)
    held = sa.select(lots.symbol).where(entered, sa.or_(lots.exit_date.is_(None), lots.exit_date > on_day))
    wanted = sa.union(held, sa.select(portfolios.c.market_index)).subquery().c
    last = sa.select(sa.func.max(prices.date)).where(prices.symbol == wanted.symbol, prices.date <= on_day)
    rows = conn.execute(sa.select(wanted.symbol, last.scalar_subquery()))
    return {symbol: day for symbol, day in rows if day is not None}


def load_main_index(conn: sa.Connection) -> str | None:
    """Load the market index that most portfolios are measured against; None when there is no portfolio."""
    index = portfolios.c.market_index
    query = sa.select(index).group_by(index).order_by(sa.func.count().desc(), index).limit(1)
    return conn.execute(query).scalar()


def load_spans(conn: sa.Connection, symbols: Collection[str]) -> dict[str, Span]:
    """Load how far the stored prices of symbols reach; symbols without any are absent."""
    prices = market_data_cache.c
    columns = (prices.symbol, sa.func.min(prices.date), sa.func.max(prices.date), sa.func.count())
    spans: dict[str, Span] = {}
    for part in _parts(symbols):
        rows = conn.execute(sa.select(*columns).where(prices.symbol.in_(part)).group_by(prices.symbol))
        spans |= {row[0]: Span(row[1], row[2], row[3]) for row in rows}
    return spans


def load_closes_since(conn: sa.Connection, symbols: Collection[str], first: date) -> pl.DataFrame:
    """Load symbol, date, close and adj_close from a day on, by symbol and date."""
    prices = market_data_cache.c
    columns = sa.select(prices.symbol, prices.date, prices.close, prices.adj_close)
    rows: list[tuple[object, ...]] = []
    for part in _parts(symbols):
        found = conn.execute(columns.where(prices.symbol.in_(part), prices.date >= first))
        rows.extend(tuple(row) for row in found)
    return pl.DataFrame(rows, schema=_TAIL, orient="row").sort("symbol", "date")


def rescale(
    conn: sa.Connection,
    symbol: str,
    days: Sequence[date],
    *,
    close: float,
    adj_close: float,
    now: datetime,
) -> int:
    """Multiply stored prices of some days by what splits and dividends since have changed.

    ``close`` is the factor of open, high, low and close, ``adj_close`` that of the adjusted close; volumes
    are divided by ``close``. Returns how many rows there were.
    """
    prices = market_data_cache.c
    changed = {name: prices[name] * close for name in ("open", "high", "low", "close")}
    values = {**changed, "adj_close": prices.adj_close * adj_close, "volume": prices.volume / close}
    rows = 0
    for at in range(0, len(days), _SYMBOLS_PER_QUERY):
        part = list(days[at : at + _SYMBOLS_PER_QUERY])
        statement = sa.update(market_data_cache).where(prices.symbol == symbol, prices.date.in_(part))
        done = conn.execute(statement.values(**values, updated_at=now))
        rows += cast("sa.CursorResult[object]", done).rowcount
    return rows


def remove_prices(conn: sa.Connection, symbol: str) -> int:
    """Remove every stored price of a symbol; return how many there were."""
    statement = sa.delete(market_data_cache).where(market_data_cache.c.symbol == symbol)
    return cast("sa.CursorResult[object]", conn.execute(statement)).rowcount


def _parts(symbols: Collection[str]) -> Sequence[list[str]]:
    wanted = sorted(set(symbols))
    return [wanted[at : at + _SYMBOLS_PER_QUERY] for at in range(0, len(wanted), _SYMBOLS_PER_QUERY)]
