"""What the database says of the nights that are due."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
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
from riskpanel.store.price_history import load_last_prices, load_main_index
from riskpanel.store.runs import load_finished_nights


@dataclass(frozen=True, slots=True)
class Agenda:
    """The missed sessions, what has arrived of each, and what follows."""

    missed: Missed
    arrivals: Mapping[date, Arrival]
    due: Due

    @property
    def left(self) -> tuple[date, ...]:
        """What is still to be done: all that is missed but earlier sessions that have been given up."""
        kept = {self.missed.newest, *self.due.ready, *self.due.waiting}
        return tuple(day for day in self.missed.sessions if day in kept)


def load_agenda(store: Store, timetable: Timetable, now: datetime, *, spent: Collection[date] = ()) -> Agenda:
    """Read what is missed and what has arrived, at one moment of the database; ``spent`` as of ``decide``."""
    with store.read() as conn:
        missed = missed_sessions(now, timetable, load_finished_nights(conn))
        main_index = load_main_index(conn)
        arrivals = {
            day: count_arrival(day, load_last_prices(conn, on_day=day), main_index=main_index)
            for day in missed.sessions
        }
    return Agenda(missed, arrivals, decide(now, timetable, missed, arrivals, spent=spent))
