"""The complete page of one portfolio."""

from typing import Annotated

from fastapi import APIRouter, Query

from riskpanel.api.access import UserOf
from riskpanel.api.context import PortfolioId, StoreOf
from riskpanel.api.queries import Day
from riskpanel.api.schemas.complete import CompleteModel
from riskpanel.store.complete import load_complete

router = APIRouter(prefix="/data", tags=["data"])

_Session = Annotated[
    Day | None, Query(description="Session to show, as YYYY-MM-DD; by default the newest stored.")
]
_Holdings = Annotated[bool, Query(description="Whether to answer what was held.")]
_Timeseries = Annotated[bool, Query(description="Whether to answer the year up to the session.")]
_Attribution = Annotated[bool, Query(description="Whether to answer what each stress scenario would do.")]


@router.get("/portfolio/{portfolio_id}/complete")
def complete(
    portfolio_id: PortfolioId,
    store: StoreOf,
    user: UserOf,
    *,
    as_of_date: _Session = None,
    include_holdings: _Holdings = True,
    include_timeseries: _Timeseries = True,
    include_attribution: _Attribution = True,
) -> CompleteModel:
    """Everything stored about one portfolio on one session, as `riskpanel report --json` prints it."""
    with store.read() as conn:
        found = load_complete(conn, portfolio_id, user_id=user, as_of=as_of_date)
    # Holdings are read in any case: whether they changed since is part of data_quality.
    return CompleteModel.model_validate(
        {
            "meta": found.meta,
            "portfolio": found.portfolio,
            "snapshot": found.snapshot,
            "holdings": found.holdings if include_holdings else None,
            "stress": found.stress if include_attribution else None,
            "timeseries": found.timeseries if include_timeseries else None,
            "data_quality": found.data_quality,
        }
    )
