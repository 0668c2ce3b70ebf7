"""Pure numerics: arrays in, frozen dataclasses of arrays out.

No clock, no log, no pandas, no SQL, no settings, no network. Time runs along axis 0, NaN means missing,
returns and weights are decimals. Every function takes a (T, N) matrix or a single (T,) series.
"""

from riskpanel.risk.bars import Bars
from riskpanel.risk.beta import Interval, beta_interval, market_beta
from riskpanel.risk.coefficients import (
    CLOSE_ONLY,
    INSTRUMENT_MODELS,
    PORTFOLIO_CLOSE_ONLY,
    PORTFOLIO_MODELS,
    HarCoefficients,
    Method,
)
from riskpanel.risk.components import HarComponents, har_components
from riskpanel.risk.concentration import Concentration, concentration
from riskpanel.risk.contributions import RiskContributions, group_contributions, risk_contributions
from riskpanel.risk.correlation import Correlation, pairwise_correlation
from riskpanel.risk.drawdown import Drawdown, max_drawdown
from riskpanel.risk.evidence import Reason, absence_reasons
from riskpanel.risk.ewma_beta import ewma_market_beta
from riskpanel.risk.exposure import SectorWeights, WeightedBeta, sector_weights, weighted_beta
from riskpanel.risk.forecast import VolatilityForecast, expected_volatility, preferred_forecast
from riskpanel.risk.hac import market_beta_hac
from riskpanel.risk.har import MarketState
from riskpanel.risk.hindcast import HindcastFit, hindcast_r_squared
from riskpanel.risk.market_state import market_state
from riskpanel.risk.pairs import BetaEstimates
from riskpanel.risk.portfolio import PortfolioSeries, imputed_returns, portfolio_returns, portfolio_series
from riskpanel.risk.range_variance import RangeScale, parkinson_variance, range_scale, session_variance
from riskpanel.risk.ranges import (
    garman_klass_volatility,
    parkinson_volatility,
    rogers_satchell_volatility,
    yang_zhang_volatility,
)
from riskpanel.risk.realized import (
    Percentile,
    mean_square,
    realized_volatility,
    rolling_realized_volatility,
    volatility_percentile,
)
from riskpanel.risk.responses import ReplayResponses, ShockResponses, replay_responses, shock_responses
from riskpanel.risk.returns import simple_returns
from riskpanel.risk.rolling_beta import rolling_market_beta
from riskpanel.risk.scores import MeanDifference, mean_difference, qlike, realized_variance_after
from riskpanel.risk.shrinkage import ShrunkBetas, vasicek_shrinkage
from riskpanel.risk.stress import StressOutcome, scenario_pnl, stress
from riskpanel.risk.tail import TailRisk, filtered_tail_risk
from riskpanel.risk.tracking import tracking_error
from riskpanel.risk.trend import Direction, Trend, volatility_trend

__all__ = [
    "CLOSE_ONLY",
    "INSTRUMENT_MODELS",
    "PORTFOLIO_CLOSE_ONLY",
    "PORTFOLIO_MODELS",
    "Bars",
    "BetaEstimates",
    "Concentration",
    "Correlation",
    "Direction",
    "Drawdown",
    "HarCoefficients",
    "HarComponents",
    "HindcastFit",
    "Interval",
    "MarketState",
    "MeanDifference",
    "Method",
    "Percentile",
    "PortfolioSeries",
    "RangeScale",
    "Reason",
    "ReplayResponses",
    "RiskContributions",
    "SectorWeights",
    "ShockResponses",
    "ShrunkBetas",
    "StressOutcome",
    "TailRisk",
    "Trend",
    "VolatilityForecast",
    "WeightedBeta",
    "absence_reasons",
    "beta_interval",
    "concentration",
    "ewma_market_beta",
    "expected_volatility",
    "filtered_tail_risk",
    "garman_klass_volatility",
    "group_contributions",
    "har_components",
    "hindcast_r_squared",
    "imputed_returns",
    "market_beta",
    "market_beta_hac",
    "market_state",
    "max_drawdown",
    "mean_difference",
    "mean_square",
    "pairwise_correlation",
    "parkinson_variance",
    "parkinson_volatility",
    "portfolio_returns",
    "portfolio_series",
    "preferred_forecast",
    "qlike",
    "range_scale",
    "realized_variance_after",
    "realized_volatility",
    "replay_responses",
    "risk_contributions",
    "rogers_satchell_volatility",
    "rolling_market_beta",
    "rolling_realized_volatility",
    "scenario_pnl",
    "sector_weights",
    "session_variance",
    "shock_responses",
    "simple_returns",
    "stress",
    "tracking_error",
    "vasicek_shrinkage",
    "volatility_percentile",
    "volatility_trend",
    "weighted_beta",
    "yang_zhang_volatility",
]
