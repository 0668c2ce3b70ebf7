"""``riskpanel schedule``: every night after its session's close, and those that were missed."""

import logging
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date, timedelta
from threading import Event
from typing import Annotated

import typer
from rich.markup import escape

from riskpanel.cli.agenda import agenda_document, print_agenda
from riskpanel.cli.edge import JsonFlag, notes, now, print_json, read_settings, reports_errors, stdout, today
from riskpanel.cli.fetch import fetch_and_describe, first_day
from riskpanel.cli.nights import print_problems, print_report
from riskpanel.cli.sources import opened_sources
from riskpanel.cli.timer import Timer
from riskpanel.errors import InputError
from riskpanel.nightly.agenda import Agenda, load_agenda
from riskpanel.nightly.due import Timetable
from riskpanel.nightly.fetch import Progress
from riskpanel.nightly.fetch_plan import FetchRequest
from riskpanel.nightly.fetch_reports import FetchReport
from riskpanel.nightly.holders import describe_holder
from riskpanel.nightly.leadership import BEAT, Leadership, load_leader
from riskpanel.nightly.run import NightReport
from riskpanel.nightly.schedule import Fetch, Scheduler
from riskpanel.settings import Settings
from riskpanel.sources.retrying import TURN
from riskpanel.store.database import Store, open_store

_UNFINISHED = 1
_LOCK_TIMEOUT = 15.0  # seconds that a beat waits for a night that is writing
_ENDING = (signal.SIGTERM, signal.SIGINT)
_DEFECT_PAUSE = timedelta(minutes=5)

_LOG = logging.getLogger("riskpanel.schedule")


@reports_errors
def schedule(
    delay: Annotated[
        int,
        typer.Option(metavar="MINUTES", min=0, max=10_080, help="When a session is due, after its close."),
    ] = 90,
    retry: Annotated[
        int, typer.Option(metavar="MINUTES", min=1, max=1_440, help="Time between two tries.")
    ] = 15,
    patience: Annotated[
        int,
        typer.Option(metavar="HOURS", min=0, max=168, help="How long prices are looked for."),
    ] = 12,
    lookback: Annotated[
        int,
        typer.Option(metavar="SESSIONS", min=1, max=2_520, help="How many missed nights are caught up."),
    ] = 30,
    fetch: Annotated[
        bool, typer.Option("--fetch/--no-fetch", help="Fetch prices first, as `riskpanel fetch` does.")
    ] = True,
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due now, and end: for cron, systemd and Kubernetes.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is due now and next, and change nothing.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Fetch and compute each night after its session's close, and catch up those that were missed.

    Runs until Ctrl-C; of several on one database one leads, and the others stand by.

    With --once, exit code 0: all that is due is done, or another one leads and does it; 1: prices have not
    arrived, or portfolios failed; 3: the database failed.
    """
    _require_one(once=once, dry_run=dry_run, as_json=as_json)
    timetable = Timetable(
        timedelta(minutes=delay), timedelta(minutes=retry), timedelta(hours=patience), lookback
    )
    settings = read_settings(least=None if once or dry_run else "info")
    with open_store(settings.database_url, lock_timeout=_LOCK_TIMEOUT) as store:
        if dry_run:
            store.require_current_schema()
            agenda = load_agenda(store, timetable, now())
            _show(store, agenda, timetable, fetches=fetch and bool(agenda.left), as_json=as_json)
            return
        stop = Event()
        source = _source(store, settings, stop) if fetch else None
        for one in _ENDING:
            signal.signal(one, signal.default_int_handler)
        if once:
            _do_once(store, settings, timetable, source, stop, as_json=as_json)
        else:
            lead = Leadership(store, now)
            scheduler = Scheduler(store, settings.policy, now, timetable, lead, source, stop=stop)
            _run_until_stopped(scheduler)


def _require_one(*, once: bool, dry_run: bool, as_json: bool) -> None:
    if once and dry_run:
        raise InputError("--once does what is due, --dry-run does nothing", hint="leave one of them out")
    if as_json and not (once or dry_run):
        raise InputError(
            "--json goes with --once or --dry-run", hint="the log is JSON with RISKPANEL_LOG_FORMAT=json"
        )


def _source(store: Store, settings: Settings, stop: Event) -> Fetch:
    """Return what fetches until ``stop`` is set, after a look whether the sources can be opened."""
    with opened_sources(settings, today=today()):
        pass

    def fetched(session: date, progress: Progress) -> FetchReport:
        request = FetchRequest((), first_day())
        report, _ = fetch_and_describe(
            store, settings, request, session=session, facts=True, begin=lambda text: progress, stop=stop
        )
        return report

    return fetched


class _Hours:
    """The hours of a scheduler: it beats all the time, and looks when it begins to lead and when it said."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.timer = Timer(("look", "beat"), self._begin_again)

    def look(self) -> None:
        again = self._scheduler.look()
        if again is not None:
            self.timer.at(again, self.look, name="look")

    def beat(self) -> None:
        if self._scheduler.lead.beat():
            self.timer.at(now(), self.look, name="look")

    def _begin_again(self, name: str, error: BaseException) -> None:
        _tell_defect(name, error)
        if name == "look":
            self.timer.at(now() + _DEFECT_PAUSE, self.look, name="look")


def _run_until_stopped(scheduler: Scheduler) -> None:
    hours = _Hours(scheduler)
    with hours.timer:
        try:
            hours.timer.every(BEAT, hours.beat, name="beat")
            _say(f"scheduling nights of {scheduler.store.url_for_people}; stop with Ctrl-C")
            while not hours.timer.over.wait(TURN):
                pass
            raise RuntimeError("the timer has ended: no night would be computed any more")
        except KeyboardInterrupt:
            for one in _ENDING:
                signal.signal(one, signal.SIG_DFL)  # who cannot wait asks twice
            _say("stopping: the session in hand is finished first")
            scheduler.end()
            _say("stopped")


def _do_once(
    store: Store,
    settings: Settings,
    timetable: Timetable,
    source: Fetch | None,
    stop: Event,
    *,
    as_json: bool,
) -> None:
    store.require_current_schema()
    reports: list[NightReport] = []
    lead = Leadership(store, now)
    scheduler = Scheduler(store, settings.policy, now, timetable, lead, source, reports.append, stop)
    lead.take()
    leads = lead.leads
    if leads:
        _work_once(scheduler)
    else:
        _tell_leader(store)
    agenda = load_agenda(store, timetable, now())
    _show(store, agenda, timetable, reports, as_json=as_json)
    for report in reports:
        print_problems(report)
    if leads and (agenda.left or not all(report.complete for report in reports)):
        raise typer.Exit(_UNFINISHED)


def _tell_leader(store: Store) -> None:
    leader = load_leader(store)
    named = f" ({describe_holder(leader.holder)})" if leader else ""
    notes().print(
        f"[bold yellow]warning:[/] another scheduler leads{escape(named)}: nothing was done", soft_wrap=True
    )


def _work_once(scheduler: Scheduler) -> None:
    """Do what is due; an interruption ends it with the session in hand."""

    def beat() -> None:
        scheduler.lead.beat()

    with Timer(("beat",), _tell_defect) as timer, ExitStack() as ends:
        ends.callback(scheduler.end)
        timer.every(BEAT, beat, name="beat")
        thread = ends.enter_context(ThreadPoolExecutor(1, thread_name_prefix="look"))
        try:
            done = thread.submit(scheduler.do_what_is_due)
            while not wait((done,), TURN).done:
                pass
            done.result()
        except KeyboardInterrupt:
            scheduler.stop.set()
            raise


def _show(
    store: Store,
    agenda: Agenda,
    timetable: Timetable,
    reports: Sequence[NightReport] = (),
    *,
    fetches: bool = False,
    as_json: bool,
) -> None:
    leader = load_leader(store)
    if as_json:
        nights = [asdict(report) | {"complete": report.complete} for report in reports]
        document = agenda_document(agenda, timetable, leader, now())
        print_json({"nights": nights, "fetches_first": fetches} | document)
        return
    for report in reports:
        print_report(report)
    if fetches:
        stdout().print(f"prices up to {agenda.missed.newest} are fetched first", soft_wrap=True)
    print_agenda(agenda, timetable, leader, now())


def _say(text: str) -> None:
    notes().print(text, soft_wrap=True, markup=False)


def _tell_defect(name: str, error: BaseException) -> None:
    _LOG.error(f"{name} failed, and begins again", exc_info=error)
