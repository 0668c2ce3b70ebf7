"""Lots, and what is stored of their instruments while they are held."""

from datetime import date

from pydantic import Field

from riskpanel.api.schemas.model import Answer, Money


class PositionModel(Answer):
    """One lot of a portfolio, as it was imported; lots of a symbol are netted in snapshots, not here."""

    id: int = Field(description="Id of the lot.", examples=[7])
    portfolio_id: int = Field(description="Id of the portfolio that holds it.", examples=[1])
    symbol: str = Field(description="Symbol of the instrument.", examples=["AAPL"])
    position_type: str = Field(description="LONG or SHORT.", examples=["LONG"])
    quantity: Money = Field(description="Units, above 0 for both types.", examples=[25.0])
    multiplier: Money = Field(description="Units of value per unit of quantity, above 0.", examples=[1.0])
    entry_price: Money | None = Field(
        description="Price paid or received per unit, in currency; null where none was given.",
        examples=[129.04],
    )
    entry_date: date | None = Field(
        description="First day on which it is held; null where it has always been.", examples=["2024-01-02"]
    )
    exit_price: Money | None = Field(
        description="Price per unit at the end, in currency; null where none was given.", examples=[187.0]
    )
    exit_date: date | None = Field(
        description="First day on which it is held no more; null while it is open.", examples=["2025-03-03"]
    )


class BetaModel(Answer):
    """One estimate of an instrument's market beta; the same for all lots of the instrument."""

    calc_date: date = Field(description="Last session of the window.", examples=["2025-06-30"])
    method: str = Field(
        description="OLS_SIMPLE; OLS_HAC: that slope, Newey-West errors; EWMA_VASICEK: drawn to the mean.",
        examples=["OLS_SIMPLE"],
    )
    window_days: int = Field(description="Window in sessions.", examples=[90])
    market_index: str = Field(description="Symbol that it is measured against.", examples=["SPY"])
    beta: float | None = Field(
        description="Market moves per market move; 0 is a value, null means no estimate: see reason.",
        examples=[1.21],
    )
    alpha: float | None = Field(
        description="Return a session where the market's is 0, decimal; null where it is not estimated.",
        examples=[0.0004],
    )
    r_squared: float | None = Field(
        description="Share of variance that the market explains, 0 to 1; null where it is not estimated.",
        examples=[0.52],
    )
    std_error: float | None = Field(
        description="Standard error of beta by its method, same unit; null without beta.", examples=[0.11]
    )
    p_value: float | None = Field(
        description="Probability of such a beta were the true one 0; null where it is not estimated.",
        examples=[3.1e-12],
    )
    observations: int = Field(description="Sessions with a return of both, within the window.", examples=[90])
    reason: str | None = Field(
        description="Why beta is null, a word of the list in docs/methods.md; null when it is not.",
        examples=["short_history", None],
    )


class VolatilityModel(Answer):
    """Volatility of an instrument on a session, as annualised decimals; the same for all its lots."""

    calculation_date: date = Field(description="The session.", examples=["2025-06-30"])
    realized_vol_21d: float | None = Field(
        description="Over 21 sessions, a year; null without enough of them.", examples=[0.242]
    )
    realized_vol_63d: float | None = Field(
        description="Over 63 sessions, a year; null without enough of them.", examples=[0.263]
    )
    vol_daily: float | None = Field(
        description="Size of the last session's move, a year; null without one.", examples=[0.21]
    )
    vol_weekly: float | None = Field(
        description="Size of the last 5 sessions' moves, a year; null without enough.", examples=[0.23]
    )
    vol_monthly: float | None = Field(
        description="Size of the last 21 sessions' moves, a year; null without enough.", examples=[0.24]
    )
    expected_vol_21d: float | None = Field(
        description="Expected over the next 21 sessions, a year; null without a forecast.", examples=[0.251]
    )
    expected_vol_low: float | None = Field(
        description="Lower end of its 80 % band, a year; null without a band.", examples=[0.175]
    )
    expected_vol_high: float | None = Field(
        description="Upper end of its 80 % band, a year; null without a band.", examples=[0.361]
    )
    expected_variance: float | None = Field(
        description="Variance of the forecast, a year, decimal squared; null without a forecast.",
        examples=[0.063],
    )
    expected_vol_method: str | None = Field(
        description="The model that made it; null without a forecast.", examples=["log_har_close_market"]
    )
    expected_vol_clamped: bool | None = Field(
        description="Whether a bound changed it; null without a forecast.", examples=[False]
    )
    vol_trend: str | None = Field(
        description="increasing, stable or decreasing; null without enough evidence.", examples=["stable"]
    )
    vol_trend_strength: float | None = Field(
        description="Confidence in the trend, 0 to 1; null without one.", examples=[0.35]
    )
    vol_percentile: float | None = Field(
        description="Rank in the instrument's own year, between 0 and 100; null without enough of it.",
        examples=[37.5],
    )
    observations: int = Field(description="Returns in the last 252 sessions.", examples=[252])
    model_r_squared: float | None = Field(
        description="Fit of forecasts made as of past sessions to what followed, share; below 0 is worse "
        "than the mean; null without enough of them.",
        examples=[0.31],
    )
    reasons: dict[str, str] = Field(
        description="Why a field is null, by its name, in words of the list in docs/methods.md; what comes "
        "with a forecast or a trend is null for the reason that this is.",
        examples=[{"vol_percentile": "short_history"}],
    )
