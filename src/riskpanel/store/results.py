"""Snapshots and stress tests into rows, upserted in bulk."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from riskpanel.book.snapshots import Snapshots
from riskpanel.store.computed_tables import portfolio_snapshots, stress_test_results
from riskpanel.store.snapshot_columns import snapshot_columns
from riskpanel.store.stress import save_stress
from riskpanel.store.upsert import upsert_columns


def save_snapshots(conn: sa.Connection, snapshots: Snapshots, *, run_id: int, now: datetime) -> int:
    """Save snapshots and stress results, and remove older ones of portfolios that now have none.

    Returns how many rows were inserted, changed or removed.
    """
    changed = upsert_columns(
        conn,
        portfolio_snapshots,
        snapshot_columns(snapshots),
        now=now,
        snapshot_date=snapshots.as_of,
        run_id=run_id,
    )
    changed += save_stress(conn, snapshots, now=now)
    without = [failure.portfolio_id for failure in snapshots.failures] + list(snapshots.skipped)
    return changed + _remove(conn, without, snapshots.as_of)


def _remove(conn: sa.Connection, portfolio_ids: Sequence[int], as_of: date) -> int:
    """Remove what an earlier run stored for portfolios that cannot be computed from today's inputs."""
    removed = 0
    for start in range(0, len(portfolio_ids), 1000):
        some = portfolio_ids[start : start + 1000]
        for table in (stress_test_results, portfolio_snapshots):
            stale = table.c.portfolio_id.in_(some) & (table.c.snapshot_date == as_of)
            removed += conn.execute(sa.delete(table).where(stale)).rowcount
    return removed
