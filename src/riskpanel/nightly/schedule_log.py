"""What a scheduler tells of its work: one event a fact, for people and for alarms."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from riskpanel.errors import RiskpanelError
from riskpanel.nightly.agenda import Agenda
from riskpanel.nightly.due import Arrival, Timetable
from riskpanel.nightly.fetch_reports import FetchReport
from riskpanel.nightly.run import NightReport

_LOG = logging.getLogger("riskpanel.schedule")
_NAMED = 5  # symbols that an event names


@dataclass(frozen=True, slots=True)
class ScheduleLog:
    """Tells events; what stays as it is, such as a session that has been given up, once."""

    _told: set[object] = field(default_factory=set[object])

    def fetched(self, report: FetchReport) -> None:
        """Tell what came from the sources."""
        failed = [one.symbol for one in report.failed]
        fields = {
            "session": f"{report.session}",
            "rows": report.written,
            "quarantined": report.quarantined,
            "failed": len(failed),
            "failed_symbols": failed[:_NAMED],
            "closed": [f"{name}: {why}" for name, why in report.closed],
        }
        _LOG.log(_level(failed or report.closed), "prices fetched", extra=fields)

    def looked(self, agenda: Agenda, timetable: Timetable) -> None:
        """Tell what is computed, what is waited for, and what is left alone."""
        due, beyond = agenda.due, agenda.missed.beyond
        if due.ready:
            fields = {"sessions": len(due.ready), "first": f"{due.ready[0]}", "last": f"{due.ready[-1]}"}
            _LOG.info("nights due", extra=fields)
        for day in due.waiting:
            fields = _arrived(day, agenda.arrivals[day]) | {"until": _moment(timetable.ends_at(day))}
            _LOG.warning("prices have not arrived", extra=fields)
        given_up = [day for day in due.given_up if not self._is_told("given up", day)]
        if given_up:
            fields = _arrived(given_up[-1], agenda.arrivals[given_up[-1]]) | {
                "sessions": len(given_up),
                "first": f"{given_up[0]}",
                "hint": "fetch or import the prices: the sessions are computed once they are there",
            }
            _LOG.error("session given up: its prices have not arrived", extra=fields)
        if beyond is not None and not self._is_told("beyond", beyond):
            fields = {"hint": f"riskpanel backfill --from {beyond[0]} --to {beyond[1]}"}
            _LOG.warning("sessions before those that are caught up were missed too", extra=fields)

    def computed(self, report: NightReport) -> None:
        """Tell what a night has saved."""
        fields = {
            "run_id": report.run_id,
            "first": f"{report.as_of_from}",
            "last": f"{report.as_of_to}",
            "sessions": report.sessions,
            "snapshots": report.snapshots,
            "rows": report.rows_written,
            "failed": len(report.failures),
            "unpriced": list(report.unpriced[:_NAMED]),
            "seconds": round(report.duration_seconds, 1),
        }
        _LOG.log(_level(not report.complete), "night computed", extra=fields)

    def failed(self, what: str, error: BaseException) -> None:
        """Tell what has failed: with the remedy where a person can mend it, else as a defect."""
        if isinstance(error, RiskpanelError):
            _LOG.error(f"{what} failed", extra={"error": error.what, "hint": error.hint})
        else:
            _LOG.error(f"{what} failed", exc_info=error)

    def night_given_up(self, sessions: Sequence[date], tries: int) -> None:
        """Tell that a night is tried no more until another session is due."""
        fields = {"first": f"{sessions[0]}", "last": f"{sessions[-1]}", "tries": tries}
        _LOG.error("night given up until the next session is due", extra=fields)

    def interrupted(self, reason: str) -> None:
        """Tell that a night has ended before its last session."""
        _LOG.warning("night interrupted", extra={"reason": reason})

    def waits_for_run(self, reason: str) -> None:
        """Tell that another run is in progress."""
        _LOG.info("waits for another run", extra={"reason": reason})

    def waits_for_database(self, error: RiskpanelError, pause: timedelta) -> None:
        """Tell that the database is away."""
        fields = {"error": error.what, "hint": error.hint, "seconds": pause.total_seconds()}
        _LOG.warning("waits for the database", extra=fields)

    def keeps_lead(self, error: RiskpanelError) -> None:
        """Tell that the lead could not be given back."""
        _LOG.warning("the lead is not given back, and runs out", extra={"error": error.what})

    def looks_again(self, agenda: Agenda, wake: datetime) -> None:
        """Tell when the next look is, and which session comes next."""
        due = agenda.due
        fields = {
            "at": _moment(wake),
            "next_session": f"{due.upcoming}",
            "next_due": _moment(due.upcoming_at),
        }
        _LOG.info("looks again", extra=fields)

    def _is_told(self, *what: object) -> bool:
        """Whether something was told before; from now on it was."""
        known = what in self._told
        self._told.add(what)
        return known


def _level(troubled: object) -> int:
    return logging.WARNING if troubled else logging.INFO


def _arrived(session: date, arrival: Arrival) -> dict[str, object]:
    return {
        "session": f"{session}",
        "priced": arrival.priced,
        "expected": arrival.expected,
        "lacking": list(arrival.lacking[:_NAMED]),
    }


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
