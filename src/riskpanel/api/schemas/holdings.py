"""What a portfolio held on a session, symbol by symbol."""

from datetime import date

from pydantic import Field

from riskpanel.api.schemas.model import Answer, Money


class HoldingValue(Answer):
    """One symbol, its lots netted, and what it is worth."""

    symbol: str = Field(description="Symbol of the instrument.", examples=["AAPL"])
    name: str | None = Field(description="Its name; null where it is not known.", examples=["Apple Inc."])
    sector: str | None = Field(
        description="Its GICS sector; null where it is not known.", examples=["Information Technology"]
    )
    quantity: Money = Field(description="Units, signed: below 0 when short.", examples=[25.0])
    lots: int = Field(description="Lots that were active that day.", examples=[2])
    price: float | None = Field(
        description="Newest close up to the session, in currency; null where there is none.", examples=[201.5]
    )
    price_date: date | None = Field(description="Day of that close; null with it.", examples=["2025-06-30"])
    value: float | None = Field(
        description="Quantity times multiplier times price, in currency; null without a price.",
        examples=[5037.5],
    )
    weight: float | None = Field(
        description="Value over net asset value, signed decimal; null without a price.", examples=[0.0483]
    )
    share: float | None = Field(
        description="Size of the value over gross exposure, 0 to 1; null without a price.", examples=[0.0346]
    )


class HoldingBeta(Answer):
    """The instrument's beta to the portfolio's market index, in market moves per market move."""

    beta: float | None = Field(description="Slope; null without an estimate.", examples=[1.21])
    beta_std_error: float | None = Field(description="Its standard error; null with it.", examples=[0.11])
    beta_low: float | None = Field(
        description="Lower end of its 95 % interval, sampling error only; null with it.", examples=[0.99]
    )
    beta_high: float | None = Field(
        description="Upper end of its 95 % interval; null with it.", examples=[1.43]
    )
    beta_r_squared: float | None = Field(
        description="Its fit, share from 0 to 1; null with it.", examples=[0.58]
    )
    beta_observations: int | None = Field(
        description="Sessions behind it; null where nothing is stored.", examples=[90]
    )
    beta_hac_std_error: float | None = Field(
        description="Its standard error by Newey and West; null with it.", examples=[0.13]
    )
    beta_adjusted: float | None = Field(
        description="Beta with fading weights, drawn to the mean of all instruments; null without one.",
        examples=[1.16],
    )
    beta_contribution: float | None = Field(
        description="Weight times beta, which sum to market_beta_weighted; null without either.",
        examples=[0.0584],
    )
    risk_contribution: float | None = Field(
        description="Share of the portfolio's variance, signed decimal; null where it is not known.",
        examples=[0.071],
    )


class HoldingModel(HoldingBeta, HoldingValue):
    """One holding; volatilities are the instrument's own, annualised decimals (0.28 is 28 % a year)."""

    realized_volatility_21d: float | None = Field(
        description="Over 21 sessions, a year; null without enough of them.", examples=[0.241]
    )
    realized_volatility_63d: float | None = Field(
        description="Over 63 sessions, a year; null without enough of them.", examples=[0.262]
    )
    expected_volatility_21d: float | None = Field(
        description="Expected over the next 21 sessions, a year; null without a forecast.", examples=[0.25]
    )
    expected_volatility_low: float | None = Field(
        description="Lower end of its 80 % band, a year; null without a band.", examples=[0.171]
    )
    expected_volatility_high: float | None = Field(
        description="Upper end of its 80 % band, a year; null without a band.", examples=[0.372]
    )
    expected_volatility_method: str | None = Field(
        description="The model that made it; null without a forecast.", examples=["log_har_range_market"]
    )
    expected_volatility_clamped: bool | None = Field(
        description="Whether a bound changed it; null without a forecast.", examples=[False]
    )
    model_r_squared: float | None = Field(
        description="Share of its ups and downs that the model's hindcasts foresaw; null without them.",
        examples=[0.22],
    )
    volatility_trend: str | None = Field(
        description="increasing, stable or decreasing; null without enough evidence.", examples=["stable"]
    )
    volatility_percentile: float | None = Field(
        description="Rank in its own year, between 0 and 100; null without enough of it.", examples=[44.2]
    )
    reasons: dict[str, str] = Field(
        description="Why each null statistic is null, a word of the list in docs/methods.md by field.",
        examples=[{"beta": "short_history"}],
    )
