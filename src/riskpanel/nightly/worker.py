"""The worker of a serving process: computes what users have asked for, one request after another."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Event

from structlog.contextvars import bound_contextvars

from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import BusyError, RiskpanelError, StoreError
from riskpanel.nightly.holders import LIFETIME, may_live, name_holder
from riskpanel.nightly.run import NightReport, NightRequest, latest_session, run_night
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
)

PAUSE = 0.2  # seconds between two looks for work
BUSY_PAUSE = 2.0  # seconds until another try when another run is in progress
REMEMBERED = timedelta(days=30)

_LOG = logging.getLogger("riskpanel.worker")
_UNFORESEEN = "riskpanel failed; its log has the cause"


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
        """Compute the oldest free request: ``done``, ``idle`` without any, ``busy`` when it must wait."""
        claimed = self._claim()
        if claimed is None:
            return "idle"
        request, holder = claimed
        with bound_contextvars(run_request_id=request.id):
            outcome = self._outcome(request, holder)
        with self.store.begin() as conn:
            if outcome is None:
                release_run_request(conn, request.id, holder=holder)
                return "busy"
            now = self.clock()
            save_run_outcome(conn, request.id, outcome, holder=holder, now=now)
            delete_old_run_requests(conn, before=now - REMEMBERED)
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

    def _outcome(self, request: RunRequest, holder: str) -> Outcome | None:
        """Run a request; None when another run is in progress, or the database fails, and it must wait.

        The run has a thread of its own, whose end tells of a defect without stopping the worker.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="run") as thread:
            done: Future[NightReport] = thread.submit(copy_context().run, self._run, request, holder)
            error = done.exception()
        if isinstance(error, StoreError):
            _LOG.warning("run request waits", extra={"error": error.what})
            return None
        if isinstance(error, RiskpanelError):
            return Outcome("failed", None, error.what, error.hint or None)
        if error is not None:
            _LOG.error("run request failed", exc_info=error)
            return Outcome("failed", None, _UNFORESEEN, None)
        report = done.result()
        return Outcome("succeeded" if report.complete else "partial", report.run_id, None, None)

    def _run(self, request: RunRequest, holder: str) -> NightReport:
        today = self.clock().date()
        last = request.as_of_to or latest_session(self.store, today)
        first = request.as_of_from or last

        def told(done: int, total: int) -> None:
            if self.stop.is_set():
                raise BusyError("the server stops: what is left is computed when it runs again")
            with self.store.begin() as conn:
                until = self.clock() + LIFETIME
                save_run_progress(conn, request.id, holder=holder, done=done, total=total, expires_at=until)

        return run_night(
            self.store,
            self._night(request, first, last),
            self.policy,
            today=today,
            clock=self.clock,
            progress=told,
        )

    def _night(self, request: RunRequest, first: date, last: date) -> NightRequest:
        kind = "run" if first == last else "backfill"
        if request.everybody:
            return NightRequest(kind, first, last)
        ids = (request.portfolio_id,) if request.portfolio_id else self._own_portfolios(request.user_id)
        return NightRequest(kind, first, last, ids, request.user_id)

    def _own_portfolios(self, user_id: int) -> tuple[int, ...]:
        with self.store.read() as conn:
            return tuple(record.id for record in list_portfolios(conn, user_id=user_id))
