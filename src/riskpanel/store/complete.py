"""One portfolio's stored page, in a fixed number of statements however many positions it has."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
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
    interval_ends,
    missing_reasons,
)
from riskpanel.book.findings import Finding
from riskpanel.errors import InputError
from riskpanel.store.holdings import load_holding_records
from riskpanel.store.schema import (
    batch_runs,
    portfolio_snapshots,
    portfolios,
    stress_test_results,
)

_NOT_SHOWN = frozenset({"portfolio_id", "run_id", "data_quality", "created_at", "updated_at"})
_SHOWN = tuple(column.name for column in portfolio_snapshots.c if column.name not in _NOT_SHOWN)
_YEAR = timedelta(days=365)

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
    values = {name: getattr(snapshot, name) for name in _SHOWN} | _direct_interval(snapshot)
    findings = tuple(
        Finding(found["metric"], found["kind"], found["reason"], tuple(found["symbols"]))
        for found in snapshot.data_quality
    )
    holdings = load_holding_records(conn, portfolio, snapshot, policy=run.policy)
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


def _direct_interval(snapshot: Row) -> dict[str, float | None]:
    low, high = interval_ends(
        snapshot.market_beta_direct,
        snapshot.market_beta_direct_std_error,
        snapshot.market_beta_direct_observations,
    )
    return {"market_beta_direct_low": low, "market_beta_direct_high": high}


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
    order = (table.c.kind, table.c.shock.nulls_last(), table.c.scenario)
    return tuple(StressRecord(*row) for row in conn.execute(sa.select(*columns).where(own).order_by(*order)))


def _load_series(conn: sa.Connection, snapshot: Row) -> tuple[SeriesPoint, ...]:
    table = portfolio_snapshots
    columns = [table.c[field.name] for field in fields(SeriesPoint)]
    last = snapshot.snapshot_date
    own = (table.c.portfolio_id == snapshot.portfolio_id) & table.c.snapshot_date.between(last - _YEAR, last)
    oldest_first = sa.select(*columns).where(own).order_by(table.c.snapshot_date)
    return tuple(SeriesPoint(*row) for row in conn.execute(oldest_first))
