"""What a night reads: prices, holdings, sectors and what funds hold, one bulk read each."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from riskpanel.book.holdings import Holdings
from riskpanel.book.look_through import InstrumentSectors, is_fund
from riskpanel.book.panel import DateArray, PricePanel, RawRanges, build_panel
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.risk.arrays import FloatArray
from riskpanel.store.funds import load_fund_components
from riskpanel.store.schema import instruments, market_data_cache, portfolios, positions

_BATCH = 100_000
_PRICES = 5  # close, adjusted close, open, high, low


def load_tracked(conn: sa.Connection) -> tuple[str, ...]:
    """Load every symbol that is held, or that a portfolio is measured against, sorted."""
    held = sa.select(positions.c.symbol).union(sa.select(portfolios.c.market_index))
    return tuple(sorted(conn.execute(held).scalars()))


def load_symbols(conn: sa.Connection) -> tuple[str, ...]:
    """Load every symbol that is tracked or known, sorted: what is not held is part of the universe."""
    known = sa.select(instruments.c.symbol).union(sa.select(portfolios.c.market_index))
    return tuple(sorted(conn.execute(known).scalars()))


def load_price_dates(conn: sa.Connection, *, until: date) -> tuple[date, date] | None:
    """Load the first and the last date up to ``until`` that any symbol has a price of; None for none."""
    dates = market_data_cache.c.date
    row = conn.execute(sa.select(sa.func.min(dates), sa.func.max(dates)).where(dates <= until)).one()
    return None if row[0] is None else (row[0], row[1])


def load_panel(conn: sa.Connection, sessions: DateArray, symbols: tuple[str, ...]) -> PricePanel:
    """Load the prices of symbols on consecutive sessions; rows on other days are left out.

    Parameters
    ----------
    conn : sqlalchemy.Connection
    sessions : (T,) datetime64[D]
        Consecutive sessions, ascending.
    symbols : tuple of str
        Sorted.

    Returns
    -------
    PricePanel
        (T, N).
    """
    prices = np.full((_PRICES, len(sessions), len(symbols)), np.nan)
    column = {symbol: position for position, symbol in enumerate(symbols)}
    row = {day: position for position, day in enumerate(sessions.tolist())}
    table = market_data_cache.c
    query = sa.select(
        table.symbol, table.date, table.close, table.adj_close, table.open, table.high, table.low
    ).where(table.date.between(sessions[0].item(), sessions[-1].item()))
    for batch in conn.execution_options(yield_per=_BATCH).execute(query).partitions():
        kept = [
            (row[day], column[symbol], close, adj, opened, high, low)
            for symbol, day, close, adj, opened, high, low in batch
            if day in row and symbol in column
        ]
        _place(prices, np.array(kept, dtype=np.float64).reshape(-1, 2 + _PRICES))
    close, adj_close, *ranges = prices
    known = RawRanges(*ranges) if np.isfinite(prices[2:]).any() else None
    return build_panel(sessions, symbols, close=close, adj_close=adj_close, ranges=known)


def load_holdings(
    conn: sa.Connection, symbols: tuple[str, ...], *, portfolio_ids: Sequence[int] | None = None
) -> Holdings:
    """Load portfolios, all or the given ones, with all their lots; lots index ``symbols``."""
    chosen = sa.true() if portfolio_ids is None else portfolios.c.id.in_(portfolio_ids)
    rows = conn.execute(sa.select(portfolios).where(chosen).order_by(portfolios.c.id)).all()
    row_of = {row.id: position for position, row in enumerate(rows)}
    column = {symbol: position for position, symbol in enumerate(symbols)}
    lots = conn.execute(
        sa.select(positions).join(portfolios).where(chosen).order_by(positions.c.portfolio_id, positions.c.id)
    ).all()
    signed = [
        float(lot.quantity * lot.multiplier) * (1.0 if lot.position_type == "LONG" else -1.0) for lot in lots
    ]
    return Holdings(
        portfolio_ids=np.array([row.id for row in rows], dtype=np.int64),
        user_ids=np.array([row.user_id for row in rows], dtype=np.int64),
        names=tuple(row.name for row in rows),
        market_indices=tuple(row.market_index for row in rows),
        benchmark_codes=tuple(row.benchmark_code for row in rows),
        cash=np.array([float(row.cash_balance) for row in rows], dtype=np.float64),
        lot_portfolio=np.array([row_of[lot.portfolio_id] for lot in lots], dtype=np.int64),
        lot_symbol=np.array([column[lot.symbol] for lot in lots], dtype=np.int64),
        lot_quantity=np.array(signed, dtype=np.float64),
        lot_entry=_days([lot.entry_date for lot in lots]),
        lot_exit=_days([lot.exit_date for lot in lots]),
    )


def load_sectors(
    conn: sa.Connection, symbols: tuple[str, ...], *, first: date, last: date
) -> InstrumentSectors:
    """Load the GICS sector of each symbol as a code, -1 where it has none, and what funds hold.

    Of funds all that counts on some day from ``first`` to ``last``.
    """
    query = sa.select(instruments.c.symbol, instruments.c.sector, instruments.c.asset_class)
    known = {row.symbol: row for row in conn.execute(query)}
    found = [known.get(symbol) for symbol in symbols]
    code = {sector: position for position, sector in enumerate(GICS_SECTORS)}
    return InstrumentSectors(
        codes=np.array([code.get(row.sector, -1) if row else -1 for row in found], dtype=np.int64),
        funds=np.array([is_fund(row.asset_class) if row else False for row in found], dtype=bool),
        components=load_fund_components(conn, symbols, first=first, last=last),
    )


def _place(prices: FloatArray, rows: FloatArray) -> None:
    row, column = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    prices[:, row, column] = rows[:, 2:].T


def _days(days: list[date | None]) -> NDArray[np.datetime64]:
    return np.array([np.datetime64("NaT") if day is None else day for day in days], dtype="datetime64[D]")
