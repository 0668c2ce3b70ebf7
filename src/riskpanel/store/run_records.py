"""What runs recorded, as a user may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from riskpanel.book.findings import Failure
from riskpanel.errors import NotFoundError
from riskpanel.store.keysets import after_key
from riskpanel.store.schema import batch_runs, portfolios, users


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as it stands in the list; counts are of the whole run, whoever owns the portfolios."""

    id: int
    kind: str
    status: str
    as_of_from: date
    as_of_to: date
    engine: str
    version: str
    policy_fingerprint: str
    portfolios_count: int | None
    instruments_count: int | None
    snapshots_count: int | None
    started_at: datetime
    finished_at: datetime | None
    duration_seconds: float | None


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with its policy, and those of its failures that are the asker's.

    ``error`` is why the run as a whole ended early. It may name anything on the machine, so that only an
    administrator is given it.
    """

    run: RunSummary
    policy: Mapping[str, Any]
    inputs_hash: str | None
    failures: tuple[Failure, ...]
    error: str | None


_SUMMARY = tuple(batch_runs.c[field.name] for field in fields(RunSummary))


def load_runs(conn: sa.Connection, *, after: tuple[int] | None = None, limit: int) -> tuple[RunSummary, ...]:
    """Load runs, the newest first."""
    query = after_key(sa.select(*_SUMMARY), (batch_runs.c.id,), after, limit=limit, descending=True)
    return tuple(RunSummary(*row) for row in conn.execute(query))


def load_run_detail(conn: sa.Connection, run_id: int, *, user_id: int) -> RunDetail:
    """Load one run as a user may see it.

    Raises
    ------
    NotFoundError
        When there is no such run.
    """
    row = conn.execute(sa.select(batch_runs).where(batch_runs.c.id == run_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"no run has the id {run_id}")
    failures = tuple(Failure(**failure) for failure in row.failures or ())
    own = _own_ids(conn, {failure.portfolio_id for failure in failures}, user_id, until=row.finished_at)
    admin = conn.execute(sa.select(users.c.is_admin).where(users.c.id == user_id)).scalar_one()
    return RunDetail(
        run=RunSummary(*(getattr(row, field.name) for field in fields(RunSummary))),
        policy=row.policy,
        inputs_hash=row.inputs_hash,
        failures=tuple(failure for failure in failures if failure.portfolio_id in own),
        error=row.error if admin else None,
    )


def _own_ids(conn: sa.Connection, ids: set[int], user_id: int, *, until: datetime | None) -> set[int]:
    """Return those of the ids that are portfolios of a user since before the run ended.

    SQLite gives the id of a deleted portfolio to the next one: a failure may be of the one before.
    """
    if not ids or until is None:
        return set()
    owned = sa.select(portfolios.c.id).where(
        portfolios.c.user_id == user_id, portfolios.c.created_at <= until
    )
    return ids & set(conn.execute(owned).scalars())
