"""One line a portfolio, from each one's newest snapshot, in one statement."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from riskpanel.store.schema import portfolio_snapshots, portfolios


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the list of portfolios; None where there is no snapshot or no estimate."""

    id: int
    name: str
    currency: str
    snapshot_date: date | None
    net_asset_value: Decimal | None
    daily_return: float | None
    market_beta_weighted: float | None
    expected_volatility_21d: float | None
    hhi: float | None


def load_summaries(conn: sa.Connection, *, user_id: int, as_of: date | None = None) -> tuple[Summary, ...]:
    """Load a line for each portfolio of a user, by name: its newest snapshot, or that of a session."""
    own, table = portfolios.c, portfolio_snapshots.c
    newest = (
        sa.select(table.portfolio_id, sa.func.max(table.snapshot_date).label("day"))
        .where(sa.true() if as_of is None else table.snapshot_date == as_of)
        .group_by(table.portfolio_id)
        .subquery()
    )
    columns = [own[f.name] if f.name in own else table[f.name] for f in fields(Summary)]
    query = (
        sa.select(*columns)
        .outerjoin(newest, newest.c.portfolio_id == own.id)
        .outerjoin(
            portfolio_snapshots, (table.portfolio_id == own.id) & (table.snapshot_date == newest.c.day)
        )
        .where(own.user_id == user_id)
        .order_by(own.name)
    )
    return tuple(Summary(*row) for row in conn.execute(query))
