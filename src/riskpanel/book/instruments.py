"""Numbers that belong to an instrument, computed once each whoever holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from riskpanel.book.look_through import InstrumentSectors, SectorShares, build_sector_shares, unclassified
from riskpanel.book.panel import PricePanel
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.universe import UniverseState, build_universe
from riskpanel.book.volatility import VolatilityMetrics, build_forecast, build_hindcasts, build_volatility
from riskpanel.risk import (
    BetaEstimates,
    HindcastFit,
    ewma_market_beta,
    market_beta,
    market_beta_hac,
    range_scale,
    vasicek_shrinkage,
)
from riskpanel.risk.arrays import BoolArray, FloatArray


class BetaMethod(StrEnum):
    """Names of the methods in the tables."""

    OLS_SIMPLE = "OLS_SIMPLE"
    OLS_HAC = "OLS_HAC"
    EWMA_VASICEK = "EWMA_VASICEK"


@dataclass(frozen=True, slots=True)
class InstrumentBetas:
    """Betas of N instruments against one market index by each method, (N,) each.

    ``ols`` is the raw estimate, ``hac`` the same with a standard error that allows for changing volatility,
    ``shrunk`` the exponentially weighted one, drawn towards the mean of the universe.
    """

    ols: BetaEstimates
    hac: BetaEstimates
    shrunk: BetaEstimates


@dataclass(frozen=True, slots=True)
class InstrumentMetrics:
    """Betas by market index, volatility and the fit of its hindcasts, sectors: of every column of the panel.

    ``universe`` is the state of all instruments together, which forecasts use.
    """

    betas: Mapping[str, InstrumentBetas]
    volatility: VolatilityMetrics
    hindcasts: HindcastFit
    universe: UniverseState
    sectors: SectorShares


def build_instrument_metrics(
    panel: PricePanel,
    policy: RiskPolicy,
    row: int,
    *,
    market_indices: Sequence[str],
    sectors: InstrumentSectors | None = None,
    tracked: BoolArray | None = None,
) -> InstrumentMetrics:
    """Compute every instrument's numbers at a session.

    Parameters
    ----------
    panel : PricePanel
        (T, N); rows after ``row`` are not looked at.
    policy : RiskPolicy
    row : int
        Row of the as-of session.
    market_indices : sequence of str
        Distinct symbols of the panel to measure betas against.
    sectors : InstrumentSectors, optional
        Of the panel's columns; by default all are unclassified.
    tracked : (N,) bool, optional
        Instruments to make hindcasts of; the others' are NaN. By default all.

    Returns
    -------
    InstrumentMetrics
    """
    returns = panel.returns_until(row, policy.return_sessions)
    ranges = _level_ranges(panel, policy, row, returns)
    shown = np.ones(len(panel.symbols), dtype=bool) if tracked is None else tracked
    universe = build_universe(panel, policy, row)
    recent = returns[-policy.volatility_sessions :]
    forecast = build_forecast(
        recent, policy, variances=ranges[-policy.volatility_sessions :], universe=universe[0]
    )
    return InstrumentMetrics(
        betas={index: _build_betas(returns, panel.column(index), policy) for index in market_indices},
        volatility=build_volatility(recent, policy, forecast=forecast),
        hindcasts=build_hindcasts(
            returns[-policy.hindcast_window :],
            policy,
            variances=ranges[-policy.hindcast_window :],
            universe=universe,
            forecast=forecast,
            shown=shown,
        ),
        universe=universe[0],
        sectors=build_sector_shares(
            sectors or unclassified(panel.symbols),
            panel.sessions[row].item(),
            look_through=policy.look_through,
        ),
    )


def _level_ranges(panel: PricePanel, policy: RiskPolicy, row: int, returns: FloatArray) -> FloatArray:
    """Variances of sessions at the level of squared returns; NaN where there is no range."""
    variances = panel.variances_until(row, policy.return_sessions)
    if not np.isfinite(variances).any():
        return variances
    return variances * range_scale(returns, variances, window=policy.range_window).scale


def _build_betas(returns: FloatArray, column: int, policy: RiskPolicy) -> InstrumentBetas:
    """Measure all betas against the index in a column; the index is no member of their universe."""
    market = returns[:, column]
    recent, index = returns[-policy.beta_window :], market[-policy.beta_window :]
    least = policy.beta_min_observations
    weighted = ewma_market_beta(
        returns[-policy.beta_ewma_window :],
        market[-policy.beta_ewma_window :],
        decay=policy.beta_ewma_decay,
        min_obs=policy.beta_ewma_min_observations,
    )
    return InstrumentBetas(
        ols=market_beta(recent, index, min_obs=least),
        hac=market_beta_hac(recent, index, min_obs=least),
        shrunk=_shrunk(weighted, column, policy),
    )


def _shrunk(weighted: BetaEstimates, index: int, policy: RiskPolicy) -> BetaEstimates:
    """Shrink estimates towards their own cross-section; what the method has no number for is NaN."""
    nothing = np.full_like(weighted.beta, np.nan)
    shrunk = vasicek_shrinkage(
        weighted.beta,
        weighted.std_error,
        universe=np.isfinite(weighted.beta) & (np.arange(len(nothing)) != index),
        min_universe=policy.universe_min_instruments,
        reason=weighted.reason,
    )
    return BetaEstimates(
        beta=shrunk.beta,
        alpha=nothing,
        std_error=shrunk.std_error,
        r_squared=np.where(np.isnan(shrunk.beta), np.nan, weighted.r_squared),
        p_value=nothing,
        n_obs=weighted.n_obs,
        reason=shrunk.reason,
    )
