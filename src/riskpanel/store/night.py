"""What a night reads: prices, holdings, sectors and what funds hold, one bulk read each."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from riskpanel.book.holdings import Holdings
from riskpanel.book.look_through import InstrumentSectors, is_fund
from riskpanel.book.panel import DateArray, PricePanel, RawRanges, build_panel
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.risk.arrays import FloatArray
from riskpanel.store.funds import load_fund_components
from riskpanel.store.packed import day_number, load_packed
from riskpanel.store.schema import instruments, market_data_cache, portfolios, positions

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
    # Two statements in one: an index answers each end at once, and both together not.
    first, last = (
        sa.select(end(dates)).where(dates <= until).scalar_subquery() for end in (sa.func.min, sa.func.max)
    )
    row = conn.execute(sa.select(first, last)).one()
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
    # Symbol after symbol as they come; turned to sessions by symbols when all are there.
    prices = np.full((_PRICES, len(symbols), len(sessions)), np.nan)
    column = {symbol: position for position, symbol in enumerate(symbols)}
    days = sessions.astype(np.int64)
    table = market_data_cache.c
    parts = (table.close, table.adj_close, table.open, table.high, table.low)
    span = table.date.between(sessions[0].item(), sessions[-1].item())
    for symbol, numbers in load_packed(conn, table.symbol, (day_number(conn, table.date), *parts), span):
        row = np.array(np.searchsorted(days, numbers[0]), dtype=np.int64)
        session = days[row] == numbers[0]
        if symbol in column:
            prices[:, column[symbol], row[session]] = numbers[1:, session]
    close, adj_close, *ranges = np.ascontiguousarray(prices.swapaxes(1, 2))
    known = RawRanges(*ranges) if np.isfinite(prices[2:]).any() else None
    return build_panel(sessions, symbols, close=close, adj_close=adj_close, ranges=known)


def load_holdings(
    conn: sa.Connection, symbols: tuple[str, ...], *, portfolio_ids: Sequence[int] | None = None
) -> Holdings:
    """Load portfolios, all or the given ones, with all their lots; lots index ``symbols``."""
    chosen = sa.true() if portfolio_ids is None else portfolios.c.id.in_(portfolio_ids)
    rows = conn.execute(sa.select(portfolios).where(chosen).order_by(portfolios.c.id)).all()
    ids = np.array([row.id for row in rows], dtype=np.int64)
    lots = _load_lots(
        conn, symbols, sa.true() if portfolio_ids is None else positions.c.portfolio_id.in_(portfolio_ids)
    )
    lots = lots[:, np.lexsort((lots[_ID], lots[_PORTFOLIO]))]
    return Holdings(
        portfolio_ids=ids,
        user_ids=np.array([row.user_id for row in rows], dtype=np.int64),
        names=tuple(row.name for row in rows),
        market_indices=tuple(row.market_index for row in rows),
        benchmark_codes=tuple(row.benchmark_code for row in rows),
        cash=np.array([float(row.cash_balance) for row in rows], dtype=np.float64),
        lot_portfolio=np.array(np.searchsorted(ids, lots[_PORTFOLIO].astype(np.int64)), dtype=np.int64),
        lot_symbol=lots[_SYMBOL].astype(np.int64),
        lot_quantity=lots[_SIGN] * _products(lots[_QUANTITY], lots[_MULTIPLIER]),
        lot_entry=_days(lots[_ENTRY]),
        lot_exit=_days(lots[_EXIT]),
    )


_ID, _PORTFOLIO, _QUANTITY, _MULTIPLIER, _SIGN, _ENTRY, _EXIT, _SYMBOL = range(8)


def _load_lots(conn: sa.Connection, symbols: tuple[str, ...], chosen: sa.ColumnElement[bool]) -> FloatArray:
    """Load lots as (8, K): the columns above, the last the column of the symbol."""
    table = positions.c
    columns = (
        table.id,
        table.portfolio_id,
        table.quantity,
        table.multiplier,
        sa.case((table.position_type == "LONG", 1), else_=-1),
        day_number(conn, table.entry_date),
        day_number(conn, table.exit_date),
    )
    column = {symbol: position for position, symbol in enumerate(symbols)}
    lots = [
        np.vstack([cells, np.full(cells.shape[1], float(column[symbol]))])
        for symbol, cells in load_packed(conn, table.symbol, columns, chosen)
    ]
    return np.hstack([np.empty((len(columns) + 1, 0)), *lots])


def _products(quantity: FloatArray, multiplier: FloatArray) -> FloatArray:
    """Multiply as decimals, which both are: most multipliers are 1."""
    product = quantity.copy()
    for lot in np.flatnonzero(multiplier != 1.0).tolist():
        product[lot] = float(Decimal(repr(float(quantity[lot]))) * Decimal(repr(float(multiplier[lot]))))
    return product


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


def _days(numbers: FloatArray) -> NDArray[np.datetime64]:
    """Turn days since 1970-01-01 into dates, NaN into NaT."""
    days = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[D]")
    known = np.isfinite(numbers)
    days[known] = numbers[known].astype(np.int64).astype("datetime64[D]")
    return days
