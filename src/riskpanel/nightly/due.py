"""Which nights are due now, and when to look again: from the calendar, the clock and what is stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from riskpanel.sources.calendar import (
    last_complete_session,
    next_session,
    previous_session,
    previous_sessions,
    session_close,
)
from riskpanel.store.runs import FinishedNight

ENOUGH = 90  # percent of the expected symbols that are priced when a night begins
LEAST = 50  # percent that will do when the time to wait is over
_LAG = 5  # sessions that a symbol may be behind the others and is still expected
_KNOWN = 63  # sessions after which a symbol without prices is not counted among them


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a session is due, and how long it is waited for.

    A session is due ``delay`` after its close, on half days too. Its prices are looked for every ``retry``
    until ``patience`` later. Of sessions that were missed the last ``lookback`` are caught up.
    """

    delay: timedelta = timedelta(minutes=90)
    retry: timedelta = timedelta(minutes=15)
    patience: timedelta = timedelta(hours=12)
    lookback: int = 30

    def due_at(self, session: date) -> datetime:
        """Return from when on a session is computed."""
        return session_close(session) + self.delay

    def ends_at(self, session: date) -> datetime:
        """Return when a session has been waited for long enough."""
        return self.due_at(session) + self.patience


@dataclass(frozen=True, slots=True)
class Arrival:
    """How many of the symbols whose price of a session is expected have one.

    ``lacking`` are the others; ``index`` is the main market index when it is one of them.
    """

    priced: int
    expected: int
    index: str | None
    lacking: tuple[str, ...]

    def reaches(self, percent: int) -> bool:
        """Whether the main market index has a price, and so many of the symbols."""
        return self.index is None and self.priced > 0 and 100 * self.priced >= percent * self.expected


def count_arrival(session: date, last_prices: Mapping[str, date], *, main_index: str | None) -> Arrival:
    """Count what has arrived of a session, given the last day up to it that each symbol has a price of.

    A symbol is expected as long as it is at most five sessions behind the one in the middle: what does not
    trade any more is not waited for, and where a source fails for days everything stays expected. Where every
    price is old, all are.
    """
    if not last_prices:
        return Arrival(0, 0, None, ())
    oldest = previous_sessions(session, _KNOWN + 1)[0]
    known = {symbol: last for symbol, last in last_prices.items() if last >= oldest} or last_prices
    middle = sorted(known.values())[(len(known) - 1) // 2]
    since = previous_sessions(middle, _LAG + 1)[0]
    expected = {symbol: last for symbol, last in known.items() if last >= since}
    lacking = tuple(sorted(symbol for symbol, last in expected.items() if last < session))
    return Arrival(
        len(expected) - len(lacking), len(expected), main_index if main_index in lacking else None, lacking
    )


@dataclass(frozen=True, slots=True)
class Missed:
    """Sessions that are over and that no night of all has computed, up to ``newest``, the newest that is due.

    ``sessions`` are those that are caught up, oldest first; ``beyond`` are the ends of a range before them
    that is left alone.
    """

    newest: date
    sessions: tuple[date, ...]
    beyond: tuple[date, date] | None


def missed_sessions(now: datetime, timetable: Timetable, nights: Sequence[FinishedNight]) -> Missed:
    """Find the sessions that were missed since the first night; before there is one, only the newest is due.

    A night counts for a session when it began after the close: before, it saw prices of a session under way.
    """
    newest = last_complete_session(now, delay=timetable.delay)
    window = previous_sessions(newest, timetable.lookback)
    begun = min((night.first for night in nights), default=newest)
    recent = [night for night in nights if night.last >= window[0]]
    missed = tuple(day for day in window if day >= begun and not _is_finished(day, recent))
    return Missed(newest, missed, None if recent else _before(window[0], nights))


def _is_finished(session: date, nights: Sequence[FinishedNight]) -> bool:
    close = session_close(session)
    return any(night.first <= session <= night.last and night.started_at >= close for night in nights)


def _before(first: date, nights: Sequence[FinishedNight]) -> tuple[date, date] | None:
    """Return the ends of what lies between the last night and the first session that is caught up."""
    if not nights:
        return None
    begin = next_session(max(night.last for night in nights))
    return (begin, previous_session(first)) if begin < first else None


@dataclass(frozen=True, slots=True)
class Due:
    """What to do: compute ``ready``; look for the prices of ``waiting`` again at ``wake``.

    ``given_up`` are sessions whose prices have not arrived in time: computed once they are there, but not
    looked for any more. ``upcoming`` is the next session, which is due at ``upcoming_at``.
    """

    ready: tuple[date, ...]
    waiting: tuple[date, ...]
    given_up: tuple[date, ...]
    upcoming: date
    upcoming_at: datetime
    wake: datetime


def decide(
    now: datetime,
    timetable: Timetable,
    missed: Missed,
    arrivals: Mapping[date, Arrival],
    *,
    spent: Collection[date] = (),
) -> Due:
    """Decide which of the missed sessions can be computed, and when to look again if nothing else happens.

    ``arrivals`` has each missed session; ``spent`` are those that have failed too often.
    """
    ready: list[date] = []
    waiting: list[date] = []
    given_up: list[date] = []
    for day in missed.sessions:
        late = now >= timetable.ends_at(day)
        if arrivals[day].reaches(LEAST if late else ENOUGH):
            ready.append(day)
        else:
            (given_up if late else waiting).append(day)
    upcoming = next_session(missed.newest)
    upcoming_at = timetable.due_at(upcoming)
    tries = [min(now + timetable.retry, timetable.ends_at(day)) for day in waiting]
    return Due(
        ready=tuple(day for day in ready if day not in spent),
        waiting=tuple(waiting),
        given_up=tuple(given_up),
        upcoming=upcoming,
        upcoming_at=upcoming_at,
        wake=min([upcoming_at, *tries]),
    )


def spans(sessions: Sequence[date]) -> tuple[tuple[date, date], ...]:
    """Join ascending sessions that follow one another: the first and the last of each range."""
    joined: list[tuple[date, date]] = []
    for day in sessions:
        if joined and next_session(joined[-1][1]) == day:
            joined[-1] = (joined[-1][0], day)
        else:
            joined.append((day, day))
    return tuple(joined)
