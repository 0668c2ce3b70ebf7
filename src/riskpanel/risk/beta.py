"""Market beta by ordinary least squares, every instrument in one array expression, and its interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from riskpanel.risk.arrays import FloatArray, as_columns, as_series
from riskpanel.risk.blocks import in_blocks
from riskpanel.risk.pairs import BetaEstimates, Line, Pairs


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
    y, shape = as_columns(returns, "returns")
    x = as_series(market, "market", len(y))[:, None]

    def fit(part: slice) -> BetaEstimates:
        series = y[:, part]
        line = Line.through(Pairs.beside(series, np.broadcast_to(x, series.shape)), min_obs=min_obs)
        return line.estimates(line.plain_error)

    return in_blocks(fit, y.shape[1]).reshaped(shape)


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper end of a confidence interval; NaN where the estimate is missing."""

    low: FloatArray
    high: FloatArray


def beta_interval(
    beta: ArrayLike, std_error: ArrayLike, *, n_obs: ArrayLike, level: float = 0.95
) -> Interval:
    r"""Compute the confidence interval of a regression slope: sampling error only.

    Parameters
    ----------
    beta : (N,) or () array_like
        Slope of a simple regression with an intercept; NaN means missing.
    std_error : (N,) or () array_like
        Its standard error, at least 0; NaN means missing.
    n_obs : (N,) or () array_like of int
        Pairs behind it.
    level : float
        Confidence, between 0 and 1, decimal.

    Returns
    -------
    Interval
        Arrays of shape (N,) or (). NaN where beta or standard error is, and below 3 pairs.

    Raises
    ------
    ValueError
        On a level outside (0, 1), a negative standard error, or an infinite value.

    Notes
    -----
    .. math:: b \pm t_{n - 2, (1 + level) / 2} \, se(b)

    It holds for a beta that stood still over the window and goes on doing so. True betas drift: those of
    adjacent windows of 90 sessions lie further apart than sampling error allows far more often than 1 in 20.
    Say "sampling error only" wherever it is shown.

    References
    ----------
    Greene, *Econometric Analysis*, chapter 4; docs/evidence/beta.md for how much betas drift.

    Examples
    --------
    >>> interval = beta_interval(1.2, 0.1, n_obs=90)
    >>> round(float(interval.low), 4), round(float(interval.high), 4)
    (1.0013, 1.3987)
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    centre, error = (np.asarray(values, dtype=np.float64) for values in (beta, std_error))
    if np.isinf(centre).any() or np.isinf(error).any() or (error < 0).any():
        raise ValueError("beta must be finite, and std_error finite and at least 0; missing is NaN")
    freedom = np.asarray(n_obs, dtype=np.float64) - 2.0
    quantile = stdtrit(np.where(freedom >= 1, freedom, np.nan), (1.0 + level) / 2.0)
    reach = np.asarray(quantile * error)
    return Interval(np.asarray(centre - reach), np.asarray(centre + reach))
