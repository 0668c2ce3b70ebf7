"""The scheduler: what is due is fetched and computed, and what fails is tried again."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Event
from threading import Lock as Mutex
from typing import TypeVar

from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import BusyError, StoppedError, StoreError
from riskpanel.nightly.agenda import Agenda, load_agenda
from riskpanel.nightly.due import Timetable, spans
from riskpanel.nightly.fetch import Progress
from riskpanel.nightly.fetch_reports import FetchReport
from riskpanel.nightly.leadership import Leadership
from riskpanel.nightly.run import NightReport, NightRequest, run_night
from riskpanel.nightly.schedule_log import ScheduleLog
from riskpanel.sources.calendar import last_complete_session, sessions_between
from riskpanel.store.database import Store

TRIES = 3  # of a night that fails, until another session is due
_BUSY_PAUSE = 1.0  # seconds between two looks while another run is in progress
_AWAY = timedelta(seconds=5)  # first pause while the database is away, twice as long each time
_LONGEST_AWAY = timedelta(minutes=5)

T = TypeVar("T")
Fetch = Callable[[date, Progress], FetchReport]
"""Fetches the prices up to and with a session; calls its second argument with symbols done and in all."""


@dataclass(slots=True)
class _Memory:
    """What a scheduler knows of its own tries; a restart may forget it."""

    newest: date | None = None
    failures: Counter[date] = field(default_factory=Counter[date])
    away: timedelta = _AWAY

    def turn_to(self, newest: date) -> None:
        """Begin anew with what has failed when another session is due."""
        if newest != self.newest:
            self.newest = newest
            self.failures.clear()

    def spent(self) -> frozenset[date]:
        """Return the sessions that have failed too often."""
        return frozenset(day for day, times in self.failures.items() if times >= TRIES)


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Computes the nights of all portfolios as they become due, as long as it leads.

    ``fetch`` is None where prices come by other ways. ``computed`` is told of each night. When ``stop`` is
    set, a night ends with the session that it is at. Something else must keep the ``lead`` by its beats.
    """

    store: Store
    policy: RiskPolicy
    clock: Callable[[], datetime]
    timetable: Timetable
    lead: Leadership
    fetch: Fetch | None = None
    computed: Callable[[NightReport], None] = lambda report: None
    stop: Event = field(default_factory=Event)
    _memory: _Memory = field(default_factory=_Memory)
    _log: ScheduleLog = field(default_factory=ScheduleLog)
    _turn: Mutex = field(default_factory=Mutex)

    def look(self) -> datetime | None:
        """Do what is due; return when to look again, or None when that is up to whoever leads then."""
        with self._turn:
            if self._must_end():
                return None
            try:
                again = self.do_what_is_due()
            except BusyError as error:
                self._log.interrupted(error.what)
                return None
            except StoreError as error:
                pause = self._memory.away
                self._memory.away = min(2 * pause, _LONGEST_AWAY)
                self._log.waits_for_database(error, pause)
                return self.clock() + pause
            self._memory.away = _AWAY
            return again

    def end(self) -> None:
        """Stop: wait for the session in hand, and give the lead back; with the database away it runs out."""
        self.stop.set()
        with self._turn:
            try:
                self.lead.give_back()
            except StoreError as error:
                self._log.keeps_lead(error)

    def do_what_is_due(self) -> datetime:
        """Fetch and compute what is due, and return when to look again.

        Raises
        ------
        BusyError
            When it was stopped, or another scheduler has taken the lead.
        StoreError
            When the database is away, or of another schema.
        """
        self.store.require_current_schema()
        agenda = self._agenda()
        newest = agenda.missed.newest
        if self.fetch is not None and (newest in agenda.missed.sessions or agenda.due.waiting):
            self._fetch(self.fetch, newest)
            agenda = self._agenda()
        self._log.looked(agenda, self.timetable)
        self._compute(agenda)
        agenda = self._agenda()
        if agenda.missed.newest != newest:
            return self.clock()  # a session has become due meanwhile
        wake = agenda.due.wake
        if agenda.due.ready:
            wake = min(wake, self.clock() + self.timetable.retry)
        self._log.looks_again(agenda, wake)
        return wake

    def _must_end(self) -> bool:
        return self.stop.is_set() or not self.lead.leads

    def _interrupt(self, done: int, total: int) -> None:
        """End what is going on between two sessions or symbols, where it must not go on."""
        if done == total:
            return
        if self.stop.is_set():
            raise StoppedError("the scheduler stops: what is left is computed when it runs again")
        if not self.lead.leads:
            raise StoppedError("this scheduler leads no more: what is left is computed by the one that does")

    def _agenda(self) -> Agenda:
        now = self.clock()
        self._memory.turn_to(last_complete_session(now, delay=self.timetable.delay))
        return load_agenda(self.store, self.timetable, now, spent=self._memory.spent())

    def _fetch(self, fetch: Fetch, session: date) -> None:
        report = self._attempt("fetch", lambda: fetch(session, self._interrupt))
        if report is not None:
            self._log.fetched(report)

    def _compute(self, agenda: Agenda) -> None:
        """Compute what is ready, each range in one run; while another run is in progress, wait for it.

        A range that has failed is tried again session by session, so that one does not keep the others back.
        """
        tried: set[date] = set()
        waits = False
        while ranges := spans([day for day in agenda.due.ready if day not in tried]):
            sessions: list[date] = sessions_between(*ranges[0]).tolist()
            if any(self._memory.failures[day] for day in sessions):
                sessions = sessions[:1]
            try:
                self._compute_range(sessions)
                tried.update(sessions)
            except BusyError as error:
                if not self._must_end():
                    self._wait_for_run(error, told=waits)
                    waits = True
                if self._must_end():
                    raise
            agenda = self._agenda()

    def _wait_for_run(self, error: BusyError, *, told: bool) -> None:
        if not told:
            self._log.waits_for_run(error.what)
        self.stop.wait(_BUSY_PAUSE)

    def _compute_range(self, sessions: list[date]) -> None:
        kind = "run" if len(sessions) == 1 else "backfill"
        request = NightRequest(kind, sessions[0], sessions[-1])
        report = self._attempt("night", lambda: self._run(request))
        if report is not None:
            self._log.computed(report)
            self.computed(report)
            return
        self._memory.failures.update(sessions)
        if self._memory.spent().issuperset(sessions):
            self._log.night_given_up(sessions, TRIES)

    def _run(self, request: NightRequest) -> NightReport:
        return run_night(
            self.store,
            request,
            self.policy,
            today=self.clock().date(),
            clock=self.clock,
            progress=self._interrupt,
        )

    def _attempt(self, what: str, call: Callable[[], T]) -> T | None:
        """Do something in a thread of its own, whose end tells of a defect; return None when it failed.

        A database that is away or busy is the caller's to wait for.
        """
        with ThreadPoolExecutor(1, thread_name_prefix=what) as thread:
            done = thread.submit(copy_context().run, call)
            error = done.exception()
        if isinstance(error, StoreError):
            raise error
        if error is not None:
            self._log.failed(what, error)
            return None
        return done.result()
