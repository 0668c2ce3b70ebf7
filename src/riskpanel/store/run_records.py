"""What runs recorded, as a user may see it."""

from collections.abc import Mapping, Sequence
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
    """A run as a user may see it.

    Of a night of everybody only administrators are told counts; for others it succeeded when none of their
    own portfolios failed.
    """

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

    ``inputs`` has a hash of each input by name, and ``inputs_hash`` one of all: a run of an older version has
    no parts, and where it was killed none at all. Of a night of everybody only administrators are given the
    hashes of what users own: they would tell that somebody else has changed something.
    ``error`` is why the run as a whole ended early. It may name anything on the machine, so that only an
    administrator is given it.
    """

    run: RunSummary
    policy: Mapping[str, Any]
    inputs_hash: str | None
    inputs: Mapping[str, str | None] | None
    failures: tuple[Failure, ...]
    error: str | None


_COUNTS = ("portfolios_count", "instruments_count", "snapshots_count")
_OF_USERS = ("holdings", "scenarios")  # inputs


def load_runs(
    conn: sa.Connection, *, user_id: int, after: tuple[int] | None = None, limit: int
) -> tuple[RunSummary, ...]:
    """Load the runs that a user may see, the newest first."""
    asker = _load_asker(conn, user_id)
    visible = sa.select(batch_runs).where(_visible(asker))
    rows = conn.execute(after_key(visible, (batch_runs.c.id,), after, limit=limit, descending=True)).all()
    own = _load_own(conn, user_id) if any(row.failures for row in rows) else {}
    return tuple(_summary(row, asker, _own_failures(row, own)) for row in rows)


def load_run_detail(conn: sa.Connection, run_id: int, *, user_id: int) -> RunDetail:
    """Load one run as a user may see it.

    Raises
    ------
    NotFoundError
        When there is no such run, or another user asked for it.
    """
    asker = _load_asker(conn, user_id)
    row = conn.execute(sa.select(batch_runs).where(batch_runs.c.id == run_id, _visible(asker))).one_or_none()
    if row is None:
        raise NotFoundError(f"no run has the id {run_id}")
    failures = _own_failures(row, _load_own(conn, user_id) if row.failures else {})
    return RunDetail(
        run=_summary(row, asker, failures),
        policy=row.policy,
        inputs_hash=row.inputs_hash,
        inputs=_inputs(row, asker),
        failures=failures,
        error=row.error if asker.is_admin else None,
    )


@dataclass(frozen=True, slots=True)
class _Asker:
    id: int
    is_admin: bool


def _load_asker(conn: sa.Connection, user_id: int) -> _Asker:
    row = conn.execute(sa.select(users.c.id, users.c.is_admin).where(users.c.id == user_id)).one()
    return _Asker(row.id, row.is_admin)


def _visible(asker: _Asker) -> sa.ColumnElement[bool]:
    """Nights of everybody, and what the asker asked for; what another user asked for is theirs."""
    return sa.or_(batch_runs.c.user_id.is_(None), batch_runs.c.user_id == asker.id)


def _summary(row: sa.Row[Any], asker: _Asker, failures: Sequence[Failure]) -> RunSummary:
    cells = {field.name: getattr(row, field.name) for field in fields(RunSummary)}
    if not asker.is_admin and row.user_id is None:
        cells |= dict.fromkeys(_COUNTS)
        if row.status == "partial" and not failures:
            cells["status"] = "succeeded"
    return RunSummary(**cells)


def _inputs(row: sa.Row[Any], asker: _Asker) -> Mapping[str, str | None] | None:
    told = asker.is_admin or row.user_id is not None
    return row.inputs if told or row.inputs is None else row.inputs | dict.fromkeys(_OF_USERS)


def _load_own(conn: sa.Connection, user_id: int) -> dict[int, datetime]:
    """Load the ids of a user's portfolios, and since when they are."""
    owned = sa.select(portfolios.c.id, portfolios.c.created_at).where(portfolios.c.user_id == user_id)
    return {row.id: row.created_at for row in conn.execute(owned)}


def _own_failures(row: sa.Row[Any], own: Mapping[int, datetime]) -> tuple[Failure, ...]:
    """Return the failures of a run that are of portfolios that the asker had before it began."""
    failures = (Failure(**failure) for failure in row.failures or ())
    return tuple(
        failure
        for failure in failures
        if failure.portfolio_id in own and own[failure.portfolio_id] <= row.started_at
    )
