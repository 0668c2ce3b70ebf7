"""Runs that users ask for."""

from datetime import date
from typing import Literal

from pydantic import Field

from riskpanel.api.queries import LARGEST_ID, Day
from riskpanel.api.schemas.asked import Asked
from riskpanel.api.schemas.model import Answer, Moment


class RunInput(Asked):
    """A run to ask for."""

    portfolio_id: int | None = Field(
        default=None,
        ge=1,
        le=LARGEST_ID,
        description="One of your portfolios; without it all of yours.",
        examples=[1],
    )
    everybody: bool = Field(
        default=False, description="All portfolios of all users; of administrators only.", examples=[False]
    )
    from_day: Day | None = Field(
        default=None,
        alias="from",
        description="First date to compute; without both dates the newest session with prices.",
        examples=["2025-06-02"],
    )
    to_day: Day | None = Field(
        default=None,
        alias="to",
        description="Last date to compute, itself included.",
        examples=["2025-06-30"],
    )


class RunRequestModel(Answer):
    """A run that you asked for, or that a change of yours needs."""

    id: int = Field(description="Id of the request.", examples=[5])
    portfolio_id: int | None = Field(
        description="The portfolio that it is for; null for all of yours, or everybody's.", examples=[1]
    )
    everybody: bool = Field(description="Whether it is for all portfolios of all users.", examples=[False])
    as_of_from: date | None = Field(
        description="First date asked for; null for the newest session with prices.", examples=[None]
    )
    as_of_to: date | None = Field(
        description="Last date asked for; null for the newest session with prices.", examples=[None]
    )
    status: Literal["queued", "running", "succeeded", "partial", "failed"] = Field(
        description="queued; running; succeeded; partial: not all could be computed, see its run; "
        "failed: see error.",
        examples=["running"],
    )
    sessions_done: int = Field(description="Sessions computed so far.", examples=[12])
    sessions_total: int | None = Field(description="Sessions to compute; null until it runs.", examples=[21])
    run_id: int | None = Field(
        description="Id of its run, for /runs; null until it ends, and where it failed.", examples=[12]
    )
    error: str | None = Field(description="What went wrong; null unless it failed.", examples=[None])
    hint: str | None = Field(
        description="What to do about it; null where nothing is known to help.", examples=[None]
    )
    requested_at: Moment = Field(
        description="When it was asked for, UTC.", examples=["2025-06-30T21:00:00+00:00"]
    )
    finished_at: Moment | None = Field(
        description="When it ended, UTC; null until then.", examples=["2025-06-30T21:00:02+00:00"]
    )
