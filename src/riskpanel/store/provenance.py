"""Which run wrote a row, what it was asked for, and where the prices behind it are from."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from riskpanel.store.schema import (
    batch_runs,
    instrument_market_betas,
    instrument_volatility,
    market_data_cache,
)

_ENDED = ("succeeded", "partial")
_LOOKED_AT = 50  # newest runs


@dataclass(frozen=True, slots=True)
class LaterRun:
    """A run that computed a row again, and found it as it was."""

    id: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class PriceOrigin:
    """Prices of one source: how many, of how many symbols, and when the newest of them was written."""

    source: str
    symbols: int
    prices: int
    newest: datetime


def load_run_portfolios(conn: sa.Connection, run_id: int) -> tuple[int, ...] | None:
    """Load the ids of the portfolios that a run was asked for; None for all."""
    stored = conn.execute(sa.select(batch_runs.c.portfolio_ids).where(batch_runs.c.id == run_id)).scalar_one()
    return None if stored is None else tuple(stored)


def load_later_run(
    conn: sa.Connection, run_id: int, *, portfolio_id: int, user_id: int, day: date
) -> LaterRun | None:
    """Load the newest run that computed a portfolio's session after the run that its row points to.

    It found the row as it was, or the row would point to it. Runs that were killed, and those of versions
    that did not say what they were asked for, are passed over.
    """
    table = batch_runs.c
    query = (
        sa.select(table.id, table.started_at, table.portfolio_ids)
        .where(
            table.id > run_id,
            table.status.in_(_ENDED),
            table.inputs.is_not(None),
            sa.or_(table.user_id.is_(None), table.user_id == user_id),
            table.as_of_from <= day,
            table.as_of_to >= day,
        )
        .order_by(table.id.desc())
        .limit(_LOOKED_AT)
    )
    for row in conn.execute(query):
        if row.portfolio_ids is None or portfolio_id in row.portfolio_ids:
            return LaterRun(row.id, row.started_at)
    return None


def load_beta_stamp(
    conn: sa.Connection, symbol: str, day: date, *, method: str, window: int, market_index: str
) -> datetime | None:
    """Load when an instrument's beta was last changed."""
    table = instrument_market_betas.c
    return conn.execute(
        sa.select(table.updated_at).where(
            table.symbol == symbol,
            table.calc_date == day,
            table.method == method,
            table.window_days == window,
            table.market_index == market_index,
        )
    ).scalar()


def load_volatility_stamp(conn: sa.Connection, symbol: str, day: date) -> datetime | None:
    """Load when an instrument's volatility was last changed."""
    table = instrument_volatility.c
    own = sa.select(table.updated_at).where(table.symbol == symbol, table.calculation_date == day)
    return conn.execute(own).scalar()


def load_run_at(conn: sa.Connection, moment: datetime, day: date) -> int | None:
    """Load the id of the run that was under way at a moment and computes a session; None for none.

    Rows of instruments point to no run. One run writes at a time, so that the time tells which it was.
    """
    table = batch_runs.c
    began = sa.select(table.id, table.as_of_from, table.as_of_to).where(table.started_at <= moment)
    row = conn.execute(began.order_by(table.id.desc()).limit(1)).one_or_none()
    return row.id if row is not None and row.as_of_from <= day <= row.as_of_to else None


def load_price_origins(
    conn: sa.Connection, symbols: Collection[str], *, first: date, last: date
) -> tuple[PriceOrigin, ...]:
    """Load where the stored prices of symbols between two days are from, the largest source first."""
    table = market_data_cache.c
    prices = sa.func.count()
    query = (
        sa.select(
            table.data_source,
            sa.func.count(table.symbol.distinct()),
            prices,
            sa.func.max(table.updated_at, type_=table.updated_at.type),
        )
        .where(table.symbol.in_(symbols), table.date.between(first, last))
        .group_by(table.data_source)
        .order_by(prices.desc(), table.data_source)
    )
    return tuple(PriceOrigin(*row) for row in conn.execute(query))
