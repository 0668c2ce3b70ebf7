"""Tail risk of portfolios, and how their risk is made up: contributions, diversification, correlation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.book.coverage import mean_coverage
from riskpanel.book.policy import RiskPolicy
from riskpanel.risk import (
    Drawdown,
    PortfolioSeries,
    Reason,
    RiskContributions,
    TailRisk,
    absence_reasons,
    filtered_tail_risk,
    group_contributions,
    imputed_returns,
    max_drawdown,
    risk_contributions,
    tracking_error,
)
from riskpanel.risk.arrays import CodeArray, FloatArray, IntArray
from riskpanel.risk.blocks import in_blocks
from riskpanel.risk.correlation import set_correlation
from riskpanel.risk.matrices import SparseRows

TAIL_LEVEL = 0.95
LARGEST = 10  # positions whose correlations are kept


@dataclass(frozen=True, slots=True)
class LargestCorrelation:
    """Correlation of each portfolio's largest positions.

    ``columns`` (P, 10) of the panel, -1 for none; ``matrix`` (P, 10, 10) and ``n_obs`` likewise; ``mean``
    (P,) of the coefficients off the diagonal.
    """

    columns: IntArray
    matrix: FloatArray
    n_obs: IntArray
    mean: FloatArray


@dataclass(frozen=True, slots=True)
class StructureMetrics:
    """Tail and structure of P portfolios; (P,) each unless said.

    ``sector_contributions`` (P, S) sum the positions' by sector; ``reasons`` has codes of nulls by column of
    the snapshot.
    """

    tail: TailRisk
    tail_coverage: FloatArray
    drawdown: Drawdown
    tracking_error: FloatArray
    contributions: RiskContributions
    sector_contributions: FloatArray
    correlation: LargestCorrelation
    coverage: FloatArray
    reasons: Mapping[str, CodeArray]


@dataclass(frozen=True, slots=True)
class SeriesOrigin:
    """What series are made of: ``returns`` (T, N), ``market`` (T,), ``beta`` (N,), ``weights`` (P, N)."""

    returns: FloatArray
    market: FloatArray
    beta: FloatArray
    weights: SparseRows


def build_structure(
    series: PortfolioSeries,
    origin: SeriesOrigin,
    policy: RiskPolicy,
    *,
    sectors: ArrayLike,
    n_sectors: int,
    largest: IntArray,
) -> StructureMetrics:
    """Measure tail risk, drawdown, contributions and correlation of portfolios.

    Parameters
    ----------
    series : PortfolioSeries
        (P, T) constant-mix returns up to and including the as-of session.
    origin : SeriesOrigin
        What they are made of, of the same T sessions.
    policy : RiskPolicy
    sectors : (N,) int, or (N, S)
        Sector of each instrument, 0 to ``n_sectors`` - 1, or its shares by sector.
    n_sectors : int
    largest : (P, 10) int
        Columns of the largest positions of each portfolio, -1 for none.

    Returns
    -------
    StructureMetrics
    """
    window, least = policy.structure_window, policy.structure_min_observations
    recent = series.returns[:, -window:]
    market = origin.market[-window:]
    losses = in_blocks(lambda part: _losses(series.part(part), market, policy), len(recent))
    contributions = risk_contributions(
        imputed_returns(origin.returns[-window:], market=market, beta=origin.beta),
        origin.weights,
        series=recent,
        min_obs=least,
        annualization=policy.annualization,
    )
    correlation = _correlate(origin.returns[-window:], largest, least)
    return StructureMetrics(
        tail=losses.tail,
        tail_coverage=losses.tail_coverage,
        drawdown=losses.drawdown,
        tracking_error=losses.tracking_error,
        contributions=contributions,
        sector_contributions=group_contributions(contributions, sectors, n_groups=n_sectors),
        correlation=correlation,
        coverage=losses.coverage,
        reasons={
            "value_at_risk_95": losses.tail.reason,
            "max_drawdown": losses.drawdown.reason,
            "tracking_error": losses.tracking_reason,
            "diversification_ratio": contributions.reason,
            "average_correlation": _correlation_reasons(correlation, least),
        },
    )


@dataclass(frozen=True, slots=True)
class _Losses:
    """What is measured of each series by itself, with coverage and reasons."""

    tail: TailRisk
    tail_coverage: FloatArray
    drawdown: Drawdown
    tracking_error: FloatArray
    tracking_reason: CodeArray
    coverage: FloatArray


def _losses(series: PortfolioSeries, market: FloatArray, policy: RiskPolicy) -> _Losses:
    """Measure a block of series (B, T) against the market of the last sessions."""
    window, least = len(market), policy.structure_min_observations
    returns = np.ascontiguousarray(series.returns.T)
    recent = returns[-policy.structure_window :]
    tracking = tracking_error(recent, market, min_obs=least, annualization=policy.annualization)
    paired = np.where(np.isfinite(market)[:, None], recent, np.nan)
    return _Losses(
        tail=filtered_tail_risk(
            returns[-policy.tail_window :],
            level=TAIL_LEVEL,
            decay=policy.tail_decay,
            min_obs=policy.tail_min_observations,
        ),
        tail_coverage=mean_coverage(series, policy.tail_window),
        drawdown=max_drawdown(recent, min_obs=least),
        tracking_error=tracking,
        tracking_reason=absence_reasons(paired, np.isnan(tracking), window=window, min_obs=least),
        coverage=mean_coverage(series, policy.structure_window),
    )


def _correlate(returns: FloatArray, largest: IntArray, least: int) -> LargestCorrelation:
    found = set_correlation(returns, largest, min_obs=least)
    return LargestCorrelation(largest, found.matrix, found.n_obs, found.mean)


def _correlation_reasons(correlation: LargestCorrelation, least: int) -> CodeArray:
    """Say why there is no average: one position has none, several have too few returns or do not move.

    Two that have enough returns, but not on common sessions, have a ``GAP``.
    """
    held = (correlation.columns >= 0).sum(axis=1)
    first, second = np.triu_indices(correlation.columns.shape[1], k=1)
    pairs = correlation.n_obs[:, first, second].max(axis=1, initial=0)
    own = np.diagonal(correlation.n_obs, axis1=1, axis2=2)
    short = np.where((own >= least).sum(axis=1) > 1, Reason.GAP, Reason.SHORT_HISTORY)
    codes = np.where(pairs >= least, Reason.DEGENERATE, short)
    missing = np.isnan(correlation.mean) & (held > 1)
    return np.where(missing, codes, Reason.NONE).astype(np.int8)
