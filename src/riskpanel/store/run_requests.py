"""Runs that users ask for: a row that the worker of a serving process takes up."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from riskpanel.errors import NotFoundError
from riskpanel.store.keysets import after_key
from riskpanel.store.rows import count_rows, insert_row
from riskpanel.store.schema import portfolios, run_requests

OPEN = ("queued", "running")


@dataclass(frozen=True, slots=True)
class WantedRun:
    """What is asked for: ``portfolio_id`` None is all of the user's, days None the newest with prices."""

    user_id: int
    portfolio_id: int | None = None
    everybody: bool = False
    as_of_from: date | None = None
    as_of_to: date | None = None


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A request as it stands; ``status`` is queued, running, succeeded, partial or failed."""

    id: int
    user_id: int
    portfolio_id: int | None
    everybody: bool
    as_of_from: date | None
    as_of_to: date | None
    status: str
    sessions_done: int
    sessions_total: int | None
    run_id: int | None
    error: str | None
    hint: str | None
    requested_at: datetime
    finished_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it is still to be done or being done."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class Claim:
    """A request, who holds it, and until when; None where nobody does."""

    request: RunRequest
    holder: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended."""

    status: str
    run_id: int | None
    error: str | None
    hint: str | None


_COLUMNS: tuple[sa.ColumnElement[Any], ...] = tuple(
    run_requests.c[field.name] for field in fields(RunRequest)
)


def save_run_request(conn: sa.Connection, wanted: WantedRun, *, now: datetime) -> int:
    """Ask for a run; one that waits already and is for the same is joined. Return its id."""
    own = run_requests.c
    alike = [own[field.name].is_not_distinct_from(getattr(wanted, field.name)) for field in fields(WantedRun)]
    waiting = sa.select(own.id).where(own.status == "queued", *alike).order_by(own.id).limit(1)
    # Locked, so that no worker takes up what is joined before the change that joins it is stored.
    waiting = waiting.with_for_update()
    known = conn.execute(waiting).scalar_one_or_none()
    if known is not None:
        return known
    values: dict[str, Any] = {field.name: getattr(wanted, field.name) for field in fields(WantedRun)}
    values |= {"status": "queued", "sessions_done": 0, "requested_at": now}
    return insert_row(conn, run_requests, **values)


def ask_for_all(conn: sa.Connection, user_id: int, *, now: datetime) -> int | None:
    """Ask for a run of all portfolios of a user; None where there are none."""
    if (
        conn.execute(sa.select(portfolios.c.id).where(portfolios.c.user_id == user_id).limit(1)).first()
        is None
    ):
        return None
    return save_run_request(conn, WantedRun(user_id), now=now)


def count_open_requests(conn: sa.Connection, *, user_id: int) -> int:
    """Count what a user has asked for and is still to be done or being done."""
    own = run_requests.c
    mine = (own.user_id == user_id, own.status.in_(OPEN))
    return count_rows(conn, run_requests, *mine)


def load_run_request(conn: sa.Connection, request_id: int, *, user_id: int) -> RunRequest:
    """Load one request of a user.

    Raises
    ------
    NotFoundError
        When the user has none with this id, whether or not another user has.
    """
    own = (run_requests.c.id == request_id, run_requests.c.user_id == user_id)
    row = conn.execute(sa.select(*_COLUMNS).where(*own)).one_or_none()
    if row is None:
        raise NotFoundError(f"no run request has the id {request_id}")
    return RunRequest(*row)


def load_run_requests(
    conn: sa.Connection, *, user_id: int, after: tuple[int] | None = None, limit: int
) -> tuple[RunRequest, ...]:
    """Load a user's requests, the newest first."""
    own = sa.select(*_COLUMNS).where(run_requests.c.user_id == user_id)
    rows = conn.execute(after_key(own, (run_requests.c.id,), after, limit=limit, descending=True))
    return tuple(RunRequest(*row) for row in rows)


def load_claims(conn: sa.Connection) -> tuple[Claim, ...]:
    """Load what is open: first what asks for the newest session alone, then ranges; the oldest first."""
    own = run_requests.c
    query = sa.select(*_COLUMNS, own.holder, own.holder_expires_at).where(own.status.in_(OPEN))
    rows = conn.execute(query.order_by(own.as_of_from.is_not(None), own.sessions_done, own.id))
    return tuple(
        Claim(
            RunRequest(**{field.name: getattr(row, field.name) for field in fields(RunRequest)}),
            row.holder,
            row.holder_expires_at,
        )
        for row in rows
    )


def claim_run_request(
    conn: sa.Connection, request_id: int, *, seen: str | None, holder: str, expires_at: datetime
) -> bool:
    """Take up a request that nobody, or exactly the holder that was seen, holds; whether that worked."""
    own = run_requests.c
    free = (own.id == request_id, own.holder.is_not_distinct_from(seen), own.status.in_(OPEN))
    values = {"status": "running", "holder": holder, "holder_expires_at": expires_at}
    return conn.execute(sa.update(run_requests).where(*free).values(values)).rowcount == 1


def release_run_request(conn: sa.Connection, request_id: int, *, holder: str) -> None:
    """Give a request back to wait for another try."""
    _update_held(conn, request_id, holder, _WAITING)


def save_run_progress(
    conn: sa.Connection, request_id: int, *, holder: str, done: int, total: int, expires_at: datetime
) -> None:
    """Store how far a request is, which also keeps it held."""
    far = {"sessions_done": done, "sessions_total": total, "holder_expires_at": expires_at}
    _update_held(conn, request_id, holder, far)


def save_run_slice(
    conn: sa.Connection,
    request_id: int,
    *,
    holder: str,
    done: int,
    total: int,
    run_id: int,
    error: str | None,
) -> None:
    """Store that the sessions of a range up to some are done, and give the request back for the others."""
    far = {"sessions_done": done, "sessions_total": total, "run_id": run_id, "error": error}
    _update_held(conn, request_id, holder, _WAITING | far)


def save_run_outcome(
    conn: sa.Connection, request_id: int, outcome: Outcome, *, holder: str, now: datetime
) -> None:
    """Store how a request ended."""
    told = {field.name: getattr(outcome, field.name) for field in fields(Outcome)}
    _update_held(conn, request_id, holder, _FREE | told | {"finished_at": now})


_FREE: dict[str, object] = {"holder": None, "holder_expires_at": None}
_WAITING = _FREE | {"status": "queued"}


def _update_held(conn: sa.Connection, request_id: int, holder: str, values: Mapping[str, object]) -> None:
    """Change a request as long as it is held by a holder: one whom it was taken from changes nothing."""
    held = (run_requests.c.id == request_id, run_requests.c.holder == holder)
    conn.execute(sa.update(run_requests).where(*held).values(values))


def any_running(conn: sa.Connection) -> bool:
    """Whether a worker is at anything that a user asked for."""
    query = sa.select(run_requests.c.id).where(run_requests.c.status == "running")
    return conn.execute(query.limit(1)).first() is not None


def delete_old_run_requests(conn: sa.Connection, *, before: datetime) -> int:
    """Forget requests that ended before a moment; their runs stay recorded. Return how many."""
    return conn.execute(sa.delete(run_requests).where(run_requests.c.finished_at < before)).rowcount
