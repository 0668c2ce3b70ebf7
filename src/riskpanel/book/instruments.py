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
from riskpanel.risk.blocks import in_blocks


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
    level = _range_level(panel, policy, row, returns)
    shown = np.ones(len(panel.symbols), dtype=bool) if tracked is None else tracked
    universe = build_universe(panel, policy, row)
    columns = {index: panel.column(index) for index in market_indices}
    markets = {index: returns[:, column] for index, column in columns.items()}

    def measure(part: slice) -> _Measured:
        variances = panel.variances_until(row, policy.return_sessions)[:, part] * level[part]
        return _measure(
            returns[:, part],
            policy,
            variances=variances,
            markets=markets,
            universe=universe,
            shown=shown[part],
        )

    measured = in_blocks(measure, len(panel.symbols))
    return InstrumentMetrics(
        betas={
            index: InstrumentBetas(betas.ols, betas.hac, _shrunk(betas.weighted, columns[index], policy))
            for index, betas in measured.betas.items()
        },
        volatility=measured.volatility,
        hindcasts=measured.hindcasts,
        universe=universe[0],
        sectors=build_sector_shares(
            sectors or unclassified(panel.symbols),
            panel.sessions[row].item(),
            look_through=policy.look_through,
        ),
    )


@dataclass(frozen=True, slots=True)
class _OwnBetas:
    """Betas by each method, (N,) each; ``weighted`` is the one that forgets, before it is shrunk."""

    ols: BetaEstimates
    hac: BetaEstimates
    weighted: BetaEstimates


@dataclass(frozen=True, slots=True)
class _Measured:
    """What does not depend on the other instruments of a block, (N,) each."""

    betas: Mapping[str, _OwnBetas]
    volatility: VolatilityMetrics
    hindcasts: HindcastFit


def _measure(
    returns: FloatArray,
    policy: RiskPolicy,
    *,
    variances: FloatArray,
    markets: Mapping[str, FloatArray],
    universe: Mapping[int, UniverseState],
    shown: BoolArray,
) -> _Measured:
    """Measure a block of instruments (T, N), given variances at the level of squared returns."""
    recent = returns[-policy.volatility_sessions :]
    forecast = build_forecast(
        recent, policy, variances=variances[-policy.volatility_sessions :], universe=universe[0]
    )
    return _Measured(
        betas={index: _own_betas(returns, market, policy) for index, market in markets.items()},
        volatility=build_volatility(recent, policy, forecast=forecast),
        hindcasts=build_hindcasts(
            returns[-policy.hindcast_window :],
            policy,
            variances=variances[-policy.hindcast_window :],
            universe=universe,
            forecast=forecast,
            shown=shown,
        ),
    )


def _range_level(panel: PricePanel, policy: RiskPolicy, row: int, returns: FloatArray) -> FloatArray:
    """Factor of each instrument from variances of sessions to the level of squared returns: (N,)."""
    variances = panel.variances_until(row, policy.return_sessions)
    if not np.isfinite(variances).any():
        return np.ones(returns.shape[1:], dtype=np.float64)
    return range_scale(returns, variances, window=policy.range_window).scale


def _own_betas(returns: FloatArray, market: FloatArray, policy: RiskPolicy) -> _OwnBetas:
    """Measure all betas against an index, before anything is shrunk."""
    recent, index = returns[-policy.beta_window :], market[-policy.beta_window :]
    least = policy.beta_min_observations
    return _OwnBetas(
        ols=market_beta(recent, index, min_obs=least),
        hac=market_beta_hac(recent, index, min_obs=least),
        weighted=ewma_market_beta(
            returns[-policy.beta_ewma_window :],
            market[-policy.beta_ewma_window :],
            decay=policy.beta_ewma_decay,
            min_obs=policy.beta_ewma_min_observations,
        ),
    )


def _shrunk(weighted: BetaEstimates, index: int, policy: RiskPolicy) -> BetaEstimates:
    """Shrink estimates towards their own cross-section, of which the index, in a column, is no member.

    What the method has no number for is NaN.
    """
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
