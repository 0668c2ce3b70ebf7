"""What a request may use: the store, the clock, and on whose behalf it reads."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from riskpanel.store.database import Store
from riskpanel.store.portfolios import load_local_user

Clock = Callable[[], datetime]
"""Gives the moment, aware UTC: only the command line reads a clock."""

SessionsBetween = Callable[[date, date], int]
"""Counts the exchange's sessions after the first day, up to and with the second."""

_LARGEST_ID = 2**63 - 1  # of the column


def request_store(request: Request) -> Store:
    """Return the store that the application was created with."""
    return cast("Store", request.app.state.store)


def request_user(store: Annotated[Store, Depends(request_store)]) -> int:
    """Return the id of the user on whose behalf the request reads: the local one, until accounts exist."""
    with store.read() as conn:
        return load_local_user(conn)


def count_sessions_behind(request: Request, day: date) -> int:
    """Count the sessions of the exchange after a day, up to and with today in UTC."""
    clock, between = (
        cast("Clock", request.app.state.clock),
        cast("SessionsBetween", request.app.state.sessions_between),
    )
    return between(day, clock().date())


StoreOf = Annotated[Store, Depends(request_store)]
UserOf = Annotated[int, Depends(request_user)]
PortfolioId = Annotated[int, Path(ge=1, le=_LARGEST_ID, description="Id of a portfolio of yours.")]
