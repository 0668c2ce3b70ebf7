"""What the database says of the nights that are due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from riskpanel.nightly.due import (
    Arrival,
    Due,
    Missed,
    Timetable,
    count_arrival,
    decide,
    missed_sessions,
)
from riskpanel.store.database import Store
from riskpanel.store.price_history import load_last_prices, load_main_index, load_wanted_symbols
from riskpanel.store.rows import Connection
from riskpanel.store.runs import load_finished_nights


@dataclass(frozen=True, slots=True)
class Agenda:
    """The missed sessions, what has arrived of each, and what follows.

    Where nothing is ``held`` on any of them, none is missed: there is no price to wait for.
    """

    missed: Missed
    arrivals: Mapping[date, Arrival]
    due: Due
    held: bool = True

    @property
    def left(self) -> tuple[date, ...]:
        """What is still to be done: all that is missed but earlier sessions that have been given up."""
        kept = {self.missed.newest, *self.due.ready, *self.due.waiting}
        return tuple(day for day in self.missed.sessions if day in kept)


def load_agenda(store: Store, timetable: Timetable, now: datetime, *, spent: Collection[date] = ()) -> Agenda:
    """Read what is missed and what has arrived, at one moment of the database; ``spent`` as of ``decide``."""
    with store.read() as conn:
        missed = missed_sessions(now, timetable, load_finished_nights(conn))
        held = not missed.sessions or _is_held(conn, missed.sessions)
        missed = missed if held else replace(missed, sessions=())
        main_index = load_main_index(conn)
        arrivals = {
            day: count_arrival(day, load_last_prices(conn, on_day=day), main_index=main_index)
            for day in missed.sessions
        }
    due = decide(now, timetable, missed, arrivals, spent=spent)
    if not held:  # somebody may import positions at any time
        due = replace(due, wake=min(due.wake, now + timetable.retry))
    return Agenda(missed, arrivals, due, held)


def _is_held(conn: Connection, sessions: Sequence[date]) -> bool:
    return any(load_wanted_symbols(conn, on_day=day) for day in reversed(sessions))
