"""`run` and `backfill`: from a request to saved snapshots and a report."""

import logging
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from structlog.contextvars import bound_contextvars

from riskpanel.book.findings import Failure
from riskpanel.book.holdings import Holdings
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.provenance import hash_inputs
from riskpanel.errors import InputError, RiskpanelError, StoppedError, StoreError
from riskpanel.nightly.lease import hold_lease
from riskpanel.nightly.loading import NO_PRICES_HINT, load_inputs
from riskpanel.nightly.night import Engine, LocalEngine, Night, Progress
from riskpanel.nightly.shards import Run, Saved, merged_failures
from riskpanel.sources.calendar import is_session, previous_session, sessions_between
from riskpanel.store.database import Store
from riskpanel.store.night import load_price_dates
from riskpanel.store.runs import RunEnd, RunStart, save_run_end, save_run_start
from riskpanel.version import __version__

_LOG = logging.getLogger("riskpanel.nightly")
_LOCAL = LocalEngine()


@dataclass(frozen=True, slots=True)
class NightRequest:
    """What to compute: sessions from ``first`` to ``last``, all portfolios or those of the given ids.

    ``user_id`` is who asked for it; None for the nights of all, which nobody owns.
    """

    kind: str
    first: date
    last: date
    portfolio_ids: tuple[int, ...] | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class NightReport:
    """What a run did.

    ``unpriced`` are symbols that are held or measured against and have no price at all, ``empty`` the
    portfolios that held nothing, not even cash, on any of the sessions.
    """

    run_id: int
    kind: str
    as_of_from: date
    as_of_to: date
    sessions: int
    portfolios: int
    instruments: int
    snapshots: int
    rows_written: int
    failures: tuple[Failure, ...]
    unpriced: tuple[str, ...]
    empty: tuple[str, ...]
    duration_seconds: float

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was computed."""
        return not self.failures and not self.unpriced


def latest_session(store: Store, today: date) -> date:
    """Return the newest session up to today that has a price.

    Raises
    ------
    InputError
        When there is no price at all.
    """
    with store.read() as conn:
        dates = load_price_dates(conn, until=today)
    if dates is None:
        raise InputError("no prices are stored", hint=NO_PRICES_HINT)
    return dates[1] if is_session(dates[1]) else previous_session(dates[1])


def run_night(
    store: Store,
    request: NightRequest,
    policy: RiskPolicy,
    *,
    today: date,
    clock: Callable[[], datetime],
    progress: Progress = lambda done, total: None,
    engine: Engine = _LOCAL,
) -> NightReport:
    """Compute and save the snapshots of a range of sessions.

    Parameters
    ----------
    store : Store
    request : NightRequest
    policy : RiskPolicy
    today : date
        Dates after it are refused.
    clock : callable
        Returns the time, aware.
    progress : callable
        Called with sessions done and in all.
    engine : Engine
        Where the shards are computed; the rows are the same.

    Returns
    -------
    NightReport

    Raises
    ------
    InputError
        On a future date, a date that is no session, or sessions without any price.
    StoreError
        When the database fails or another run is in progress; sessions saved before stay saved.
    """
    started = clock()
    sessions = _sessions(store, request, today)
    with hold_lease(store, clock) as lease:
        market, holdings = load_inputs(store, sessions, policy, portfolio_ids=request.portfolio_ids)
        start = RunStart(
            kind=request.kind,
            as_of_from=sessions[0],
            as_of_to=sessions[-1],
            engine=engine.name,
            version=__version__,
            policy=policy,
            inputs=hash_inputs(holdings, market),
            started_at=started,
            user_id=request.user_id,
            portfolio_ids=request.portfolio_ids,
        )
        with store.begin() as conn:
            run_id = save_run_start(conn, start)
        run = Run(store, lease, policy, run_id, clock)
        night = Night(run, market, holdings, sessions, request.user_id)
        with bound_contextvars(run_id=run_id):
            return _run_and_record(night, request, engine, progress, started)


def _run_and_record(
    night: Night,
    request: NightRequest,
    engine: Engine,
    progress: Progress,
    started: datetime,
) -> NightReport:
    """Compute all sessions, and record the end of the run whatever ends it."""
    _LOG.info("run started", extra={"first": f"{night.sessions[0]}", "last": f"{night.sessions[-1]}"})
    report: NightReport | None = None
    try:
        saved = engine.compute(night, progress)
        done = _report(night, request, saved, (night.run.clock() - started).total_seconds())
        report = done
    finally:
        _save_end(night, report, sys.exception(), started)
    for failure in done.failures:
        _LOG.warning("portfolio failed", extra={"portfolio_id": failure.portfolio_id})
    _LOG.info("run ended", extra={"snapshots": done.snapshots, "failed": len(done.failures)})
    return done


def _fault(error: BaseException | None) -> str:
    """Say what ended a run, for its record."""
    if isinstance(error, RiskpanelError):
        return error.what
    return "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"


def _sessions(store: Store, request: NightRequest, today: date) -> list[date]:
    """Check the range, and return its sessions."""
    if request.last > today:
        raise InputError(f"the as-of date is in the future: {request.last}", hint=f"today is {today} (UTC)")
    if request.first > request.last:
        raise InputError(
            f"the range is empty: {request.first} is after {request.last}", hint="give the earlier date first"
        )
    if request.first == request.last and not is_session(request.first):
        raise InputError(
            f"not a session of the exchange: {request.first} ({request.first:%A})",
            hint=f"the session before it is {previous_session(request.first)}",
        )
    sessions: list[date] = sessions_between(request.first, request.last).tolist()
    if not sessions:
        raise InputError(f"no session of the exchange from {request.first} to {request.last}")
    with store.read() as conn:
        dates = load_price_dates(conn, until=today)
    if dates is None:
        raise InputError("no prices are stored", hint=NO_PRICES_HINT)
    outside = [day for day in (sessions[0], sessions[-1]) if not dates[0] <= day <= dates[1]]
    if outside:
        raise InputError(
            f"no prices for {outside[0]}",
            hint=f"stored prices go from {dates[0]} to {dates[1]}: choose sessions in between",
        )
    return sessions


def _report(night: Night, request: NightRequest, saved: Saved, seconds: float) -> NightReport:
    panel, holdings, sessions = night.market.panel, night.holdings, night.sessions
    priced = np.logical_or.reduce(np.isfinite(panel.close), axis=0)
    needed = {panel.column(index) for index in set(holdings.market_indices)}
    needed.update(
        int(column) for column in holdings.lot_symbol[holdings.held_between(sessions[0], sessions[-1])]
    )
    return NightReport(
        run_id=night.run.run_id,
        kind=request.kind,
        as_of_from=sessions[0],
        as_of_to=sessions[-1],
        sessions=len(sessions),
        portfolios=len(night.holdings),
        instruments=_counted_instruments(night),
        snapshots=saved.snapshots,
        rows_written=saved.rows,
        failures=merged_failures(saved.failures),
        empty=_empty(holdings, saved, len(sessions)),
        unpriced=tuple(panel.symbols[column] for column in sorted(needed) if not priced[column]),
        duration_seconds=seconds,
    )


def _counted_instruments(night: Night) -> int:
    """Count the instruments of everybody; of a user's own run only those that are the user's."""
    if night.user_id is None:
        return int(night.market.tracked.sum())
    panel, holdings = night.market.panel, night.holdings
    held: list[int] = holdings.lot_symbol.tolist()
    return len({*held, *(panel.column(index) for index in set(holdings.market_indices))})


def _empty(holdings: Holdings, saved: Saved, sessions: int) -> tuple[str, ...]:
    """Name the portfolios that held nothing on any session: no snapshot, and nothing wrong with them."""
    times = Counter(saved.skipped)
    ids: list[int] = holdings.portfolio_ids.tolist()
    return tuple(name for key, name in zip(ids, holdings.names, strict=True) if times[key] == sessions)


def _save_end(
    night: Night, report: NightReport | None, error: BaseException | None, started: datetime
) -> None:
    """Record the end; a run without a report was stopped or failed, and no other error must hide its own."""
    finished = night.run.clock()
    if report is None:
        status = "abandoned" if isinstance(error, KeyboardInterrupt | StoppedError) else "failed"
    else:
        status = "succeeded" if report.complete else "partial"
    end = RunEnd(
        status=status,
        portfolios_count=len(night.holdings),
        instruments_count=_counted_instruments(night),
        snapshots_count=report.snapshots if report else None,
        failures=report.failures if report else (),
        error=None if report else _fault(error),
        finished_at=finished,
        duration_seconds=(finished - started).total_seconds(),
    )
    with nullcontext() if report else suppress(StoreError), night.run.store.begin() as conn:
        save_run_end(conn, night.run.run_id, end)
