"""Stress scenarios of a user, and stress on demand."""

from datetime import date
from typing import Annotated

from pydantic import Field

from riskpanel.api.queries import Day
from riskpanel.api.schemas.asked import Asked, Text
from riskpanel.api.schemas.model import Answer, Money

Move = Annotated[float, Field(ge=-1, le=1)]
Sectors = Annotated[dict[Text, Move], Field(max_length=11)]


class ScenarioInput(Asked):
    """A scenario: moves of the market and of sectors, or a window of the past; as in a scenario file."""

    name: Text = Field(description="1 to 60 characters without %.", examples=["Rates up"])
    description: Text | None = Field(
        default=None, description="What it is about.", examples=["2 points in a month"]
    )
    market: Move | None = Field(default=None, description="Move of the market, decimal.", examples=[-0.07])
    sectors: Sectors | None = Field(
        default=None,
        description="Moves of GICS sectors in place of beta times the market, decimals.",
        examples=[{"Financials": 0.03}],
    )
    from_day: Day | None = Field(
        default=None, alias="from", description="First day of a window of the past.", examples=["2020-02-19"]
    )
    to_day: Day | None = Field(
        default=None, alias="to", description="Last day of a window of the past.", examples=["2020-03-23"]
    )

    def as_table(self) -> dict[str, object]:
        """Return what a scenario file would hold of it."""
        return self.model_dump(by_alias=True, exclude={"name"}, exclude_none=True)


class ScenarioModel(Answer):
    """A scenario of yours."""

    id: int = Field(description="Id of the scenario.", examples=[4])
    name: str = Field(description="Its name, one of a kind among yours.", examples=["Rates up"])
    description: str | None = Field(
        description="What it is about; null where nothing was said.", examples=[None]
    )
    kind: str = Field(description="user: moves; replay: a window of the past.", examples=["user"])
    market: float | None = Field(description="Move of the market, decimal; null for none.", examples=[-0.07])
    sectors: dict[str, float] = Field(
        description="Moves of GICS sectors, decimals.", examples=[{"Financials": 0.03}]
    )
    window_from: date | None = Field(description="First day of a replay; null for moves.", examples=[None])
    window_to: date | None = Field(description="Last day of a replay; null for moves.", examples=[None])


class StressInput(Asked):
    """Moves to try on a portfolio."""

    market: Move | None = Field(
        default=None, description="Move of the market, decimal; without it none.", examples=[-0.15]
    )
    sectors: Sectors | None = Field(
        default=None,
        description="Moves of GICS sectors in place of beta times the market, decimals.",
        examples=[{"Energy": 0.1}],
    )
    as_of_date: Day | None = Field(
        default=None, description="Session; by default the newest stored.", examples=["2025-06-30"]
    )


class StressedPositionModel(Answer):
    """What one symbol would gain or lose."""

    symbol: str = Field(description="Symbol of the instrument.", examples=["AAPL"])
    sector: str | None = Field(
        description="Its GICS sector; null counts as Unclassified.", examples=["Energy"]
    )
    exposure: float | None = Field(
        description="Signed value, in currency; null without a price.", examples=[21000.5]
    )
    beta: float | None = Field(
        description="Its market beta by OLS; null without an estimate.", examples=[1.21]
    )
    move: float | None = Field(
        description="How it would move, decimal; null where that is not known.", examples=[-0.18]
    )
    coverage: float = Field(
        description="Share of it that the move speaks of, 0 to 1; less than 1 for a fund known in part.",
        examples=[1.0],
    )
    pnl: float | None = Field(
        description="What it would gain or lose, in currency; null where that is not known.",
        examples=[-3811.6],
    )


class StressOnDemandModel(Answer):
    """What the moves would do to what was held on a session; computed now, from stored numbers."""

    portfolio_id: int = Field(description="Id of the portfolio.", examples=[1])
    snapshot_date: date = Field(description="The session, as a date.", examples=["2025-06-30"])
    pnl: Money | None = Field(
        description="P&L in currency; null where something is held and nothing of it is covered.",
        examples=[-14541.8],
    )
    pnl_pct: float | None = Field(
        description="P&L over net asset value, decimal; null with pnl.", examples=[-0.139]
    )
    coverage: float = Field(
        description="Share of gross exposure that the P&L covers, 0 to 1.", examples=[1.0]
    )
    positions: tuple[StressedPositionModel, ...] = Field(
        description="Each symbol, the largest loss first; what is not covered stands last.", examples=[[]]
    )
    changed_since: bool = Field(
        description="Whether lots or prices have changed since the snapshot: a run is due.", examples=[False]
    )
