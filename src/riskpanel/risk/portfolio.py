"""The constant-mix return series of many portfolios at once: today's weights on past returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, FloatArray, as_columns, as_series, zero_filled
from riskpanel.risk.kernels import compiled, loops
from riskpanel.risk.matrices import SparseRows, WeightMatrix, as_loadings, as_weights


def portfolio_returns(returns: ArrayLike, weights: WeightMatrix) -> FloatArray:
    r"""Compute the returns of portfolios that hold constant weights.

    Parameters
    ----------
    returns : (T, N) array_like
        Simple returns of the instruments, decimal; NaN means missing.
    weights : (P, N) sparse or dense array, or (N,)
        Exposure over net asset value, signed, decimal. The rest, 1 - sum, is cash with return 0.

    Returns
    -------
    (P, T) float64, or (T,) for a single portfolio
        NaN wherever any held instrument has no return; :func:`portfolio_series` imputes instead.

    Raises
    ------
    ValueError
        On shapes that do not fit, or weights that are not finite.

    Notes
    -----
    .. math:: r_{p,t} = \sum_i w_i r_{i,t}

    This is the risk of what is held now, not the history of the account.

    References
    ----------
    Grinold, Kahn, *Active Portfolio Management*, chapter 3.

    Examples
    --------
    >>> portfolio_returns([[0.01, 0.02], [0.03, np.nan]], np.array([0.5, 0.25])).tolist()
    [0.01, nan]
    """
    columns, _ = as_columns(returns, "returns")
    matrix, single = as_weights(weights)
    missing = matrix.replaced(np.ones_like(matrix.data)).times(np.isnan(columns).T) > 0
    series = np.where(missing, np.nan, matrix.times(zero_filled(columns).T))
    return series[0] if single else series


def imputed_returns(returns: ArrayLike, *, market: ArrayLike, beta: ArrayLike) -> FloatArray:
    r"""Put beta times the market's return where an instrument has none.

    Parameters
    ----------
    returns : (T, N) array_like
        Simple returns of the instruments, decimal; NaN means missing.
    market : (T,) array_like
        Simple returns of the market index; NaN means missing.
    beta : (N,) array_like
        Market beta of each instrument; NaN means unknown.

    Returns
    -------
    (T, N) float64
        NaN where the return is missing and its stand-in is unknown too.

    Raises
    ------
    ValueError
        On shapes that do not fit, or infinite values.

    Notes
    -----
    .. math:: \tilde r_{i,t} = r_{i,t} \text{ where it exists, else } \beta_i m_t

    For what is said about a portfolio as a whole only: a stand-in has no risk of its own, so an instrument's
    own numbers must never see it.

    References
    ----------
    Sharpe (1963), *A Simplified Model for Portfolio Analysis* (the single-index model).

    Examples
    --------
    >>> imputed_returns([[0.01, np.nan, np.nan]], market=[0.02], beta=[1.0, 2.0, np.nan]).tolist()
    [[0.01, 0.04, nan]]
    """
    columns, shape = as_columns(returns, "returns")
    if len(shape) != 1:
        raise ValueError(f"returns must have shape (T, N), not {(len(columns), *shape)}")
    index = as_series(market, "market", len(columns))
    betas = np.asarray(beta, dtype=np.float64)
    if betas.shape != shape or np.isinf(betas).any():
        raise ValueError(f"beta must have shape {shape} and be finite or NaN, not {betas.shape}")
    return np.where(np.isfinite(columns), columns, betas * index[:, None])


@dataclass(frozen=True, slots=True)
class PortfolioSeries:
    """``returns`` (P, T), decimal, NaN where too little is real; ``coverage`` (P, T), its real share."""

    returns: FloatArray
    coverage: FloatArray

    def part(self, rows: slice) -> "PortfolioSeries":
        """Return the series of some of the portfolios."""
        return PortfolioSeries(self.returns[rows], self.coverage[rows])


def portfolio_series(
    returns: ArrayLike,
    weights: WeightMatrix,
    *,
    market: ArrayLike,
    beta: ArrayLike,
    min_coverage: float = 0.5,
) -> PortfolioSeries:
    """Compute constant-mix series in which a missing return is replaced by beta times the market's.

    Parameters
    ----------
    returns : (T, N) array_like
        Simple returns of the instruments, decimal; NaN means missing.
    weights : (P, N) sparse or dense array, or (N,)
        Exposure over net asset value, signed, decimal.
    market : (T,) array_like
        Simple returns of the market index; NaN means missing.
    beta : (N,) array_like
        Market beta of each instrument; NaN means unknown.
    min_coverage : float
        Least share of gross exposure with a real return for a session to count, decimal.

    Returns
    -------
    PortfolioSeries
        Arrays of shape (P, T), or (T,) for a single portfolio. Coverage is 1 for a portfolio of cash alone.

    Raises
    ------
    ValueError
        On shapes that do not fit.

    Notes
    -----
    Where r is missing, beta_i m_t stands in; an instrument without both is left out and lowers the
    coverage. An imputed return has no risk of its own, so sessions with less than ``min_coverage`` real
    returns are NaN rather than too calm. Instruments' own numbers never see an imputed return.

    References
    ----------
    Sharpe (1963), *A Simplified Model for Portfolio Analysis* (the single-index model).

    Examples
    --------
    >>> series = portfolio_series([[0.01, np.nan]], np.array([0.5, 0.5]), market=[0.02], beta=[1.0, 2.0])
    >>> series.returns.tolist(), series.coverage.tolist()
    ([0.025], [0.5])
    """
    columns, _ = as_columns(returns, "returns")
    matrix, single = as_weights(weights)
    index = as_series(market, "market", len(columns))
    betas = as_loadings(beta, "beta", matrix)
    filled = zero_filled(imputed_returns(columns, market=index, beta=betas))
    series, coverage = _mixed(matrix, filled, np.isfinite(columns))
    coverage[matrix.empty] = 1.0
    series[coverage + 1e-12 < min_coverage] = np.nan
    row = 0 if single else slice(None)
    return PortfolioSeries(series[row], coverage[row])


def _mixed(matrix: SparseRows, filled: FloatArray, present: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Weighted sums of (T, N) returns, and the gross share of those present: (P, T) each."""
    shares = matrix.shares()
    kernel = compiled(loops.mixed_series, cells=len(matrix.data) * len(filled))
    if kernel is None:
        return matrix.times(filled.T), shares.times(present.T)
    series, coverage = np.empty((2, len(matrix), len(filled)))
    by_name = np.ascontiguousarray(filled.T), np.ascontiguousarray(present.T)
    kernel(matrix.data, shares.data, matrix.columns, matrix.starts, *by_name, series, coverage)
    return series, coverage
