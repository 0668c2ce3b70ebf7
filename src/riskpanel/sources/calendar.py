"""The sessions of the New York Stock Exchange (XNYS) as plain dates."""

import warnings
from datetime import date
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


@cache
def _sessions() -> Sessions:
    with warnings.catch_warnings():
        # exchange_calendars 4.13 meets a deprecation of pandas 3.1 in its own code; nothing here can mend it.
        warnings.filterwarnings("ignore", message=".*DatetimeTZDtype is deprecated")
        calendar = exchange_calendars.get_calendar("XNYS", start=str(FIRST_DAY), end=str(LAST_DAY))
    sessions = np.asarray(calendar.sessions, dtype="datetime64[D]")
    sessions.flags.writeable = False  # every caller holds a view of this one array
    return sessions


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
