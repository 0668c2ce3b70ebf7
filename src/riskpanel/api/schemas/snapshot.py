"""Every stored number of one portfolio on one session; docs/methods.md has the formula of each."""

from typing import TypeAlias

from pydantic import Field

from riskpanel.api.schemas.columns import BetaColumns, ExposureColumns, StructureColumns, VolatilityColumns
from riskpanel.api.schemas.model import Answer, Money
from riskpanel.api.schemas.parts import CorrelationModel

Shares: TypeAlias = dict[str, float | None]


class TailColumns(Answer):
    """Losses, and how risk is spread; of the portfolio as it is held now."""

    value_at_risk_95: float | None = Field(
        description="Loss that 5 % of sessions exceed, share of net asset value, a loss is positive; "
        "null without enough evidence.",
        examples=[0.0151],
    )
    value_at_risk_95_amount: Money | None = Field(
        description="The same in currency; null with it.", examples=[1574.18]
    )
    expected_shortfall_95: float | None = Field(
        description="Mean loss of those 5 %, share of net asset value, a loss is positive; null with it.",
        examples=[0.0214],
    )
    expected_shortfall_95_amount: Money | None = Field(
        description="The same in currency; null with it.", examples=[2230.95]
    )
    tail_observations: int | None = Field(
        description="Standardised returns behind both, up to 483; null in snapshots older than them.",
        examples=[483],
    )
    tail_coverage: float | None = Field(
        description="Mean share of gross exposure with a real return, 0 to 1; null with value_at_risk_95.",
        examples=[1.0],
    )
    max_drawdown: float | None = Field(
        description="Largest loss from a high in a year, decimal, 0 or less; null without enough of it.",
        examples=[-0.183],
    )
    max_drawdown_observations: int | None = Field(
        description="Sessions behind it; null in snapshots older than it.", examples=[252]
    )
    tracking_error: float | None = Field(
        description="Volatility of the difference to the market index, a year, decimal; null without enough.",
        examples=[0.061],
    )
    diversification_ratio: float | None = Field(
        description="Mean volatility of positions over that of the portfolio, 1 or more; null without it.",
        examples=[1.63],
    )
    risk_contributions: Shares | None = Field(
        description="Share of variance of each symbol, signed decimals that sum to 1; null where not known.",
        examples=[{"AAPL": 0.31, "MSFT": 0.42, "XOM": 0.27}],
    )
    correlation: CorrelationModel | None = Field(
        description="Among the largest positions; null with fewer than two of enough history.",
        examples=[
            {
                "symbols": ["AAPL", "MSFT", "XOM"],
                "coefficients": [0.61, 0.12, None],
                "observations": [252, 252, 31],
            }
        ],
    )
    average_correlation: float | None = Field(
        description="Their mean, -1 to 1; null with correlation.", examples=[0.37]
    )
    structure_observations: int | None = Field(
        description="Sessions behind risk_contributions, up to 252; null in snapshots older than them.",
        examples=[252],
    )
    structure_coverage: float | None = Field(
        description="Share of their series that is real data, 0 to 1; null without one.", examples=[1.0]
    )


class SnapshotModel(TailColumns, VolatilityColumns, StructureColumns, BetaColumns, ExposureColumns):
    """One snapshot. What is null has its reason in the ``data_quality.missing`` that comes with it."""

    market_beta_direct_low: float | None = Field(
        description="Lower end of its 95 % interval, sampling error only; null without it.",
        examples=[0.79],
    )
    market_beta_direct_high: float | None = Field(
        description="Upper end of its 95 % interval; null without it.", examples=[1.03]
    )
