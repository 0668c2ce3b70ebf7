"""What a request may use: the store and the clock."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from riskpanel.api.queries import LARGEST_ID
from riskpanel.store.database import Store

Clock = Callable[[], datetime]
"""Gives the moment, aware UTC: only the command line reads a clock."""

SessionsBetween = Callable[[date, date], int]
"""Counts the exchange's sessions after the first day, up to and with the second."""


def request_store(request: Request) -> Store:
    """Return the store that the application was created with."""
    return cast("Store", request.app.state.store)


def clock_of(request: Request) -> Clock:
    """Return the clock that the application was created with."""
    return cast("Clock", request.app.state.clock)


def count_sessions_behind(request: Request, day: date) -> int:
    """Count the sessions of the exchange after a day, up to and with today in UTC."""
    between = cast("SessionsBetween", request.app.state.sessions_between)
    return between(day, clock_of(request)().date())


StoreOf = Annotated[Store, Depends(request_store)]
ClockOf = Annotated[Clock, Depends(clock_of)]
PortfolioId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Id of a portfolio of yours.")]
