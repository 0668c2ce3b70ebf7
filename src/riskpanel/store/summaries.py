"""One line a portfolio, from each one's newest snapshot, in one statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from riskpanel.book.findings import causes
from riskpanel.store.keysets import after_key
from riskpanel.store.schema import portfolio_snapshots, portfolios
from riskpanel.store.snapshots import stored_findings


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the list of portfolios; None where there is no snapshot or no estimate.

    ``findings_count`` is how many causes the findings about the snapshot's numbers have; ``nav_history`` the
    net asset value of the last thirty sessions up to it, oldest first.
    """

    id: int
    name: str
    currency: str
    snapshot_date: date | None
    net_asset_value: Decimal | None
    daily_return: float | None
    market_beta_weighted: float | None
    expected_volatility_21d: float | None
    market_beta_coverage: float | None
    volatility_coverage: float | None
    hhi: float | None
    findings_count: int | None
    nav_history: tuple[Decimal, ...]


_HISTORY = 30  # sessions
_WEEKS = timedelta(days=46)  # that hold as many sessions
_PLAIN = tuple(f.name for f in fields(Summary) if f.name not in {"findings_count", "nav_history"})


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
    columns = [part[name] if name in part else table[name] for name in _PLAIN]
    query = (
        sa.select(*columns, table.data_quality)
        .outerjoin(portfolio_snapshots, (table.portfolio_id == part.id) & (table.snapshot_date == part.day))
        .order_by(part.name)
    )
    rows = conn.execute(query).all()
    history = _load_history(conn, {row.id: row.snapshot_date for row in rows if row.snapshot_date})
    return tuple(
        Summary(
            **{name: getattr(row, name) for name in _PLAIN},
            findings_count=None if row.snapshot_date is None else len(causes(stored_findings(row))),
            nav_history=tuple(history[row.id][-_HISTORY:]),
        )
        for row in rows
    )


def _load_history(conn: sa.Connection, days: Mapping[int, date]) -> Mapping[int, Sequence[Decimal]]:
    """Load the net asset values of the weeks up to the day of each portfolio, oldest first."""
    history: defaultdict[int, list[Decimal]] = defaultdict(list)
    ids: defaultdict[date, list[int]] = defaultdict(list)  # most portfolios have the same newest day
    for portfolio_id, day in days.items():
        ids[day].append(portfolio_id)
    table = portfolio_snapshots.c
    spans = [
        table.portfolio_id.in_(some) & table.snapshot_date.between(day - _WEEKS, day)
        for day, some in ids.items()
    ]
    columns = (table.portfolio_id, table.net_asset_value)
    query = sa.select(*columns).where(sa.or_(sa.false(), *spans)).order_by(table.snapshot_date)
    for portfolio_id, nav in conn.execute(query).all():
        history[portfolio_id].append(nav)
    return history
