"""Panel + holdings + policy -> snapshots, for many portfolios at once."""

from dataclasses import replace
from datetime import date

import numpy as np

from riskpanel.book.benchmark import weights_as_of
from riskpanel.book.holdings import Holdings
from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.quality import build_findings
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.book.snapshots import IndexedBlock, Market, Snapshots
from riskpanel.book.valuation import Valuation, build_valuation, find_empty, find_failures
from riskpanel.book.volatility import build_volatility
from riskpanel.risk import (
    PORTFOLIO_CLOSE_ONLY,
    PortfolioSeries,
    concentration,
    market_beta,
    portfolio_series,
    sector_weights,
    stress,
    weighted_beta,
)
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray

UNCLASSIFIED_CODE = len(GICS_SECTORS)


def build_snapshots(
    holdings: Holdings, market: Market, instruments: InstrumentMetrics, policy: RiskPolicy, as_of: date
) -> Snapshots:
    """Compute the snapshots of all portfolios at a session.

    Parameters
    ----------
    holdings : Holdings
        P portfolios, their lots indexing the panel's columns.
    market : Market
    instruments : InstrumentMetrics
        At the same session, with a beta for every market index of the holdings.
    policy : RiskPolicy
    as_of : date
        A session of the panel.

    Returns
    -------
    Snapshots
        Of the portfolios that can be valued; the others are named in ``failures``.

    Raises
    ------
    InputError
        When ``as_of`` is not a session of the panel.
    """
    panel, row = market.panel, market.panel.row(as_of)
    empty = find_empty(holdings, panel, row)
    failures = {
        p: failure for p, failure in find_failures(holdings, panel, policy, row).items() if p not in empty
    }
    kept = holdings.select(
        np.array(sorted(set(range(len(holdings))) - failures.keys() - empty), dtype=np.int64)
    )
    valuation = build_valuation(kept, panel, policy, row)
    codes = np.where(market.sectors.codes < 0, UNCLASSIFIED_CODE, market.sectors.codes)
    sector_coverage = valuation.exposures.shares().times(market.sectors.codes >= 0)
    sector_coverage[valuation.exposures.empty] = 1.0
    indices = np.array(kept.market_indices)
    blocks = tuple(
        _build_block(
            np.flatnonzero(indices == index), str(index), valuation, market, instruments, policy, row
        )
        for index in np.unique(indices)
    )
    benchmarks = {
        code: weights_as_of(market.benchmarks, code, as_of) for code in sorted(set(kept.benchmark_codes))
    }
    snapshots = Snapshots(
        as_of=as_of,
        holdings=kept,
        symbols=panel.symbols,
        valuation=valuation,
        sectors=sector_weights(valuation.weights, codes, n_sectors=UNCLASSIFIED_CODE + 1),
        sector_coverage=sector_coverage,
        benchmarks=benchmarks,
        concentration=concentration(valuation.exposures),
        blocks=blocks,
        scenarios=market.scenarios,
        findings=(),
        failures=tuple(failures[p] for p in sorted(failures)),
        skipped=tuple(int(holdings.portfolio_ids[p]) for p in sorted(empty)),
    )
    return replace(snapshots, findings=build_findings(snapshots, market, instruments, policy))


def _build_block(
    rows: IntArray,
    index: str,
    valuation: Valuation,
    market: Market,
    instruments: InstrumentMetrics,
    policy: RiskPolicy,
    row: int,
) -> IndexedBlock:
    returns = market.panel.returns_until(row, policy.return_sessions)
    index_returns = returns[:, market.panel.column(index)]
    betas = instruments.betas[index]
    weights = valuation.weights.select(rows)
    series = portfolio_series(
        returns, weights, market=index_returns, beta=betas.beta, min_coverage=policy.series_min_coverage
    )
    outcome = stress(
        valuation.exposures.select(rows),
        betas.beta,
        market.scenarios.market_shocks,
        sector_codes=market.sectors.codes,
        sector_shocks=market.scenarios.sector_shocks,
    )
    window = policy.beta_window
    return IndexedBlock(
        rows=rows,
        index=index,
        weighted=weighted_beta(weights, betas.beta, r_squared=betas.r_squared, n_obs=betas.n_obs),
        direct=market_beta(
            series.returns[:, -window:].T, index_returns[-window:], min_obs=policy.beta_min_observations
        ),
        volatility=build_volatility(series.returns.T, policy, coefficients=PORTFOLIO_CLOSE_ONLY),
        volatility_coverage=_mean_coverage(series),
        series_imputed=_imputed(series, policy),
        stress_pnl=outcome.pnl,
        stress_coverage=outcome.coverage,
    )


def _mean_coverage(series: PortfolioSeries) -> FloatArray:
    """Least of the mean real shares over the last 21, 63 and 252 sessions, from the first real return on.

    Sessions that did not count as observations are in the mean with the share that they had. NaN without
    any real return.
    """
    begun = np.logical_or.accumulate(series.coverage > 0, axis=1)
    means = [
        _ratio(np.where(begun, series.coverage, 0.0)[:, -window:], begun[:, -window:])
        for window in (21, 63, 252)
    ]
    return np.min(means, axis=0)


def _ratio(shares: FloatArray, counted: BoolArray) -> FloatArray:
    sessions = counted.sum(axis=1)
    return np.where(sessions > 0, shares.sum(axis=1) / np.maximum(sessions, 1), np.nan)


def _imputed(series: PortfolioSeries, policy: RiskPolicy) -> BoolArray:
    """Whether a series lost sessions to too few real returns, rather than to none at all."""
    thin: BoolArray = (series.coverage > 0) & (series.coverage + 1e-12 < policy.series_min_coverage)
    return np.logical_or.reduce(thin, axis=1)
