"""The record of runs, and the lock that lets one run write at a time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from riskpanel.book.findings import Failure
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.provenance import InputHashes
from riskpanel.store.rows import insert_row
from riskpanel.store.schema import batch_runs, run_locks

Transaction: TypeAlias = sa.Connection
"""An open write transaction, for code outside store/ that passes it on."""


@dataclass(frozen=True, slots=True)
class RunStart:
    """What is known when a run begins; ``portfolio_ids`` are those asked for, None for all."""

    kind: str
    as_of_from: date
    as_of_to: date
    engine: str
    version: str
    policy: RiskPolicy
    inputs: InputHashes
    started_at: datetime
    user_id: int | None = None
    portfolio_ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """What is known when a run ends.

    ``status`` is ``succeeded``, ``partial``, ``failed``, or ``abandoned`` when it was stopped.
    """

    status: str
    portfolios_count: int
    instruments_count: int
    snapshots_count: int | None
    failures: Sequence[Failure]
    error: str | None
    finished_at: datetime
    duration_seconds: float


def save_run_start(conn: sa.Connection, run: RunStart) -> int:
    """Record a run as running, and runs that were killed before as abandoned; return its id."""
    conn.execute(sa.update(batch_runs).where(batch_runs.c.status == "running").values(status="abandoned"))
    return insert_row(
        conn,
        batch_runs,
        kind=run.kind,
        status="running",
        as_of_from=run.as_of_from,
        as_of_to=run.as_of_to,
        engine=run.engine,
        version=run.version,
        policy=run.policy.model_dump(mode="json"),
        policy_fingerprint=run.policy.fingerprint,
        inputs_hash=run.inputs.combined,
        inputs=asdict(run.inputs),
        started_at=run.started_at,
        user_id=run.user_id,
        portfolio_ids=None if run.portfolio_ids is None else list(run.portfolio_ids),
    )


def save_run_end(conn: sa.Connection, run_id: int, end: RunEnd) -> None:
    """Record how a run ended."""
    failures = [asdict(failure) for failure in end.failures]
    conn.execute(
        sa.update(batch_runs)
        .where(batch_runs.c.id == run_id)
        .values(
            status=end.status,
            portfolios_count=end.portfolios_count,
            instruments_count=end.instruments_count,
            snapshots_count=end.snapshots_count,
            failures=failures,
            error=end.error,
            finished_at=end.finished_at,
            duration_seconds=end.duration_seconds,
        )
    )


@dataclass(frozen=True, slots=True)
class FinishedNight:
    """A night of all portfolios that came to its end: the sessions that it covers, and when it began."""

    first: date
    last: date
    started_at: datetime


def load_finished_nights(conn: sa.Connection) -> tuple[FinishedNight, ...]:
    """Load the nights of all that came to their end, oldest first; failed portfolios do not undo a night."""
    runs = batch_runs.c
    query = (
        sa.select(runs.as_of_from, runs.as_of_to, runs.started_at)
        .where(runs.user_id.is_(None), runs.status.in_(("succeeded", "partial")))
        .order_by(runs.id)
    )
    return tuple(FinishedNight(*row) for row in conn.execute(query))


@dataclass(frozen=True, slots=True)
class Lock:
    """Who holds a lock, and until when."""

    holder: str
    expires_at: datetime


def load_lock(conn: sa.Connection, name: str) -> Lock | None:
    """Load a lock, expired or not; None when nobody holds it."""
    row = conn.execute(sa.select(run_locks).where(run_locks.c.name == name)).one_or_none()
    return None if row is None else Lock(row.holder, row.expires_at)


def forbid_locks(conn: sa.Connection) -> None:
    """Let nobody take a lock until this transaction ends; SQLite's write transactions take turns anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.text(f"LOCK TABLE {run_locks.name} IN SHARE ROW EXCLUSIVE MODE"))


def save_lock(conn: sa.Connection, name: str, lock: Lock, *, instead_of: Lock | None) -> bool:
    """Take a free lock, or replace exactly the one that was seen; return whether that worked."""
    if instead_of is None:
        dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
        values = {"name": name, "holder": lock.holder, "expires_at": lock.expires_at}
        insert = dialect.insert(run_locks).values(values).on_conflict_do_nothing()
        return conn.execute(insert.execution_options(preserve_rowcount=True)).rowcount == 1
    # Removed and made anew: unlike a change, that waits for transactions that keep it.
    seen = (
        run_locks.c.name == name,
        run_locks.c.holder == instead_of.holder,
        run_locks.c.expires_at == instead_of.expires_at,
    )
    conn.execute(sa.delete(run_locks).where(*seen))
    return save_lock(conn, name, lock, instead_of=None)


def keep_lock(conn: sa.Connection, name: str, *, holder: str) -> bool:
    """Tell whether a lock is held by ``holder``; if so, nobody else gets it before this transaction ends."""
    held = (run_locks.c.name == name) & (run_locks.c.holder == holder)
    row = sa.select(run_locks.c.name).where(held).with_for_update(read=True, key_share=True)
    return conn.execute(row).one_or_none() is not None


def renew_lock(conn: sa.Connection, name: str, lock: Lock, *, holder: str) -> bool:
    """Give a lock that ``holder`` has a new holder or end; return whether ``holder`` still had it."""
    held = (run_locks.c.name == name) & (run_locks.c.holder == holder)
    change = sa.update(run_locks).where(held).values(holder=lock.holder, expires_at=lock.expires_at)
    return conn.execute(change).rowcount == 1


def delete_lock(conn: sa.Connection, name: str, *, holder: str) -> None:
    """Give a lock back, if it is still held."""
    conn.execute(sa.delete(run_locks).where((run_locks.c.name == name) & (run_locks.c.holder == holder)))
