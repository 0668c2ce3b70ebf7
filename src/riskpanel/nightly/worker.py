"""The worker of a serving process: computes what users have asked for, one request after another."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from threading import Event

from structlog.contextvars import bound_contextvars

from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import RiskpanelError, StoppedError, StoreError
from riskpanel.nightly.balances import listed
from riskpanel.nightly.holders import LIFETIME, may_live, name_holder
from riskpanel.nightly.run import NightReport, NightRequest, latest_session, run_night
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.database import Store
from riskpanel.store.portfolios import list_portfolios
from riskpanel.store.run_requests import (
    Outcome,
    RunRequest,
    claim_run_request,
    delete_old_run_requests,
    load_claims,
    release_run_request,
    save_run_outcome,
    save_run_progress,
    save_run_slice,
)

PAUSE = 0.2  # seconds between two looks for work
BUSY_PAUSE = 2.0  # seconds until another try when another run is in progress
SLICE = 20  # sessions of a range after which it lets others go before
REMEMBERED = timedelta(days=30)

_LOG = logging.getLogger("riskpanel.worker")
_UNFORESEEN = "riskpanel failed; its log has the cause"


@dataclass(frozen=True, slots=True)
class Slice:
    """Sessions of a range that are done, of how many; the run of the last, and what failed so far."""

    done: int
    total: int
    run_id: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Worker:
    """Takes up run requests of the store; several workers, in one or many processes, share the work.

    ``chores`` is called at each look for work, whether or not there is any. When ``stop`` is set, a run ends
    with the session that it is at, and waits for the next worker.
    """

    store: Store
    policy: RiskPolicy
    clock: Callable[[], datetime]
    chores: Callable[[], None] = lambda: None
    stop: Event = field(default_factory=Event)

    def run(self) -> None:
        """Work until told to stop; after a defect, which is logged, begin again."""
        with ThreadPoolExecutor(1, thread_name_prefix="worker") as thread:
            while not self.stop.is_set():
                error = thread.submit(self._work).exception()
                if error is not None:
                    _LOG.error("worker begins again", exc_info=error)
                    self.stop.wait(BUSY_PAUSE)

    def _work(self) -> None:
        """Work until told to stop; a failing database is looked at again later."""
        while not self.stop.is_set():
            pause = PAUSE
            try:
                if self.work_once() == "busy":
                    pause = BUSY_PAUSE
                self.chores()
            except StoreError as error:
                _LOG.warning("worker waits", extra={"error": error.what})
                pause = BUSY_PAUSE
            self.stop.wait(pause)

    def work_once(self) -> str:
        """Do what is next: ``done``, ``idle`` without anything to do, ``busy`` when it must wait.

        That is a request for the newest session, or the next sessions of a range, which then lets others go
        before.
        """
        claimed = self._claim()
        if claimed is None:
            return "idle"
        request, holder = claimed
        with bound_contextvars(run_request_id=request.id):
            ended = self._outcome(request, holder)
        with self.store.begin() as conn:
            now = self.clock()
            if ended is None:
                release_run_request(conn, request.id, holder=holder)
                return "busy"
            if isinstance(ended, Outcome):
                save_run_outcome(conn, request.id, ended, holder=holder, now=now)
                delete_old_run_requests(conn, before=now - REMEMBERED)
            else:
                save_run_slice(conn, request.id, holder=holder, **asdict(ended))
        return "done"

    def _claim(self) -> tuple[RunRequest, str] | None:
        with self.store.read() as conn:
            claims = load_claims(conn)
        now = self.clock()
        for claim in claims:
            if claim.holder is not None and may_live(claim.holder, claim.expires_at or now, now):
                continue
            holder, until = name_holder(), now + LIFETIME
            with self.store.begin() as conn:
                if claim_run_request(
                    conn, claim.request.id, seen=claim.holder, holder=holder, expires_at=until
                ):
                    return claim.request, holder
        return None

    def _outcome(self, request: RunRequest, holder: str) -> Outcome | Slice | None:
        """Run a request; None when another run is in progress, or the database fails, and it must wait.

        The run has a thread of its own, whose end tells of a defect without stopping the worker.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="run") as thread:
            done: Future[Outcome | Slice] = thread.submit(copy_context().run, self._run, request, holder)
            error = done.exception()
        if isinstance(error, StoreError):
            _LOG.warning("run request waits", extra={"error": error.what})
            return None
        if isinstance(error, RiskpanelError):
            return Outcome("failed", None, error.what, error.hint or None)
        if error is not None:
            _LOG.error("run request failed", exc_info=error)
            return Outcome("failed", None, _UNFORESEEN, None)
        return done.result()

    def _run(self, request: RunRequest, holder: str) -> Outcome | Slice:
        days = self._days(request)
        before = request.sessions_done if len(days) > SLICE else 0
        mine = days[before : before + SLICE]

        def told(done: int, _total: int) -> None:
            if self.stop.is_set():
                raise StoppedError("the server stops: what is left is computed when it runs again")
            with self.store.begin() as conn:
                until = self.clock() + LIFETIME
                save_run_progress(
                    conn,
                    request.id,
                    holder=holder,
                    done=before + done,
                    total=len(days),
                    expires_at=until,
                )

        report = run_night(
            self.store,
            self._night(request, mine[0], mine[-1], many=len(days) > 1),
            self.policy,
            today=self.clock().date(),
            clock=self.clock,
            progress=told,
        )
        failed = request.error or _failed(report)
        if before + len(mine) < len(days):
            return Slice(before + len(mine), len(days), report.run_id, failed)
        if failed is None:
            return Outcome("succeeded", report.run_id, None, None)
        return Outcome(
            "partial", report.run_id, failed, f"GET /api/v1/runs/{report.run_id} has all that failed"
        )

    def _days(self, request: RunRequest) -> Sequence[date]:
        """Return the sessions of a request; of a range without any its ends, which the run refuses."""
        if request.as_of_from is None or request.as_of_to is None:
            return (latest_session(self.store, self.clock().date()),)
        days: list[date] = sessions_between(request.as_of_from, request.as_of_to).tolist()
        return days or (request.as_of_from, request.as_of_to)

    def _night(self, request: RunRequest, first: date, last: date, *, many: bool) -> NightRequest:
        kind = "backfill" if many else "run"
        if request.everybody:
            return NightRequest(kind, first, last)
        ids = (request.portfolio_id,) if request.portfolio_id else self._own_portfolios(request.user_id)
        return NightRequest(kind, first, last, ids, request.user_id)

    def _own_portfolios(self, user_id: int) -> tuple[int, ...]:
        with self.store.read() as conn:
            return tuple(record.id for record in list_portfolios(conn, user_id=user_id))


def _failed(report: NightReport) -> str | None:
    """Say what a run could not compute; None when there is nothing."""
    if report.failures:
        first = report.failures[0]
        more = f", and {len(report.failures) - 1:,} more portfolios" if len(report.failures) > 1 else ""
        return f"{first.name}: {first.error}{more}"
    return f"no price of: {listed(report.unpriced)}" if report.unpriced else None
