"""What a portfolio held on a day, symbol by symbol, with the stored numbers of each instrument."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from riskpanel.book.complete import HoldingRecord, interval_ends
from riskpanel.book.instruments import BetaMethod
from riskpanel.book.volatility import METRICS as VOLATILITY_METRICS
from riskpanel.store.schema import (
    instrument_market_betas,
    instrument_volatility,
    instruments,
    market_data_cache,
    positions,
)

_OLDEST_PRICE = timedelta(days=380)  # more than the 252 sessions that a policy can allow

Row = sa.Row[Any]


def load_holding_records(
    conn: sa.Connection, portfolio: Row, snapshot: Row, *, policy: Mapping[str, Any]
) -> tuple[HoldingRecord, ...]:
    """Load what a portfolio held on the day of a snapshot, largest first, with the numbers of each symbol."""
    lots = _active_lots(conn, portfolio.id, snapshot.snapshot_date)
    symbols = sorted(lots)
    prices = _last_closes(conn, symbols, snapshot.snapshot_date)
    statistics = _statistics(conn, symbols, portfolio.market_index, policy=policy, day=snapshot.snapshot_date)
    shares: Mapping[str, float | None] = snapshot.risk_contributions or {}
    nav, gross = float(snapshot.net_asset_value), float(snapshot.gross_exposure)
    holdings: list[HoldingRecord] = []
    for symbol in symbols:
        quantity, units, count = lots[symbol]
        price, price_date = prices.get(symbol, (None, None))
        value = None if price is None else float(units) * price
        own = statistics[symbol]
        weight = None if value is None else value / nav
        beta = own["beta"]
        low, high = interval_ends(beta, own["beta_std_error"], own["beta_observations"])
        holdings.append(
            HoldingRecord(
                symbol=symbol,
                quantity=quantity,
                lots=count,
                price=price,
                price_date=price_date,
                value=value,
                weight=weight,
                share=abs(value) / gross if value is not None and gross else None,
                beta_low=low,
                beta_high=high,
                beta_contribution=None if weight is None or beta is None else weight * beta,
                risk_contribution=shares.get(symbol),
                reasons=_reasons(own),
                **{name: own[name] for name in _OWN},
            )
        )
    return tuple(sorted(holdings, key=lambda holding: (-(holding.share or 0.0), holding.symbol)))


_OWN = (
    "name",
    "sector",
    "beta",
    "beta_std_error",
    "beta_r_squared",
    "beta_observations",
    "beta_hac_std_error",
    "beta_adjusted",
    "realized_volatility_21d",
    "realized_volatility_63d",
    "expected_volatility_21d",
    "expected_volatility_low",
    "expected_volatility_high",
    "expected_volatility_method",
    "expected_volatility_clamped",
    "model_r_squared",
    "volatility_trend",
    "volatility_percentile",
)


def _active_lots(
    conn: sa.Connection, portfolio_id: int, day: date
) -> dict[str, tuple[Decimal, Decimal, int]]:
    """Net the active lots per symbol: signed quantity, the same times multiplier, count of lots."""
    lots: defaultdict[str, list[Row]] = defaultdict(list)
    table = positions.c
    active = (
        table.portfolio_id == portfolio_id,
        sa.or_(table.entry_date.is_(None), table.entry_date <= day),
        sa.or_(table.exit_date.is_(None), table.exit_date > day),
    )
    for lot in conn.execute(sa.select(positions).where(*active)).all():
        lots[lot.symbol].append(lot)
    netted = {
        symbol: (
            sum((_sign(lot) * lot.quantity for lot in own), Decimal(0)),
            sum((_sign(lot) * lot.quantity * lot.multiplier for lot in own), Decimal(0)),
            len(own),
        )
        for symbol, own in lots.items()
    }
    return {symbol: parts for symbol, parts in netted.items() if parts[1] != 0}


def _sign(lot: Row) -> int:
    return 1 if lot.position_type == "LONG" else -1


def _last_closes(conn: sa.Connection, symbols: Sequence[str], day: date) -> dict[str, tuple[float, date]]:
    table = market_data_cache
    newest = (
        sa.select(table.c.symbol, sa.func.max(table.c.date).label("day"))
        .where(table.c.symbol.in_(symbols), table.c.date.between(day - _OLDEST_PRICE, day))
        .group_by(table.c.symbol)
        .subquery()
    )
    rows = conn.execute(
        sa.select(table.c.symbol, table.c.close, table.c.date).join(
            newest, (table.c.symbol == newest.c.symbol) & (table.c.date == newest.c.day)
        )
    )
    return {row.symbol: (row.close, row.date) for row in rows}


VOLATILITY = {
    "realized_vol_21d": "realized_volatility_21d",
    "realized_vol_63d": "realized_volatility_63d",
    "expected_vol_21d": "expected_volatility_21d",
    "expected_vol_low": "expected_volatility_low",
    "expected_vol_high": "expected_volatility_high",
    "expected_vol_method": "expected_volatility_method",
    "expected_vol_clamped": "expected_volatility_clamped",
    "model_r_squared": "model_r_squared",
    "vol_trend": "volatility_trend",
    "vol_percentile": "volatility_percentile",
    "reasons": "reasons",
}
"""Columns of instrument_volatility, and what they are called of a holding."""


def _statistics_query() -> sa.Select[Any]:
    """Compose the query once: that takes longer than running it."""
    named, vol = instruments, instrument_volatility.c
    beta, hac, shrunk = (instrument_market_betas.alias(method) for method in BetaMethod)
    columns: list[sa.ColumnElement[Any]] = [
        named.c.symbol,
        named.c.name,
        named.c.sector,
        beta.c.beta,
        beta.c.std_error.label("beta_std_error"),
        beta.c.r_squared.label("beta_r_squared"),
        beta.c.observations.label("beta_observations"),
        beta.c.reason.label("beta_reason"),
        hac.c.std_error.label("beta_hac_std_error"),
        shrunk.c.beta.label("beta_adjusted"),
        shrunk.c.reason.label("beta_adjusted_reason"),
        *(vol[column].label(name) for column, name in VOLATILITY.items()),
    ]
    query = (
        sa.select(*columns)
        .outerjoin(
            instrument_volatility,
            (vol.symbol == named.c.symbol) & (vol.calculation_date == sa.bindparam("day")),
        )
        .where(named.c.symbol.in_(sa.bindparam("symbols", expanding=True)))
    )
    for table, method in zip((beta, hac, shrunk), BetaMethod, strict=True):
        query = query.outerjoin(
            table,
            (table.c.symbol == named.c.symbol)
            & (table.c.calc_date == sa.bindparam("day"))
            & (table.c.market_index == sa.bindparam("market_index"))
            & (table.c.method == method.value)
            & (table.c.window_days == sa.bindparam(method.value)),
        )
    return query


_STATISTICS = _statistics_query()


def _statistics(
    conn: sa.Connection, symbols: Sequence[str], market_index: str, *, policy: Mapping[str, Any], day: date
) -> dict[str, sa.RowMapping]:
    """Load what is stored of each instrument on a session, None for what is not."""
    # A run of an older version knew one method only.
    windows = (policy["beta_window"], policy["beta_window"], policy.get("beta_ewma_window"))
    values = {"symbols": list(symbols), "day": day, "market_index": market_index}
    values |= {method.value: window for method, window in zip(BetaMethod, windows, strict=True)}
    return {row["symbol"]: row for row in conn.execute(_STATISTICS, values).mappings().all()}


def _reasons(own: sa.RowMapping) -> dict[str, str]:
    stored: Mapping[str, str] = own["reasons"] or {}
    reasons = {VOLATILITY_METRICS.get(metric, metric): reason for metric, reason in stored.items()}
    betas = {name: own[f"{name}_reason"] for name in ("beta", "beta_adjusted")}
    if own["realized_volatility_21d"] is not None:  # it has returns of its own: it is the index that has none
        betas = {name: _OF_INDEX.get(reason or "", reason) for name, reason in betas.items()}
    return reasons | {name: reason for name, reason in betas.items() if reason}


_OF_INDEX = {"unpriced": "market_index_unpriced", "stale": "market_index_unpriced"}
