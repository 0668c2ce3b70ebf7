"""History that is old enough to go: how much there is of it, and its removal in batches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import cast

import sqlalchemy as sa

from riskpanel.store.rows import count_rows
from riskpanel.store.schema import (
    batch_runs,
    instrument_market_betas,
    instrument_volatility,
    market_data_cache,
    market_data_quarantine,
    metadata,
    portfolio_snapshots,
    run_requests,
    stress_test_results,
)

WHAT: Mapping[str, Sequence[str]] = {
    "snapshots": ("portfolio_snapshots",),
    "stress": ("stress_test_results",),
    "instruments": ("instrument_market_betas", "instrument_volatility"),
    "runs": ("run_requests", "batch_runs"),
    "quarantine": ("market_data_quarantine",),
    "prices": ("market_data_cache",),
}
"""What can be removed, and its tables, in the order in which it is: what points to a row goes before it."""

_DAYS: Mapping[sa.Table, str] = {
    portfolio_snapshots: "snapshot_date",
    stress_test_results: "snapshot_date",
    instrument_market_betas: "calc_date",
    instrument_volatility: "calculation_date",
    run_requests: "finished_at",
    batch_runs: "as_of_to",
    market_data_quarantine: "created_at",
    market_data_cache: "date",
}


@dataclass(frozen=True, slots=True)
class OldRows:
    """Rows of a table that are old enough: how many of how many, and their first and last day."""

    table: str
    rows: int
    of: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """What is old: everything before a day, but nights of all only if they are before another one too.

    ``kept_days`` are those of newest snapshots of portfolios that are older: what belongs to them stays.
    """

    before: date
    nights_before: date
    kept_days: Sequence[date]


def load_kept_days(conn: sa.Connection, before: date) -> tuple[date, ...]:
    """Load the days before a day of which some portfolio has its newest snapshot."""
    own = portfolio_snapshots.c
    newest = sa.select(sa.func.max(own.snapshot_date).label("day")).group_by(own.portfolio_id).subquery()
    return tuple(
        sorted(conn.execute(sa.select(newest.c.day).where(newest.c.day < before).distinct()).scalars())
    )


def load_old_rows(conn: sa.Connection, name: str, horizon: Horizon, *, gone: Collection[str] = ()) -> OldRows:
    """Count what would be removed of a table, as if the old rows of those ``gone`` had gone before."""
    table = metadata.tables[name]
    day = table.c[_DAYS[table]]
    told = sa.select(sa.func.count(), sa.func.min(day), sa.func.max(day)).select_from(table)
    rows, first, last = conn.execute(told.where(_is_old(table, horizon, gone))).one()
    whole = count_rows(conn, table)
    return OldRows(name, rows, whole, _day(first), _day(last))


def remove_old_rows(conn: sa.Connection, name: str, horizon: Horizon, *, most: int) -> int:
    """Remove some of the old rows of a table; return how many, fewer than ``most`` when none are left."""
    table = metadata.tables[name]
    place = "ctid" if conn.dialect.name == "postgresql" else "rowid"
    row: sa.ColumnElement[object] = sa.literal_column(f"{name}.{place}")
    some = sa.select(row).select_from(table).where(_is_old(table, horizon)).limit(most).correlate(None)
    if conn.dialect.name == "postgresql":  # by a list of places: it would else look through the whole table
        chosen = row == sa.any_(sa.func.array(some.scalar_subquery()))
    else:
        chosen = row.in_(some)
    return cast("sa.CursorResult[object]", conn.execute(sa.delete(table).where(chosen))).rowcount


def _is_old(table: sa.Table, horizon: Horizon, gone: Collection[str] = ()) -> sa.ColumnElement[bool]:
    """Whether a row of a table is old, and nothing that stays needs it; never unknown, so that not is not."""
    own = table.c
    since = datetime.combine(horizon.before, time(), UTC)
    if table in {portfolio_snapshots, stress_test_results}:
        return sa.and_(own.snapshot_date < horizon.before, ~_is_newest(table))
    if table is run_requests:
        return sa.and_(own.finished_at.is_not(None), own.finished_at < since)
    if table is market_data_quarantine:
        return own.created_at < since
    if table is batch_runs:
        return _is_old_run(horizon, since, gone)
    day = own[_DAYS[table]]
    kept = table in {instrument_market_betas, instrument_volatility}
    return sa.and_(day < horizon.before, day.not_in(horizon.kept_days if kept else ()))


def _is_newest(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether a row is of the day of its portfolio's newest snapshot."""
    every = portfolio_snapshots.alias("every").c
    newest = sa.select(sa.func.max(every.snapshot_date)).where(every.portfolio_id == table.c.portfolio_id)
    return table.c.snapshot_date.is_not_distinct_from(newest.scalar_subquery())


def _is_old_run(horizon: Horizon, since: datetime, gone: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether a run has ended, is old, and made nothing that is still stored, or will be."""
    own = batch_runs.c
    of_all = sa.and_(own.user_id.is_(None), own.status.in_(("succeeded", "partial")))
    needed = [
        sa.exists().where(
            table.c.run_id == own.id, *(() if table.name not in gone else (~_is_old(table, horizon),))
        )
        for table in (portfolio_snapshots, run_requests)
    ]
    return sa.and_(
        own.status != "running",
        own.started_at < since,
        own.as_of_to < sa.case((of_all, horizon.nights_before), else_=horizon.before),
        *(~one for one in needed),
    )


def _day(value: date | datetime | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value
