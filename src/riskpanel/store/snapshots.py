"""Stored snapshots of a portfolio as readers are given them: one day's, or a page of several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from riskpanel.book.complete import Cell, DataQuality, interval_ends, missing_reasons
from riskpanel.book.findings import Finding
from riskpanel.errors import NotFoundError
from riskpanel.store.keysets import after_key
from riskpanel.store.schema import batch_runs, portfolio_snapshots

_NOT_SHOWN = frozenset({"portfolio_id", "run_id", "data_quality", "created_at", "updated_at"})
_STORED = tuple(column.name for column in portfolio_snapshots.c if column.name not in _NOT_SHOWN)
DERIVED = ("market_beta_direct_low", "market_beta_direct_high")
SHOWN = _STORED + DERIVED
"""Everything of a snapshot that readers see."""
SCALARS = tuple(name for name in _STORED if not isinstance(portfolio_snapshots.c[name].type, sa.JSON))
"""Columns of a snapshot that are one number, word or date."""

Row = sa.Row[Any]


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """One stored snapshot: the run that wrote it, its columns, and why those that are null are."""

    run_id: int
    snapshot: Mapping[str, Cell]
    data_quality: DataQuality


def load_snapshots(
    conn: sa.Connection,
    portfolio_id: int,
    *,
    between: tuple[date | None, date | None] = (None, None),
    after: tuple[date] | None = None,
    limit: int | None,
) -> tuple[SnapshotRecord, ...]:
    """Load snapshots of a portfolio, oldest first: between two days, both included, and after a day."""
    table = portfolio_snapshots
    own = sa.select(table).where(
        table.c.portfolio_id == portfolio_id, *within(table.c.snapshot_date, between)
    )
    rows = conn.execute(after_key(own, (table.c.snapshot_date,), after, limit=limit))
    return tuple(_record(row) for row in rows)


def load_snapshot_row(conn: sa.Connection, portfolio_id: int, *, name: str, as_of: date | None) -> Row:
    """Load the newest snapshot of a portfolio, or that of a session.

    Raises
    ------
    NotFoundError
        When there is none, with the reason where one is known.
    """
    table = portfolio_snapshots
    own = table.c.portfolio_id == portfolio_id
    newest = sa.select(sa.func.max(table.c.snapshot_date)).where(own)
    day = newest.scalar_subquery() if as_of is None else as_of
    row = conn.execute(sa.select(table).where(own, table.c.snapshot_date == day)).one_or_none()
    if row is not None:
        return row
    before = conn.execute(newest).scalar()
    failed = None if before else _last_failure(conn, portfolio_id)
    stored = failed or (f"its newest snapshot is of {before}" if before else "compute one: riskpanel run")
    on = f" on {as_of}" if as_of else ""
    raise NotFoundError(f"no snapshot of {name!r}{on}", hint=stored)


def shown_values(snapshot: Row) -> dict[str, Cell]:
    """Return the columns of a snapshot that readers see, with the interval of its direct beta."""
    low, high = interval_ends(
        snapshot.market_beta_direct,
        snapshot.market_beta_direct_std_error,
        snapshot.market_beta_direct_observations,
    )
    ends = dict(zip(DERIVED, (low, high), strict=True))
    return {name: getattr(snapshot, name) for name in _STORED} | ends


def stored_findings(snapshot: Row) -> tuple[Finding, ...]:
    """Return what the night found about a snapshot."""
    return tuple(
        Finding(found["metric"], found["kind"], found["reason"], tuple(found["symbols"]))
        for found in snapshot.data_quality
    )


def within(
    day: sa.ColumnElement[date], between: tuple[date | None, date | None]
) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a day lies between two others, both included; None is no bound."""
    first, last = between
    lower = () if first is None else (day >= first,)
    return lower if last is None else (*lower, day <= last)


def _record(row: Row) -> SnapshotRecord:
    values, findings = shown_values(row), stored_findings(row)
    return SnapshotRecord(row.run_id, values, DataQuality(missing_reasons(values, findings), findings))


def _last_failure(conn: sa.Connection, portfolio_id: int) -> str | None:
    """Say why the newest run has no snapshot of a portfolio; None when it did not fail."""
    newest = sa.select(batch_runs.c.failures).order_by(batch_runs.c.id.desc()).limit(1)
    failures: Sequence[Mapping[str, Any]] = conn.execute(newest).scalar() or ()
    own = next((failure for failure in failures if failure["portfolio_id"] == portfolio_id), None)
    return f"the last run failed: {own['error']}; {own['hint']}" if own else None
