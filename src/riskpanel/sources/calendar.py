"""The sessions of the New York Stock Exchange (XNYS) as plain dates."""

import warnings
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal, cast

import exchange_calendars
import numpy as np
import numpy.typing as npt

from riskpanel.errors import InputError

Sessions = npt.NDArray[np.datetime64]

# Explicit bounds: the library's own move with the clock, so that an answer would depend on the day of asking.
FIRST_DAY = date(1950, 1, 1)
LAST_DAY = date(2049, 12, 31)


def sessions_between(first: date, last: date) -> Sessions:
    """Return the sessions from ``first`` to ``last``, both included, as ``datetime64[D]``."""
    start, stop = _position(first, "left"), _position(last, "right")
    return _sessions()[start:stop]


def is_session(day: date) -> bool:
    """Tell whether the exchange trades on that day."""
    return sessions_between(day, day).size == 1


def previous_session(day: date) -> date:
    """Return the last session before that day."""
    position = _position(day, "left") - 1
    return _session_at(position, day)


def next_session(day: date) -> date:
    """Return the first session after that day."""
    return _session_at(_position(day, "right"), day)


def previous_sessions(day: date, count: int) -> tuple[date, ...]:
    """Return the last ``count`` sessions up to and with that day, the oldest first."""
    end = _position(day, "right")
    return tuple(_sessions()[max(end - count, 0) : end].tolist())


def session_close(day: date) -> datetime:
    """Return when a session closes, in UTC: at 16:00 in New York, on half days at 13:00.

    Raises
    ------
    InputError
        When that day is no session.
    """
    if not is_session(day):
        raise InputError(f"not a session of the New York Stock Exchange: {day}")
    return _calendar().session_close(str(day)).to_pydatetime()


def last_complete_session(now: datetime, *, delay: timedelta = timedelta(0)) -> date:
    """Return the newest session whose close was at least ``delay`` ago."""
    day = now.astimezone(UTC).date()
    while not (is_session(day) and session_close(day) + delay <= now):
        day = previous_session(day)
    return day


@cache
def _sessions() -> Sessions:
    sessions = np.asarray(_calendar().sessions, dtype="datetime64[D]")
    sessions.flags.writeable = False  # every caller holds a view of this one array
    return sessions


@cache
def _calendar() -> exchange_calendars.ExchangeCalendar:
    with warnings.catch_warnings():
        # exchange_calendars 4.13 meets a deprecation of pandas 3.1 in its own code; nothing here can mend it.
        warnings.filterwarnings("ignore", message=".*DatetimeTZDtype is deprecated")
        return exchange_calendars.get_calendar("XNYS", start=str(FIRST_DAY), end=str(LAST_DAY))


def _position(day: date, side: Literal["left", "right"]) -> int:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _out_of_bounds(day)
    return int(np.searchsorted(_sessions(), np.datetime64(day, "D"), side))


def _session_at(position: int, day: date) -> date:
    sessions = _sessions()
    if not 0 <= position < sessions.size:
        raise _out_of_bounds(day)
    return cast(date, sessions[position].item())


def _out_of_bounds(day: date) -> InputError:
    return InputError(
        f"outside the exchange calendar: {day}", hint=f"use a date from {FIRST_DAY} to {LAST_DAY}"
    )
