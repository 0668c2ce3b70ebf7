"""What the doctor looks at: facts about prices, holdings and nights, a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import sqlalchemy as sa

from riskpanel.book.findings import Failure
from riskpanel.book.panel import DateArray
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.risk.arrays import FloatArray
from riskpanel.store.packed import day_number, load_packed
from riskpanel.store.runs import Lock
from riskpanel.store.schema import (
    batch_runs,
    benchmarks_sector_weights,
    fund_components,
    instruments,
    market_data_cache,
    market_data_quarantine,
    portfolios,
    positions,
    run_locks,
    run_requests,
)


@dataclass(frozen=True, slots=True)
class LastNight:
    """The newest run of all portfolios, as it was recorded."""

    id: int
    status: str
    first: date
    last: date
    policy_fingerprint: str
    failures: tuple[Failure, ...]
    error: str | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What is held on a day: by how many portfolios each symbol, and the names of those that hold nothing."""

    holders: Mapping[str, int]
    empty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Requests:
    """What users asked for: errors of failed ones that no later one mended, and since when others wait."""

    failed: tuple[tuple[int, str], ...]
    waiting_since: datetime | None


def touch(conn: sa.Connection) -> None:
    """Write nothing, in a way that a database refuses which cannot be written."""
    conn.execute(sa.update(run_locks).where(sa.false()).values(holder=run_locks.c.holder))


def load_held(conn: sa.Connection, on_day: date) -> Held:
    """Load what is held on a day."""
    lots = positions.c
    entered = sa.or_(lots.entry_date.is_(None), lots.entry_date <= on_day)
    opened = sa.and_(entered, sa.or_(lots.exit_date.is_(None), lots.exit_date > on_day))
    holders = sa.select(lots.symbol, sa.func.count(lots.portfolio_id.distinct())).where(opened)
    own = sa.select(lots.id).where(lots.portfolio_id == portfolios.c.id, opened)
    empty = sa.select(portfolios.c.name).where(~own.exists()).order_by(portfolios.c.id)
    return Held(
        {row[0]: row[1] for row in conn.execute(holders.group_by(lots.symbol))},
        tuple(conn.execute(empty).scalars()),
    )


def load_measures(conn: sa.Connection) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Load the market indexes and the benchmarks of portfolios, each with how many of them use it."""
    index, benchmark = (
        {row[0]: row[1] for row in conn.execute(sa.select(column, sa.func.count()).group_by(column))}
        for column in (portfolios.c.market_index, portfolios.c.benchmark_code)
    )
    return index, benchmark


def load_adjusted_closes(conn: sa.Connection, sessions: DateArray, symbols: Sequence[str]) -> FloatArray:
    """Load the adjusted closes of what is or was held and of the market indexes: (T, N), NaN without."""
    closes = np.full((len(symbols), len(sessions)), np.nan)
    column = {symbol: position for position, symbol in enumerate(symbols)}
    days = sessions.astype(np.int64)
    table = market_data_cache.c
    tracked = sa.union(sa.select(positions.c.symbol), sa.select(portfolios.c.market_index))
    span = table.date.between(sessions[0].item(), sessions[-1].item())
    cells = (day_number(conn, table.date), table.adj_close)
    for symbol, (day, close) in load_packed(conn, table.symbol, cells, span, table.symbol.in_(tracked)):
        row = np.array(np.searchsorted(days, day), dtype=np.int64)
        session = days[row] == day
        if symbol in column:
            closes[column[symbol], row[session]] = close[session]
    return np.ascontiguousarray(closes.T)


def load_unclassified(conn: sa.Connection) -> frozenset[str]:
    """Load the symbols without a sector, and without anything that they would hold as a fund."""
    own = instruments.c
    known = sa.select(fund_components.c.symbol)
    without = sa.or_(own.sector.is_(None), own.sector.not_in(GICS_SECTORS))
    return frozenset(conn.execute(sa.select(own.symbol).where(without, own.symbol.not_in(known))).scalars())


def load_benchmark_dates(conn: sa.Connection) -> dict[str, tuple[date, ...]]:
    """Load of which days each benchmark has sector weights, the oldest first."""
    table = benchmarks_sector_weights.c
    found: dict[str, tuple[date, ...]] = {}
    for code, day in conn.execute(
        sa.select(table.benchmark_code, table.asof_date).distinct().order_by("asof_date")
    ):
        found[code] = (*found.get(code, ()), day)
    return found


def load_last_night(conn: sa.Connection) -> LastNight | None:
    """Load the newest run of all portfolios; None before there is any."""
    runs = batch_runs.c
    columns = (runs.id, runs.status, runs.as_of_from, runs.as_of_to, runs.policy_fingerprint)
    query = sa.select(*columns, runs.failures, runs.error, runs.started_at).where(runs.user_id.is_(None))
    row = conn.execute(query.order_by(runs.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    failures = tuple(Failure(**failure) for failure in row.failures or ())
    return LastNight(*row[:5], failures, row.error, row.started_at)


def load_locks(conn: sa.Connection) -> dict[str, Lock]:
    """Load every lock by name, expired or not."""
    return {row.name: Lock(row.holder, row.expires_at) for row in conn.execute(sa.select(run_locks))}


def load_requests(conn: sa.Connection) -> Requests:
    """Load what became of what users asked for."""
    own, later = run_requests.c, run_requests.alias().c
    mended = sa.select(later.id).where(
        later.user_id == own.user_id,
        later.portfolio_id.is_not_distinct_from(own.portfolio_id),
        later.id > own.id,
        later.status.in_(("succeeded", "partial")),
    )
    failed = sa.select(own.id, own.error).where(own.status == "failed", ~mended.exists()).order_by(own.id)
    waiting = sa.select(sa.func.min(own.requested_at)).where(own.status == "queued")
    return Requests(
        tuple((row.id, row.error or "") for row in conn.execute(failed)), conn.execute(waiting).scalar()
    )


def load_quarantined_symbols(conn: sa.Connection) -> dict[str, int]:
    """Load how many refused rows of each symbol wait."""
    symbol = market_data_quarantine.c.symbol
    rows = conn.execute(sa.select(symbol, sa.func.count()).group_by(symbol).order_by(symbol))
    return {row[0]: row[1] for row in rows}
