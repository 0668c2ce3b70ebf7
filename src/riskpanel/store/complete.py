"""One portfolio's stored page, in a fixed number of statements however many positions it has."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from riskpanel.book.complete import (
    CompleteDocument,
    DataQuality,
    HoldingRecord,
    PortfolioRecord,
    RunRecord,
    SeriesPoint,
    StressRecord,
    missing_reasons,
)
from riskpanel.book.findings import Finding
from riskpanel.book.volatility import METRICS as VOLATILITY_METRICS
from riskpanel.errors import InputError
from riskpanel.store.results import BETA_METHOD
from riskpanel.store.schema import (
    batch_runs,
    instrument_market_betas,
    instrument_volatility,
    instruments,
    market_data_cache,
    portfolio_snapshots,
    portfolios,
    positions,
    stress_test_results,
)

_NOT_SHOWN = frozenset({"portfolio_id", "run_id", "data_quality", "created_at", "updated_at"})
_SHOWN = tuple(column.name for column in portfolio_snapshots.c if column.name not in _NOT_SHOWN)
_YEAR = timedelta(days=365)
_OLDEST_PRICE = timedelta(days=380)  # more than the 252 sessions that a policy can allow

Row = sa.Row[Any]


def load_complete(conn: sa.Connection, portfolio_id: int, *, as_of: date | None = None) -> CompleteDocument:
    """Load the newest stored page of a portfolio, or that of a session.

    Raises
    ------
    InputError
        When there is no such portfolio, or no snapshot of it.
    """
    portfolio = conn.execute(sa.select(portfolios).where(portfolios.c.id == portfolio_id)).one_or_none()
    if portfolio is None:
        raise InputError(f"no portfolio has the id {portfolio_id}")
    snapshot = _load_snapshot(conn, portfolio, as_of)
    run = conn.execute(sa.select(batch_runs).where(batch_runs.c.id == snapshot.run_id)).one()
    values = {name: getattr(snapshot, name) for name in _SHOWN}
    findings = tuple(
        Finding(found["metric"], found["kind"], found["reason"], tuple(found["symbols"]))
        for found in snapshot.data_quality
    )
    holdings = _load_holdings(conn, portfolio, snapshot, beta_window=run.policy["beta_window"])
    if _changed_since(snapshot, holdings):
        findings = (*findings, Finding("holdings", "flag", "changed_since"))
    return CompleteDocument(
        meta=RunRecord(
            run_id=run.id,
            kind=run.kind,
            engine=run.engine,
            version=run.version,
            policy_fingerprint=run.policy_fingerprint,
            inputs_hash=run.inputs_hash,
            started_at=run.started_at,
        ),
        portfolio=PortfolioRecord(
            **{field.name: getattr(portfolio, field.name) for field in fields(PortfolioRecord)}
        ),
        snapshot=values,
        holdings=holdings,
        stress=_load_stress(conn, snapshot),
        timeseries=_load_series(conn, snapshot),
        data_quality=DataQuality(
            missing=missing_reasons(values, findings),
            findings=findings,
        ),
    )


def _changed_since(snapshot: Row, holdings: Sequence[HoldingRecord]) -> bool:
    """Whether lots or prices are no longer those that the snapshot was computed from."""
    values = [holding.value for holding in holdings]
    if None in values or len(values) != snapshot.positions_count:
        return True
    gross, net = math.fsum(abs(v or 0.0) for v in values), math.fsum(v or 0.0 for v in values)
    stored = (float(snapshot.gross_exposure), float(snapshot.net_exposure))
    return not all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-3) for a, b in zip((gross, net), stored, strict=True)
    )


def _load_snapshot(conn: sa.Connection, portfolio: Row, as_of: date | None) -> Row:
    table = portfolio_snapshots
    own = table.c.portfolio_id == portfolio.id
    newest = sa.select(sa.func.max(table.c.snapshot_date)).where(own)
    day = newest.scalar_subquery() if as_of is None else as_of
    row = conn.execute(sa.select(table).where(own, table.c.snapshot_date == day)).one_or_none()
    if row is not None:
        return row
    before = conn.execute(newest).scalar()
    failed = None if before else _last_failure(conn, portfolio.id)
    stored = failed or (f"its newest snapshot is of {before}" if before else "compute one: riskpanel run")
    on = f" on {as_of}" if as_of else ""
    raise InputError(f"no snapshot of {portfolio.name!r}{on}", hint=stored)


def _last_failure(conn: sa.Connection, portfolio_id: int) -> str | None:
    """Say why the newest run has no snapshot of a portfolio; None when it did not fail."""
    newest = sa.select(batch_runs.c.failures).order_by(batch_runs.c.id.desc()).limit(1)
    failures: Sequence[Mapping[str, Any]] = conn.execute(newest).scalar() or ()
    own = next((failure for failure in failures if failure["portfolio_id"] == portfolio_id), None)
    return f"the last run failed: {own['error']}; {own['hint']}" if own else None


def _load_stress(conn: sa.Connection, snapshot: Row) -> tuple[StressRecord, ...]:
    table = stress_test_results
    columns = [table.c[field.name] for field in fields(StressRecord)]
    own = (table.c.portfolio_id == snapshot.portfolio_id) & (table.c.snapshot_date == snapshot.snapshot_date)
    order = (table.c.kind, table.c.shock, table.c.scenario)
    return tuple(StressRecord(*row) for row in conn.execute(sa.select(*columns).where(own).order_by(*order)))


def _load_series(conn: sa.Connection, snapshot: Row) -> tuple[SeriesPoint, ...]:
    table = portfolio_snapshots
    columns = [table.c[field.name] for field in fields(SeriesPoint)]
    last = snapshot.snapshot_date
    own = (table.c.portfolio_id == snapshot.portfolio_id) & table.c.snapshot_date.between(last - _YEAR, last)
    oldest_first = sa.select(*columns).where(own).order_by(table.c.snapshot_date)
    return tuple(SeriesPoint(*row) for row in conn.execute(oldest_first))


def _load_holdings(
    conn: sa.Connection, portfolio: Row, snapshot: Row, *, beta_window: int
) -> tuple[HoldingRecord, ...]:
    lots = _active_lots(conn, portfolio.id, snapshot.snapshot_date)
    symbols = sorted(lots)
    prices = _last_closes(conn, symbols, snapshot.snapshot_date)
    statistics = _statistics(
        conn, symbols, portfolio.market_index, beta_window=beta_window, day=snapshot.snapshot_date
    )
    nav, gross = float(snapshot.net_asset_value), float(snapshot.gross_exposure)
    holdings: list[HoldingRecord] = []
    for symbol in symbols:
        quantity, units, count = lots[symbol]
        price, price_date = prices.get(symbol, (None, None))
        value = None if price is None else float(units) * price
        own = statistics[symbol]
        weight = None if value is None else value / nav
        beta = own["beta"]
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
                beta_contribution=None if weight is None or beta is None else weight * beta,
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
    "realized_volatility_21d",
    "realized_volatility_63d",
    "expected_volatility_21d",
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
    for lot in conn.execute(sa.select(positions).where(*active)):
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


def _statistics(
    conn: sa.Connection, symbols: Sequence[str], market_index: str, *, beta_window: int, day: date
) -> dict[str, sa.RowMapping]:
    """Load what is stored of each instrument on a session, None for what is not."""
    named, beta, vol = instruments, instrument_market_betas.c, instrument_volatility.c
    query = (
        sa.select(
            named.c.symbol,
            named.c.name,
            named.c.sector,
            beta.beta,
            beta.std_error.label("beta_std_error"),
            beta.r_squared.label("beta_r_squared"),
            beta.observations.label("beta_observations"),
            beta.reason.label("beta_reason"),
            vol.realized_vol_21d.label("realized_volatility_21d"),
            vol.realized_vol_63d.label("realized_volatility_63d"),
            vol.expected_vol_21d.label("expected_volatility_21d"),
            vol.vol_trend.label("volatility_trend"),
            vol.vol_percentile.label("volatility_percentile"),
            vol.reasons,
        )
        .outerjoin(
            instrument_market_betas,
            (beta.symbol == named.c.symbol)
            & (beta.calc_date == day)
            & (beta.market_index == market_index)
            & (beta.method == BETA_METHOD)
            & (beta.window_days == beta_window),
        )
        .outerjoin(instrument_volatility, (vol.symbol == named.c.symbol) & (vol.calculation_date == day))
        .where(named.c.symbol.in_(symbols))
    )
    return {row["symbol"]: row for row in conn.execute(query).mappings()}


def _reasons(own: sa.RowMapping) -> dict[str, str]:
    stored: Mapping[str, str] = own["reasons"] or {}
    reasons = {VOLATILITY_METRICS[metric]: reason for metric, reason in stored.items()}
    return reasons | ({"beta": own["beta_reason"]} if own["beta_reason"] else {})
