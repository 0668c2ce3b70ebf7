"""How new the newest stored numbers are."""

from datetime import date

import sqlalchemy as sa

from riskpanel.store.schema import portfolio_snapshots

FRESH = 3
"""Sessions that what is newest may be old: a long weekend and a night that failed."""


def load_newest_day(conn: sa.Connection) -> date | None:
    """Load the day of the newest snapshot of anybody; None when there is none."""
    return conn.execute(sa.select(sa.func.max(portfolio_snapshots.c.snapshot_date))).scalar()
