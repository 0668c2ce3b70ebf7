"""What a snapshot measures against a market index, for the portfolios that share one."""

from dataclasses import dataclass

import numpy as np

from riskpanel.book.coverage import least_coverage, lost_to_imputation, mean_coverage
from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.book.snapshots import IndexedBlock, Market
from riskpanel.book.structure import SeriesOrigin, build_structure
from riskpanel.book.universe import UniverseState
from riskpanel.book.valuation import Valuation
from riskpanel.book.volatility import VolatilityMetrics, build_forecast, build_volatility
from riskpanel.risk import (
    PORTFOLIO_MODELS,
    BetaEstimates,
    PortfolioSeries,
    WeightedBeta,
    market_beta,
    market_beta_hac,
    portfolio_series,
    weighted_beta,
)
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray
from riskpanel.risk.blocks import in_blocks
from riskpanel.risk.matrices import SparseRows

N_SECTORS = len(GICS_SECTORS) + 1  # the last is for the unclassified


@dataclass(frozen=True, slots=True)
class BookSession:
    """Everything that the blocks of a session share.

    ``row`` of the panel; ``largest`` (P, 10) columns of each portfolio's largest positions, -1 for none.
    """

    valuation: Valuation
    market: Market
    instruments: InstrumentMetrics
    policy: RiskPolicy
    row: int
    largest: IntArray


def build_block(session: BookSession, rows: IntArray, index: str) -> IndexedBlock:
    """Measure the portfolios in ``rows`` (B,) against their market index."""
    policy, market = session.policy, session.market
    betas = session.instruments.betas[index]
    returns = market.panel.returns_until(session.row, policy.return_sessions)
    weights = session.valuation.weights.select(rows)
    origin = SeriesOrigin(returns, returns[:, market.panel.column(index)], betas.ols.beta, weights)
    series = portfolio_series(
        returns,
        weights,
        market=origin.market,
        beta=betas.ols.beta,
        min_coverage=policy.series_min_coverage,
    )
    universe = session.instruments.universe

    own = in_blocks(lambda part: _measure(series.part(part), origin.market, policy, universe), len(rows))
    return IndexedBlock(
        rows=rows,
        index=index,
        weighted=_weighted(weights, betas.ols),
        adjusted=_weighted(weights, betas.shrunk),
        direct=own.direct,
        direct_hac=own.direct_hac,
        direct_coverage=own.direct_coverage,
        volatility=own.volatility,
        volatility_coverage=own.volatility_coverage,
        structure=build_structure(
            series,
            origin,
            policy,
            sectors=session.instruments.sectors.shares,
            n_sectors=N_SECTORS,
            largest=session.largest[rows],
        ),
        series_imputed=own.series_imputed,
        counted=np.isfinite(series.returns[:, -252:]),
    )


def _weighted(weights: SparseRows, betas: BetaEstimates) -> WeightedBeta:
    return weighted_beta(weights, betas.beta, r_squared=betas.r_squared, n_obs=betas.n_obs)


@dataclass(frozen=True, slots=True)
class _SeriesMetrics:
    """What is measured of each series by itself; the fields are those of :class:`IndexedBlock`."""

    direct: BetaEstimates
    direct_hac: BetaEstimates
    direct_coverage: FloatArray
    volatility: VolatilityMetrics
    volatility_coverage: FloatArray
    series_imputed: BoolArray


def _measure(
    series: PortfolioSeries, market: FloatArray, policy: RiskPolicy, universe: UniverseState
) -> _SeriesMetrics:
    """Measure a block of series (B, T) against the market (T,)."""
    window, least = policy.beta_window, policy.beta_min_observations
    returns = np.ascontiguousarray(series.returns.T)
    paired = returns[-window:], market[-window:]
    recent = returns[-policy.volatility_sessions :]
    forecast = build_forecast(recent, policy, models=PORTFOLIO_MODELS, universe=universe)
    return _SeriesMetrics(
        direct=market_beta(*paired, min_obs=least),
        direct_hac=market_beta_hac(*paired, min_obs=least),
        direct_coverage=mean_coverage(series, window),
        volatility=build_volatility(recent, policy, forecast=forecast),
        volatility_coverage=least_coverage(series),
        series_imputed=lost_to_imputation(series, policy),
    )
