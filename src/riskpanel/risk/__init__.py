"""Pure numerics: arrays in, frozen dataclasses of arrays out.

No clock, no log, no pandas, no SQL, no settings, no network. Time runs along axis 0, NaN means missing,
returns and weights are decimals. Every function takes a (T, N) matrix or a single (T,) series.
"""

from riskpanel.risk.beta import BetaEstimates, market_beta
from riskpanel.risk.concentration import Concentration, concentration
from riskpanel.risk.evidence import Reason, absence_reasons
from riskpanel.risk.exposure import SectorWeights, WeightedBeta, sector_weights, weighted_beta
from riskpanel.risk.forecast import (
    CLOSE_ONLY,
    PORTFOLIO_CLOSE_ONLY,
    HarCoefficients,
    Method,
    VolatilityForecast,
    expected_volatility,
)
from riskpanel.risk.portfolio import PortfolioSeries, portfolio_returns, portfolio_series
from riskpanel.risk.realized import (
    HarComponents,
    Percentile,
    har_components,
    mean_square,
    realized_volatility,
    rolling_realized_volatility,
    volatility_percentile,
)
from riskpanel.risk.returns import simple_returns
from riskpanel.risk.stress import StressOutcome, stress
from riskpanel.risk.trend import Direction, Trend, volatility_trend

__all__ = [
    "CLOSE_ONLY",
    "PORTFOLIO_CLOSE_ONLY",
    "BetaEstimates",
    "Concentration",
    "Direction",
    "HarCoefficients",
    "HarComponents",
    "Method",
    "Percentile",
    "PortfolioSeries",
    "Reason",
    "SectorWeights",
    "StressOutcome",
    "Trend",
    "VolatilityForecast",
    "WeightedBeta",
    "absence_reasons",
    "concentration",
    "expected_volatility",
    "har_components",
    "market_beta",
    "mean_square",
    "portfolio_returns",
    "portfolio_series",
    "realized_volatility",
    "rolling_realized_volatility",
    "sector_weights",
    "simple_returns",
    "stress",
    "volatility_percentile",
    "volatility_trend",
    "weighted_beta",
]
