"""The state of the store in a few numbers, for whoever watches it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from riskpanel.store.rows import count_rows
from riskpanel.store.schema import (
    batch_runs,
    market_data_quarantine,
    portfolio_snapshots,
    portfolios,
    run_requests,
)


@dataclass(frozen=True, slots=True)
class StoreState:
    """Counts over all users; what cannot be known is None.

    ``failed_portfolios`` and ``last_run_seconds`` are of the newest run of everybody that has ended.
    """

    portfolios: int
    quarantine_rows: int
    newest_snapshot: date | None
    runs: Mapping[str, int]
    run_requests: Mapping[str, int]
    failed_portfolios: int | None
    last_run_seconds: float | None


def load_store_state(conn: sa.Connection) -> StoreState:
    """Load the counts, in a fixed number of statements."""
    ended = (batch_runs.c.user_id.is_(None), batch_runs.c.finished_at.is_not(None))
    last = conn.execute(
        sa.select(batch_runs.c.failures, batch_runs.c.duration_seconds)
        .where(*ended)
        .order_by(batch_runs.c.id.desc())
        .limit(1)
    ).one_or_none()
    return StoreState(
        portfolios=count_rows(conn, portfolios),
        quarantine_rows=count_rows(conn, market_data_quarantine),
        newest_snapshot=conn.execute(sa.select(sa.func.max(portfolio_snapshots.c.snapshot_date))).scalar(),
        runs=_by_status(conn, batch_runs),
        run_requests=_by_status(conn, run_requests),
        failed_portfolios=None if last is None else len(last.failures or ()),
        last_run_seconds=None if last is None else last.duration_seconds,
    )


def _by_status(conn: sa.Connection, table: sa.Table) -> dict[str, int]:
    counted = sa.select(table.c.status, sa.func.count()).group_by(table.c.status)
    return {row[0]: row[1] for row in conn.execute(counted)}
