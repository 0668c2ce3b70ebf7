"""A line of the list of portfolios."""

from datetime import date

from pydantic import Field

from riskpanel.api.schemas.model import Answer, Money


class PortfolioSummaryModel(Answer):
    """A portfolio and the figures of its newest snapshot, all null before its first night."""

    id: int = Field(description="Id of the portfolio.", examples=[1])
    name: str = Field(description="Its name, unique among yours.", examples=["Balanced investor"])
    currency: str = Field(description="Currency of its amounts, ISO 4217.", examples=["USD"])
    snapshot_date: date | None = Field(
        description="Session of its newest snapshot; null when there is none.", examples=["2025-06-30"]
    )
    net_asset_value: Money | None = Field(
        description="Cash plus all positions, in currency; null without a snapshot.", examples=[104250.1234]
    )
    daily_return: float | None = Field(
        description="P&L of what was held since the session before, over net asset value before, decimal; "
        "null where it is not known.",
        examples=[-0.0049],
    )
    market_beta_weighted: float | None = Field(
        description="Market moves per market move; 0 is a value, null means no estimate.", examples=[0.93]
    )
    expected_volatility_21d: float | None = Field(
        description="Expected over the next 21 sessions, decimal a year; null without a forecast.",
        examples=[0.151],
    )
    market_beta_coverage: float | None = Field(
        description="Share of gross exposure that has a beta, 0 to 1; below 0.8 the beta says little of the "
        "whole; null without positions.",
        examples=[0.97],
    )
    volatility_coverage: float | None = Field(
        description="Share of gross exposure whose returns are real rather than imputed, 0 to 1; below 0.8 "
        "the volatility says little of the whole; null without a series.",
        examples=[1.0],
    )
    hhi: float | None = Field(
        description="Herfindahl index of gross shares, points up to 10,000; null without positions.",
        examples=[987.6],
    )
    findings_count: int | None = Field(
        description="How many causes the findings about the numbers have, what is no fault of the data left "
        "out; null without a snapshot.",
        examples=[1],
    )
    nav_history: tuple[Money, ...] = Field(
        description="Net asset value of the last 30 sessions up to the snapshot, in currency, oldest first.",
        examples=[[103980.5, 104762.4634, 104250.1234]],
    )
