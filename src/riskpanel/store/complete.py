"""One portfolio's stored page, in a fixed number of statements however many positions it has."""

import math
from collections.abc import Sequence
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
    missing_reasons,
)
from riskpanel.book.findings import Finding
from riskpanel.book.valuation import same_exposures
from riskpanel.errors import NotFoundError
from riskpanel.store.holdings import load_holding_records
from riskpanel.store.keysets import after_key
from riskpanel.store.schema import batch_runs, portfolio_snapshots, portfolios
from riskpanel.store.snapshots import load_snapshot_row, shown_values, stored_findings, within
from riskpanel.store.stress import load_stress

_YEAR = timedelta(days=365)

Row = sa.Row[Any]


def load_complete(
    conn: sa.Connection, portfolio_id: int, *, user_id: int, as_of: date | None = None
) -> CompleteDocument:
    """Load the newest stored page of a user's portfolio, or that of a session.

    Raises
    ------
    NotFoundError
        When the user has no such portfolio, or there is no snapshot of it.
    """
    own = (portfolios.c.id == portfolio_id) & (portfolios.c.user_id == user_id)
    portfolio = conn.execute(sa.select(portfolios).where(own)).one_or_none()
    if portfolio is None:
        raise NotFoundError(f"no portfolio has the id {portfolio_id}")
    snapshot = load_snapshot_row(conn, portfolio.id, name=portfolio.name, as_of=as_of)
    run = conn.execute(sa.select(batch_runs).where(batch_runs.c.id == snapshot.run_id)).one()
    values, findings = shown_values(snapshot), stored_findings(snapshot)
    day: date = snapshot.snapshot_date
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
        stress=load_stress(conn, portfolio.id, day),
        timeseries=load_series(conn, portfolio.id, between=(day - _YEAR, day)),
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
    stored = {
        "stored_gross": float(snapshot.gross_exposure),
        "stored_net": float(snapshot.net_exposure),
    }
    return not bool(same_exposures(gross, net, **stored))


def load_series(
    conn: sa.Connection,
    portfolio_id: int,
    *,
    between: tuple[date | None, date | None],
    after: tuple[date] | None = None,
    limit: int | None = None,
) -> tuple[SeriesPoint, ...]:
    """Load the main numbers of each session between two days, both included, oldest first."""
    table = portfolio_snapshots
    columns = [table.c[field.name] for field in fields(SeriesPoint)]
    own = sa.select(*columns).where(
        table.c.portfolio_id == portfolio_id, *within(table.c.snapshot_date, between)
    )
    rows = conn.execute(after_key(own, (table.c.snapshot_date,), after, limit=limit)).all()
    return tuple(SeriesPoint(*row) for row in rows)
