"""Lots of a portfolio, and the stored history of one lot's instrument while the lot is held."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from riskpanel.book.instruments import BetaMethod
from riskpanel.errors import NotFoundError
from riskpanel.store.columns import Id, Symbol
from riskpanel.store.keysets import after_key
from riskpanel.store.schema import (
    instrument_market_betas,
    instrument_volatility,
    portfolios,
    positions,
)
from riskpanel.store.snapshots import within

Span = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class PositionRecord:
    """One lot as it was imported; None where its owner gave none, ``exit_date`` None while it is open."""

    id: int
    portfolio_id: int
    symbol: str
    position_type: str
    quantity: Decimal
    multiplier: Decimal
    entry_price: Decimal | None
    entry_date: date | None
    exit_price: Decimal | None
    exit_date: date | None


@dataclass(frozen=True, slots=True)
class BetaRecord:
    """One stored estimate of an instrument's market beta; ``reason`` says why it is None."""

    calc_date: date
    method: str
    window_days: int
    market_index: str
    beta: float | None
    alpha: float | None
    r_squared: float | None
    std_error: float | None
    p_value: float | None
    observations: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class VolatilityRecord:
    """The stored volatility of an instrument on a session; ``reasons`` says by column why one is None."""

    calculation_date: date
    realized_vol_21d: float | None
    realized_vol_63d: float | None
    vol_daily: float | None
    vol_weekly: float | None
    vol_monthly: float | None
    expected_vol_21d: float | None
    expected_vol_low: float | None
    expected_vol_high: float | None
    expected_variance: float | None
    expected_vol_method: str | None
    expected_vol_clamped: bool | None
    vol_trend: str | None
    vol_trend_strength: float | None
    vol_percentile: float | None
    observations: int
    model_r_squared: float | None
    reasons: Mapping[str, str]


# What each reason is stored under, and the column that it explains.
_EXPLAINED = {
    "realized_21d": "realized_vol_21d",
    "realized_63d": "realized_vol_63d",
    "daily": "vol_daily",
    "weekly": "vol_weekly",
    "monthly": "vol_monthly",
    "expected": "expected_vol_21d",
    "trend": "vol_trend",
    "percentile": "vol_percentile",
}


def _view(name: str, record: type, source: sa.Table) -> sa.TableClause:
    """Name the columns of a view that are read, with the types that they have in the table behind it."""
    columns = [sa.column(field.name, source.c[field.name].type) for field in fields(record)]
    return sa.table(name, sa.column("position_id", Id), sa.column("symbol", Symbol), *columns)


_BETAS = _view("position_market_betas", BetaRecord, instrument_market_betas)
_VOLATILITY = _view("position_volatility", VolatilityRecord, instrument_volatility)


def load_positions(
    conn: sa.Connection, portfolio_id: int, *, after: tuple[int] | None = None, limit: int | None
) -> tuple[PositionRecord, ...]:
    """Load the lots of a portfolio in the order in which they were created, ended ones too."""
    columns = (positions.c[field.name] for field in fields(PositionRecord))
    own = sa.select(*columns).where(positions.c.portfolio_id == portfolio_id)
    rows = conn.execute(after_key(own, (positions.c.id,), after, limit=limit))
    return tuple(PositionRecord(*row) for row in rows)


def load_position(conn: sa.Connection, position_id: int, *, user_id: int) -> PositionRecord:
    """Load one lot of a user.

    Raises
    ------
    NotFoundError
        When the user has none with this id, whether or not another user has.
    """
    columns = (positions.c[field.name] for field in fields(PositionRecord))
    own = (positions.c.id == position_id, portfolios.c.user_id == user_id)
    row = conn.execute(sa.select(*columns).join(portfolios).where(*own)).one_or_none()
    if row is None:
        raise NotFoundError(f"no position has the id {position_id}")
    return PositionRecord(*row)


def load_position_betas(
    conn: sa.Connection,
    position_id: int,
    *,
    between: Span = (None, None),
    method: BetaMethod | None = None,
    after: tuple[date, str, int] | None = None,
    limit: int,
) -> tuple[BetaRecord, ...]:
    """Load the betas of a lot's instrument on the days on which the lot is held, oldest first."""
    table = _BETAS.c
    query = sa.select(*(table[field.name] for field in fields(BetaRecord))).where(
        table.position_id == position_id,
        *within(table.calc_date, between),
        sa.true() if method is None else table.method == method.value,
    )
    key = (table.calc_date, table.method, table.window_days)
    return tuple(BetaRecord(*row) for row in conn.execute(after_key(query, key, after, limit=limit)))


def load_position_volatility(
    conn: sa.Connection,
    position_id: int,
    *,
    between: Span = (None, None),
    after: tuple[date] | None = None,
    limit: int,
) -> tuple[VolatilityRecord, ...]:
    """Load the volatility of a lot's instrument on the days on which the lot is held, oldest first."""
    table = _VOLATILITY.c
    query = sa.select(*(table[field.name] for field in fields(VolatilityRecord))).where(
        table.position_id == position_id, *within(table.calculation_date, between)
    )
    rows = conn.execute(after_key(query, (table.calculation_date,), after, limit=limit))
    records = ((VolatilityRecord(*row), row.reasons) for row in rows)
    return tuple(replace(record, reasons=_by_column(stored)) for record, stored in records)


def _by_column(stored: Mapping[str, str] | None) -> dict[str, str]:
    return {_EXPLAINED.get(metric, metric): reason for metric, reason in (stored or {}).items()}
