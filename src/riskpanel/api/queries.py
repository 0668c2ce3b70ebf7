"""What a request may ask: ids that a database can hold, days as ISO 8601 writes them, parts of lists."""

import re
from datetime import date
from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from riskpanel.book.instruments import BetaMethod

MAX_LIMIT = 500
USUAL_LIMIT = 100
LARGEST_ID = 2**63 - 1
"""What a column of ids can hold."""

_LONGEST_CURSOR = 2_000
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso_day(value: object) -> object:
    # Left to itself, pydantic reads 20240101 as seconds since 1970, which is a day that nobody asked for.
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DAY.fullmatch(value)):
        return value
    raise ValueError("a date is written YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_iso_day)]
"""A date written YYYY-MM-DD and in no other way."""

PositionId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Id of a lot of one of your portfolios.")]
RunId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Id of a run.")]
ScenarioId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Id of a scenario of yours.")]
TokenId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Id of a token of yours.")]
UserId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Id of a user.")]
RunRequestId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Id of a run request of yours.")]
SymbolText = Annotated[
    str, Path(max_length=40, pattern=r"^[^\x00]*$", description="Symbol, such as AAPL or BRK-B.")
]
BenchmarkCode = Annotated[
    str,
    Path(
        max_length=40,
        pattern=r"^[^\x00]*$",  # PostgreSQL keeps no NUL in text, and would fail rather than find nothing
        description="Code of a benchmark, such as SP500.",
    ),
]


class Part(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(frozen=True)

    limit: int = Field(default=USUAL_LIMIT, ge=1, le=MAX_LIMIT, description="Most items of the page.")
    cursor: str | None = Field(
        default=None,
        max_length=_LONGEST_CURSOR,
        description="`next_cursor` of the page before, as it was answered; without it the first page.",
    )


class Span(BaseModel):
    """From one day to another."""

    model_config = ConfigDict(frozen=True)

    from_day: Day | None = Field(
        default=None,
        alias="from",
        description="First date, itself included (YYYY-MM-DD); without it from the oldest.",
    )
    to_day: Day | None = Field(
        default=None,
        alias="to",
        description="Last date, itself included (YYYY-MM-DD); without it to the newest.",
    )

    @property
    def between(self) -> tuple[date | None, date | None]:
        """Both ends."""
        return self.from_day, self.to_day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_day is not None and self.to_day is not None and self.from_day > self.to_day:
            raise ValueError("`from` is after `to`")
        return self


class DatedPart(Span, Part):
    """Which part of a list in the order of days."""


class BetaPart(DatedPart):
    """Which part of the history of betas."""

    method: BetaMethod | None = Field(
        default=None, description="Only estimates of this method; without it all, side by side."
    )


PartOf = Annotated[Part, Query()]
SpanOf = Annotated[Span, Query()]
DatedPartOf = Annotated[DatedPart, Query()]
BetaPartOf = Annotated[BetaPart, Query()]
OnDay = Annotated[
    Day | None, Query(alias="date", description="The day (YYYY-MM-DD); without it the newest stored.")
]
