"""What changes a portfolio or a lot, and what is answered to a change."""

from typing import Annotated, Literal

from pydantic import Field

from riskpanel.api.queries import Day
from riskpanel.api.schemas.asked import Asked, Number, Text
from riskpanel.api.schemas.model import Answer

_LEFT = "left out, it stays as it is"


class PositionInput(Asked):
    """A lot to add: the columns of a positions file."""

    symbol: Text = Field(
        description="Symbol of the instrument; BRK.B, BRK/B and brk-b are one.", examples=["AAPL"]
    )
    quantity: Number = Field(description="Units; below 0 is a short position.", examples=[120])
    position_type: Literal["LONG", "SHORT", "LC", "LP", "SC", "SP"] | None = Field(
        default=None,
        description="LONG or SHORT; by default what the sign of quantity says. Options are refused so far.",
        examples=["LONG"],
    )
    multiplier: Number | None = Field(
        default=None, description="Exposure per unit and price; by default 1.", examples=[1]
    )
    entry_price: Number | None = Field(
        default=None, description="Price per unit at the start, in currency.", examples=[171.5]
    )
    entry_date: Day | None = Field(
        default=None,
        description="First day on which it is held; without it since ever.",
        examples=["2024-01-02"],
    )
    exit_price: Number | None = Field(
        default=None, description="Price per unit at the end, in currency.", examples=[187.0]
    )
    exit_date: Day | None = Field(
        default=None, description="First day on which it is held no more.", examples=["2025-03-03"]
    )


class PositionChange(Asked):
    """What to change of a lot; what is left out stays, null removes what can be absent."""

    symbol: Text | None = Field(
        default=None, description=f"Symbol of the instrument; {_LEFT}.", examples=["AAPL"]
    )
    quantity: Number | None = Field(default=None, description=f"Units; {_LEFT}.", examples=[150])
    position_type: Literal["LONG", "SHORT", "LC", "LP", "SC", "SP"] | None = Field(
        default=None, description=f"LONG or SHORT; {_LEFT}.", examples=["SHORT"]
    )
    multiplier: Number | None = Field(
        default=None, description=f"Exposure per unit and price; {_LEFT}.", examples=[1]
    )
    entry_price: Number | None = Field(
        default=None, description=f"Price at the start; {_LEFT}.", examples=[171.5]
    )
    entry_date: Day | None = Field(
        default=None, description=f"First day held; {_LEFT}.", examples=["2024-01-02"]
    )
    exit_price: Number | None = Field(
        default=None, description=f"Price at the end; {_LEFT}.", examples=[187.0]
    )
    exit_date: Day | None = Field(
        default=None, description=f"First day not held; {_LEFT}.", examples=["2025-03-03"]
    )


class PortfolioInput(Asked):
    """A portfolio to create, with its lots where they are known already."""

    name: Text = Field(description="A name that none of your portfolios has.", examples=["Growth"])
    currency: Text | None = Field(default=None, description="USD, the only one so far.", examples=["USD"])
    market_index: Text | None = Field(
        default=None, description="Symbol that betas are measured against; by default SPY.", examples=["SPY"]
    )
    benchmark_code: Text | None = Field(
        default=None, description="Benchmark of its sectors; by default SP500.", examples=["SP500"]
    )
    cash_balance: Number | None = Field(
        default=None, description="Cash, in currency; below 0 when borrowed; by default 0.", examples=[10000]
    )
    equity_balance: Number | None = Field(
        default=None,
        description="Cash and positions together, from which cash follows at the latest closes; excludes "
        "cash_balance.",
        examples=[104250],
    )
    positions: Annotated[tuple[PositionInput, ...], Field(max_length=5_000)] = Field(
        default=(), description="Its lots.", examples=[[{"symbol": "AAPL", "quantity": 120}]]
    )


class PortfolioChange(Asked):
    """What to change of a portfolio; what is left out or null stays."""

    name: Text | None = Field(default=None, description=f"Another name; {_LEFT}.", examples=["Growth"])
    market_index: Text | None = Field(
        default=None, description=f"Symbol that betas are measured against; {_LEFT}.", examples=["SPY"]
    )
    benchmark_code: Text | None = Field(
        default=None, description=f"Benchmark of its sectors; {_LEFT}.", examples=["SP500"]
    )
    cash_balance: Number | None = Field(
        default=None, description=f"Cash, in currency; {_LEFT}.", examples=[8000]
    )
    equity_balance: Number | None = Field(
        default=None, description="Cash and positions together, from which cash follows.", examples=[104250]
    )


class EditedModel(Answer):
    """What was created, changed or removed, and the run that brings the newest snapshot up to date."""

    id: int = Field(description="Id of it.", examples=[17])
    run_request_id: int | None = Field(
        description="Id of the run request that computes what follows; null where nothing has to be.",
        examples=[5],
    )
    warnings: tuple[str, ...] = Field(
        description="What to know, such as a symbol without prices; empty when there is nothing.",
        examples=[[]],
    )
