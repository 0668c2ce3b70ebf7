"""Market beta by ordinary least squares, every instrument in one array expression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from riskpanel.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    as_columns,
    as_series,
    column_sums,
    divide,
)
from riskpanel.risk.evidence import absence_reasons


@dataclass(frozen=True, slots=True)
class BetaEstimates:
    """Beta of each series with its statistics; all arrays have one entry a series.

    ``beta`` is the OLS slope, ``alpha`` the intercept (decimal a session), ``std_error`` of the slope,
    ``r_squared`` in [0, 1], ``p_value`` two-sided for slope 0, ``n_obs`` the pairs used, ``reason`` a code
    of :class:`~riskpanel.risk.evidence.Reason` that is not NONE exactly where ``beta`` is NaN.
    """

    beta: FloatArray
    alpha: FloatArray
    std_error: FloatArray
    r_squared: FloatArray
    p_value: FloatArray
    n_obs: IntArray
    reason: CodeArray


def market_beta(returns: ArrayLike, market: ArrayLike, *, min_obs: int = 30) -> BetaEstimates:
    r"""Estimate the market beta of each series by OLS over all rows given.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    market : (T,) array_like
        Simple returns of the market index on the same sessions; NaN means missing.
    min_obs : int
        Fewest jointly present pairs, at least 3.

    Returns
    -------
    BetaEstimates
        Arrays of shape (N,), or () for a single series. NaN below ``min_obs`` pairs, and where the market
        or the series does not vary over the pairs (``DEGENERATE``).

    Raises
    ------
    ValueError
        On shapes that do not fit, infinite values, or ``min_obs`` below 3.

    Notes
    -----
    Over the n pairs where both are present, with centred sums:

    .. math::
        b = S_{xy} / S_{xx}, \quad a = \bar y - b \bar x, \quad
        se(b) = \sqrt{\frac{\sum e_t^2}{(n - 2) S_{xx}}}, \quad R^2 = 1 - \frac{\sum e_t^2}{S_{yy}}

    and p from Student's t with n - 2 degrees of freedom. The squared residuals are summed themselves, since
    ``Syy - b Sxy`` loses its digits where R² is near 1. Missing pairs are left out, never filled. The
    estimate is raw: nothing is capped, winsorised or shrunk here.

    References
    ----------
    Sharpe (1963), *A Simplified Model for Portfolio Analysis*; Greene, *Econometric Analysis*, chapter 4.

    Examples
    --------
    >>> m = np.array([0.01, -0.02, 0.015, 0.0, 0.03])
    >>> est = market_beta(2 * m + 0.001, m, min_obs=5)
    >>> round(float(est.beta), 12), round(float(est.alpha), 12), float(est.r_squared).__round__(12)
    (2.0, 0.001, 1.0)
    """
    if min_obs < 3:
        raise ValueError(f"min_obs must be at least 3: a slope with a standard error, not {min_obs}")
    y, shape = as_columns(returns, "returns")
    x = as_series(market, "market", len(y))[:, None]
    pairs: BoolArray = np.isfinite(y) & np.isfinite(x)
    n = pairs.sum(axis=0)
    mean_x, dx = _centre(np.broadcast_to(x, y.shape), pairs, n)
    mean_y, dy = _centre(y, pairs, n)
    sxx, syy, sxy = column_sums(dx * dx), column_sums(dy * dy), column_sums(dx * dy)
    usable = (n >= min_obs) & _varies(sxx, x, pairs, n) & _varies(syy, y, pairs, n)
    beta = np.where(usable, divide(sxy, sxx), np.nan)
    sse = column_sums(np.square(dy - beta * dx))
    std_error = np.sqrt(divide(divide(sse, (n - 2).astype(np.float64)), sxx))
    reason = absence_reasons(np.where(pairs, y, np.nan), ~usable, window=max(len(y), 1), min_obs=min_obs)
    return BetaEstimates(
        beta=beta.reshape(shape),
        alpha=(mean_y - beta * mean_x).reshape(shape),
        std_error=std_error.reshape(shape),
        r_squared=np.maximum(1.0 - divide(sse, syy), 0.0).reshape(shape),  # -1e-15 is a rounded 0
        p_value=_two_sided_p(beta, std_error, n).reshape(shape),
        n_obs=n.astype(np.int64).reshape(shape),
        reason=reason.reshape(shape),
    )


def _centre(values: FloatArray, pairs: BoolArray, n: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean over the pairs, and deviations from it that are 0 outside them."""
    mean = divide(column_sums(np.where(pairs, values, 0.0)), n.astype(np.float64))
    return mean, np.where(pairs, values - mean, 0.0)


def _varies(squares: FloatArray, values: FloatArray, pairs: BoolArray, n: IntArray) -> BoolArray:
    """Whether a sum of squared deviations is more than the rounding error of a constant series."""
    largest = np.where(pairs, np.abs(values), 0.0).max(axis=0, initial=0.0)
    return squares > n * np.square(n * np.finfo(np.float64).eps * largest)  # n: what a plain sum is off


def _two_sided_p(beta: FloatArray, std_error: FloatArray, n: IntArray) -> FloatArray:
    with np.errstate(divide="ignore"):  # a perfect fit has standard error 0, t infinite, p 0
        t = np.abs(beta) / std_error
    return 2.0 * stdtr(np.maximum(n - 2, 1), -t)
