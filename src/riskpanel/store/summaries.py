"""One line a portfolio, from each one's newest snapshot, in one statement."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from riskpanel.store.keysets import after_key
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


def load_summaries(
    conn: sa.Connection,
    *,
    user_id: int,
    as_of: date | None = None,
    after: tuple[str] | None = None,
    limit: int | None = None,
) -> tuple[Summary, ...]:
    """Load a line for each portfolio of a user, by name: its newest snapshot, or that of a session.

    ``after`` and ``limit`` choose a part of the list: the first ones whose name comes after that one.
    """
    own, table = portfolios.c, portfolio_snapshots.c
    newest = (
        sa.select(sa.func.max(table.snapshot_date))
        .where(table.portfolio_id == own.id, sa.true() if as_of is None else table.snapshot_date == as_of)
        .scalar_subquery()
    )
    chosen = sa.select(portfolios, newest.label("day")).where(own.user_id == user_id)
    part = after_key(chosen, (own.name,), after, limit=limit).subquery().c
    columns = [part[f.name] if f.name in part else table[f.name] for f in fields(Summary)]
    query = (
        sa.select(*columns)
        .outerjoin(portfolio_snapshots, (table.portfolio_id == part.id) & (table.snapshot_date == part.day))
        .order_by(part.name)
    )
    return tuple(Summary(*row) for row in conn.execute(query))
