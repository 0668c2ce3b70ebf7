"""What a scheduler would do now and next: as a table, and as JSON."""

from datetime import date, datetime

from rich.markup import escape
from rich.table import Table

from riskpanel.cli.edge import notes, stdout
from riskpanel.nightly.agenda import Agenda
from riskpanel.nightly.due import Timetable
from riskpanel.nightly.holders import describe_holder, may_live
from riskpanel.store.runs import Lock

_NAMED = 5


def agenda_document(
    agenda: Agenda, timetable: Timetable, leader: Lock | None, now: datetime
) -> dict[str, object]:
    """Return an agenda as a JSON document."""
    due, beyond = agenda.due, agenda.missed.beyond
    return {
        "leader": _leader(leader, now),
        "newest_due": agenda.missed.newest,
        "sessions": [
            {
                "session": day,
                "due_at": timetable.due_at(day),
                "waited_for_until": timetable.ends_at(day),
                "state": _state(agenda, day),
                "priced": agenda.arrivals[day].priced,
                "expected": agenda.arrivals[day].expected,
                "lacking": agenda.arrivals[day].lacking,
            }
            for day in agenda.missed.sessions
        ],
        "missed_before": None if beyond is None else {"first": beyond[0], "last": beyond[1]},
        "next_look_at": now if due.ready else due.wake,
        "next_session": due.upcoming,
        "next_session_due_at": due.upcoming_at,
    }


def print_agenda(agenda: Agenda, timetable: Timetable, leader: Lock | None, now: datetime) -> None:
    """Print what is due as a table, and what comes next, on stdout; warnings on stderr."""
    console, due = stdout(), agenda.due
    if not agenda.held:
        console.print("nothing is held yet: no night is due", soft_wrap=True)
        notes().print("[bold cyan]hint:[/] riskpanel import positions FILE --portfolio NAME", soft_wrap=True)
    elif agenda.missed.sessions:
        console.print(_table(agenda, timetable))
    else:
        console.print(f"nothing is due: the night of {agenda.missed.newest} is done", soft_wrap=True)
    if due.waiting:
        console.print(f"next look for prices: {_moment(due.wake)}", soft_wrap=True)
    console.print(f"next session: {due.upcoming}, due {_moment(due.upcoming_at)}", soft_wrap=True)
    name = _leader(leader, now)
    console.print(f"leader: {escape(name)}" if name else "leader: nobody", soft_wrap=True)
    if agenda.missed.beyond is not None:
        first, last = agenda.missed.beyond
        notes().print(
            f"[bold yellow]warning:[/] nights from {first} to {last} were missed and are not caught up\n"
            f"[bold cyan]hint:[/] riskpanel backfill --from {first} --to {last}",
            soft_wrap=True,
        )


def _table(agenda: Agenda, timetable: Timetable) -> Table:
    table = Table("session", "due", "prices", "what")
    for day in agenda.missed.sessions:
        arrival = agenda.arrivals[day]
        table.add_row(
            f"{day}",
            _moment(timetable.due_at(day)),
            f"{arrival.priced:,} of {arrival.expected:,}",
            escape(_told(agenda, day, timetable)),
        )
    return table


def _told(agenda: Agenda, day: date, timetable: Timetable) -> str:
    state = _state(agenda, day)
    if state == "ready":
        return "to be computed"
    arrival = agenda.arrivals[day]
    lacking = arrival.lacking
    more = f" and {len(lacking) - _NAMED:,} more" if len(lacking) > _NAMED else ""
    named = f"; without a price: {', '.join(lacking[:_NAMED])}{more}" if lacking else ""
    if not arrival.expected:
        named = "; nothing that is held has any price"
    if state == "waiting":
        return f"waits for prices until {_moment(timetable.ends_at(day))}{named}"
    return f"given up until its prices come{named}"


def _state(agenda: Agenda, day: date) -> str:
    if day in agenda.due.ready:
        return "ready"
    return "waiting" if day in agenda.due.waiting else "given up"


def _leader(lock: Lock | None, now: datetime) -> str | None:
    """Name who leads; one that is dead, or whose time is over, does not."""
    if lock is None or not may_live(lock.holder, lock.expires_at, now):
        return None
    return describe_holder(lock.holder)


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
