"""Runs that you ask for, and how far they are: one answer, or events as long as they run."""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from riskpanel.api.access import Identity, IdentityOf, UserOf, WriterOf, find_identity
from riskpanel.api.context import ClockOf, StoreOf
from riskpanel.api.description import PREFIX
from riskpanel.api.paging import KeyId, Listing, Page
from riskpanel.api.problems import Problem, ProblemError
from riskpanel.api.queries import PartOf, RunRequestId
from riskpanel.api.schemas.run_requests import RunInput, RunRequestModel
from riskpanel.errors import ConflictError, FieldsError, NotFoundError, StoreError
from riskpanel.store.database import Store
from riskpanel.store.locks import lock_user
from riskpanel.store.portfolios import load_portfolio
from riskpanel.store.run_requests import (
    RunRequest,
    WantedRun,
    count_open_requests,
    load_run_request,
    load_run_requests,
    save_run_request,
)

router = APIRouter(prefix="/run-requests", tags=["runs"])

_NEWEST_FIRST = Listing("run-requests", tuple[KeyId])
_MOST_OPEN = 20
_LOOK = 0.25  # seconds between two looks at how far a run is
_LONGEST = 3_600  # looks, which is a quarter of an hour; a browser then asks again by itself


@router.post("", status_code=202, summary="Ask for a run")
def create_run_request(
    store: StoreOf, clock: ClockOf, identity: IdentityOf, user: WriterOf, asked: RunInput, response: Response
) -> RunRequestModel:
    """Ask for your snapshots of the newest session, or of a range, to be computed from stored prices.

    The worker of the server does it within seconds; ask `/run-requests/{id}/events` how far it is.
    """
    now = clock()
    wanted = _wanted(asked, identity)
    if wanted.as_of_to is not None and wanted.as_of_to > now.date():
        raise FieldsError((("to", f"{wanted.as_of_to} is in the future"),))
    with store.begin() as conn:
        lock_user(conn, user)
        if wanted.portfolio_id is not None:
            load_portfolio(conn, wanted.portfolio_id, user_id=user)
        if count_open_requests(conn, user_id=user) >= _MOST_OPEN:
            raise ConflictError(f"{_MOST_OPEN} runs wait already", hint="wait until some are done")
        request_id = save_run_request(conn, wanted, now=now)
        found = load_run_request(conn, request_id, user_id=user)
    response.headers["location"] = f"{PREFIX}/run-requests/{request_id}"
    return _model(found)


@router.get("", summary="Your run requests, the newest first")
def list_run_requests(store: StoreOf, user: UserOf, part: PartOf) -> Page[RunRequestModel]:
    """Answer what you asked for, and what changes of yours needed; for a month after it ended."""
    after = _NEWEST_FIRST.decode(part.cursor)
    with store.read() as conn:
        rows = load_run_requests(conn, user_id=user, after=after, limit=part.limit + 1)
    return _NEWEST_FIRST.page(rows, part.limit, item=_model, key=lambda row: (row.id,))


def own_run_request(store: StoreOf, user: UserOf, request_id: RunRequestId) -> RunRequest:
    """Load a request of the asker's."""
    with store.read() as conn:
        return load_run_request(conn, request_id, user_id=user)


_OwnOf = Annotated[RunRequest, Depends(own_run_request)]


@router.get("/{request_id}", summary="One run request")
def show_run_request(found: _OwnOf) -> RunRequestModel:
    """Answer how far a run is that you asked for."""
    return _model(found)


@router.get("/{request_id}/events", summary="How far a run is, as events", response_class=EventSourceResponse)
async def follow_run_request(
    request: Request, store: StoreOf, user: UserOf, found: _OwnOf
) -> AsyncIterator[ServerSentEvent]:
    """Send an event at each change, until the run has ended; `data` is the request as JSON.

    Events are called `progress`, the last one `end`. A stream ends after a quarter of an hour, or when its
    asker is signed out; a browser then asks again by itself.
    """
    told: RunRequestModel | None = None
    for _ in range(_LONGEST):
        now = _model(found)
        if now != told:
            told = now
            yield ServerSentEvent(raw_data=now.model_dump_json(), event="progress" if found.open else "end")
        if not found.open:
            return
        await anyio.sleep(_LOOK)
        seen = await run_in_threadpool(_look, request, store, found, user)
        if seen is None:
            return
        found = seen


def _look(request: Request, store: Store, found: RunRequest, user: int) -> RunRequest | None:
    """Look at a request again; None when it is gone, or its asker may not see it any more."""
    try:
        identity = find_identity(request)
        if identity is None or identity.user_id != user:
            return None
        with store.read() as conn:
            return load_run_request(conn, found.id, user_id=user)
    except (NotFoundError, ProblemError):
        return None
    except StoreError:
        return found  # looked at again later


def _wanted(asked: RunInput, identity: Identity) -> WantedRun:
    if (asked.from_day is None) != (asked.to_day is None):
        raise FieldsError((("from" if asked.from_day is None else "to", "missing: a range has both ends"),))
    if asked.from_day is not None and asked.to_day is not None and asked.from_day > asked.to_day:
        raise FieldsError((("to", f"{asked.to_day} is before {asked.from_day}"),))
    if asked.everybody and asked.portfolio_id is not None:
        raise FieldsError((("everybody", "excludes portfolio_id"),))
    if asked.everybody and not (identity.is_admin and "admin" in identity.scopes):
        raise ProblemError(Problem(403, "Forbidden", "only administrators ask for the runs of everybody"))
    return WantedRun(identity.user_id, asked.portfolio_id, asked.everybody, asked.from_day, asked.to_day)


def _model(found: RunRequest) -> RunRequestModel:
    return RunRequestModel.model_validate(
        {name: getattr(found, name) for name in RunRequestModel.model_fields}
    )
