"""The columns of a snapshot, by family; ``snapshot.py`` puts them together."""

from datetime import date
from typing import TypeAlias

from pydantic import Field

from riskpanel.api.schemas.model import Answer, Money
from riskpanel.api.schemas.parts import LargePositionModel, LookThroughModel, SectorModel

Sectors: TypeAlias = dict[str, SectorModel]


class ExposureColumns(Answer):
    """What the portfolio is worth and owes; amounts in its currency."""

    snapshot_date: date = Field(description="The session, as a date.", examples=["2025-06-30"])
    net_asset_value: Money = Field(
        description="Cash plus all positions, in currency.", examples=[104250.1234]
    )
    cash_value: Money = Field(description="Cash, in currency; below 0 when borrowed.", examples=[10000.0])
    long_value: Money = Field(description="Value of long positions, in currency.", examples=[120000.5])
    short_value: Money = Field(
        description="Value of short positions, in currency, 0 or less.", examples=[-25750.3766]
    )
    gross_exposure: Money = Field(
        description="Long value plus the size of short value, in currency.", examples=[145750.8766]
    )
    net_exposure: Money = Field(
        description="Long plus short value, in currency, signed.", examples=[94250.1234]
    )
    positions_count: int = Field(description="Symbols held, lots netted.", examples=[12])
    price_coverage: float | None = Field(
        description="Share of gross exposure with a close of that session, 0 to 1; null without positions.",
        examples=[1.0],
    )
    daily_pnl: Money | None = Field(
        description="P&L of what was held since the session before, in currency; null where it is not known.",
        examples=[-512.34],
    )
    daily_return: float | None = Field(
        description="The same over net asset value before, decimal (0.01 is 1 %); null with daily_pnl.",
        examples=[-0.0049],
    )
    leverage: float | None = Field(
        description="Gross exposure in multiples of net asset value; null in snapshots older than it.",
        examples=[1.398],
    )


class BetaColumns(Answer):
    """Against the market index; betas in market moves per market move, coverages as shares from 0 to 1."""

    market_index: str | None = Field(
        description="Symbol of the index; null in snapshots older than betas.", examples=["SPY"]
    )
    market_beta_weighted: float | None = Field(
        description="Sum of weights times betas; 0 is a value, null means no estimate.", examples=[0.93]
    )
    market_beta_coverage: float | None = Field(
        description="Share of gross exposure that has a beta, 0 to 1; null without positions.", examples=[1.0]
    )
    market_beta_r_squared: float | None = Field(
        description="Mean fit of the positions' betas, share from 0 to 1; null without market_beta_weighted.",
        examples=[0.38],
    )
    market_beta_observations: int | None = Field(
        description="Sessions behind the least observed beta; null in snapshots older than betas.",
        examples=[90],
    )
    market_beta_direct: float | None = Field(
        description="Slope of the portfolio's own series; null without enough of it.", examples=[0.91]
    )
    market_beta_direct_std_error: float | None = Field(
        description="Standard error of that slope, same unit; null with it.", examples=[0.06]
    )
    market_beta_direct_r_squared: float | None = Field(
        description="Fit of that slope, share from 0 to 1; null with it.", examples=[0.71]
    )
    market_beta_direct_p_value: float | None = Field(
        description="Probability of such a slope were the true one 0; null with it.", examples=[1.2e-24]
    )
    market_beta_direct_observations: int | None = Field(
        description="Sessions behind that slope; null in snapshots older than betas.", examples=[90]
    )
    market_beta_direct_hac_std_error: float | None = Field(
        description="Its standard error by Newey and West, same unit; null with the slope.", examples=[0.07]
    )
    market_beta_direct_coverage: float | None = Field(
        description="Mean share of gross exposure with a real return, 0 to 1; null with the slope.",
        examples=[1.0],
    )
    market_beta_adjusted: float | None = Field(
        description="Sum of weights times betas drawn to the mean of all instruments; null without them.",
        examples=[0.97],
    )
    market_beta_adjusted_coverage: float | None = Field(
        description="Share of gross exposure that has one, 0 to 1; null without positions.", examples=[1.0]
    )


class StructureColumns(Answer):
    """Sectors and concentration; shares as decimals."""

    sector_exposure: Sectors | None = Field(
        description="Each GICS sector, Unclassified and Cash, against the benchmark; "
        "null in snapshots older than sectors.",
        examples=[
            {
                "Energy": {
                    "portfolio": 0.31,
                    "benchmark": 0.27,
                    "diff": 0.04,
                    "long": 0.36,
                    "short": -0.05,
                    "gross": 0.41,
                    "risk_contribution": 0.42,
                }
            }
        ],
    )
    sector_coverage: float | None = Field(
        description="Share of gross exposure with a known sector, 0 to 1; null without positions.",
        examples=[1.0],
    )
    sector_look_through: tuple[LookThroughModel, ...] | None = Field(
        description="Funds that count by the sectors of what they hold, largest first; "
        "null in snapshots older than it.",
        examples=[
            [
                {
                    "symbol": "SPY",
                    "asof_date": "2025-06-02",
                    "share": 0.4,
                    "coverage": 0.999,
                    "sectors": {"Information Technology": 0.35, "Financials": 0.13},
                }
            ]
        ],
    )
    sector_benchmark_code: str | None = Field(
        description="Code of the benchmark; null in snapshots older than sectors.", examples=["SP500"]
    )
    sector_benchmark_date: date | None = Field(
        description="Date of the benchmark's weights; null without weights.", examples=["2025-06-30"]
    )
    sector_benchmark_source: str | None = Field(
        description="Where the weights are from; null without weights.", examples=["packaged"]
    )
    hhi: float | None = Field(
        description="Herfindahl index of shares of gross, points up to 10,000; null without positions.",
        examples=[987.6],
    )
    effective_num_positions: float | None = Field(
        description="10,000 / hhi, in positions; null without positions.", examples=[10.1]
    )
    top_3_concentration: float | None = Field(
        description="Share of gross exposure in the 3 largest, 0 to 1; null without positions.",
        examples=[0.41],
    )
    top_10_concentration: float | None = Field(
        description="Share of gross exposure in the 10 largest, 0 to 1; null without positions.",
        examples=[0.93],
    )
    top_3_positions: tuple[LargePositionModel, ...] | None = Field(
        description="The 3 largest, largest first; null in snapshots older than concentration.",
        examples=[[{"symbol": "AAPL", "share": 0.18, "weight": 0.17}]],
    )
    top_10_positions: tuple[LargePositionModel, ...] | None = Field(
        description="The 10 largest, largest first; null in snapshots older than concentration.",
        examples=[[{"symbol": "AAPL", "share": 0.18, "weight": 0.17}]],
    )
    concentration_coverage: float | None = Field(
        description="Share of gross exposure with a close of that session, 0 to 1; null without positions.",
        examples=[1.0],
    )


class VolatilityColumns(Answer):
    """Of the portfolio as it is held now; annualised decimals (0.28 is 28 % a year)."""

    realized_volatility_21d: float | None = Field(
        description="Over 21 sessions, a year; null without enough of them.", examples=[0.142]
    )
    realized_volatility_63d: float | None = Field(
        description="Over 63 sessions, a year; null without enough of them.", examples=[0.163]
    )
    vol_daily: float | None = Field(
        description="Size of the last session's move, a year; null without one.", examples=[0.11]
    )
    vol_weekly: float | None = Field(
        description="Size of the last 5 sessions' moves, a year; null without enough.", examples=[0.13]
    )
    vol_monthly: float | None = Field(
        description="Size of the last 21 sessions' moves, a year; null without enough.", examples=[0.14]
    )
    expected_volatility_21d: float | None = Field(
        description="Expected over the next 21 sessions, a year; null without a forecast.", examples=[0.151]
    )
    expected_volatility_low: float | None = Field(
        description="Lower end of its 80 % band, a year; null without a band.", examples=[0.105]
    )
    expected_volatility_high: float | None = Field(
        description="Upper end of its 80 % band, a year; null without a band.", examples=[0.221]
    )
    expected_variance: float | None = Field(
        description="Variance of the forecast, a year, decimal squared; null without a forecast.",
        examples=[0.0228],
    )
    expected_volatility_method: str | None = Field(
        description="The model that made it; null without a forecast.", examples=["log_har_close_market"]
    )
    expected_volatility_clamped: bool | None = Field(
        description="Whether a bound changed it; null without a forecast.", examples=[False]
    )
    volatility_trend: str | None = Field(
        description="increasing, stable or decreasing; null without enough evidence.", examples=["stable"]
    )
    volatility_trend_strength: float | None = Field(
        description="Confidence in the trend, 0 to 1; null without one.", examples=[0.35]
    )
    volatility_percentile: float | None = Field(
        description="Rank in the portfolio's own year, between 0 and 100; null without enough of it.",
        examples=[37.5],
    )
    volatility_observations: int | None = Field(
        description="Returns in the last 252 sessions; null in snapshots older than volatility.",
        examples=[252],
    )
    volatility_coverage: float | None = Field(
        description="Share of its series that is real data, 0 to 1; null without one.",
        examples=[1.0],
    )
