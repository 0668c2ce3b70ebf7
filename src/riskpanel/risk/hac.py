"""Market beta with a standard error that allows for clustered volatility and serial correlation."""

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import FloatArray, column_sums, divide
from riskpanel.risk.pairs import BetaEstimates, Line, Pairs


def market_beta_hac(returns: ArrayLike, market: ArrayLike, *, min_obs: int = 30) -> BetaEstimates:
    r"""Estimate the market beta of each series by OLS, with Newey-West standard errors.

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
        As :func:`market_beta`, and equal to it but for ``std_error`` and ``p_value``.

    Raises
    ------
    ValueError
        On shapes that do not fit, infinite values, or ``min_obs`` below 3.

    Notes
    -----
    With the OLS residuals e and :math:`u_t = e_t (x_t - \bar x)`, 0 on sessions without a pair:

    .. math::
        se(b) = \frac{1}{S_{xx}} \sqrt{\frac{n}{n - 2} \Big(\sum_t u_t^2
        + 2 \sum_{l=1}^{L} \big(1 - \tfrac{l}{L + 1}\big) \sum_t u_t u_{t-l} \Big)}, \quad
        L = \lfloor 4 (n / 100)^{2/9} \rfloor

    and p from Student's t with n - 2 degrees of freedom. Lags count sessions: two returns on either side of
    a missing one are two sessions apart. Slope, intercept and fit are those of :func:`market_beta`.

    References
    ----------
    Newey, West (1987), *A Simple, Positive Semi-Definite, Heteroskedasticity and Autocorrelation Consistent
    Covariance Matrix*; (1994), *Automatic Lag Selection in Covariance Matrix Estimation*; Datta, Du (2012),
    *Nonparametric HAC Estimation for Time Series Data with Missing Observations* (gaps as zeros).

    Examples
    --------
    >>> m = np.array([0.01, -0.02, 0.015, 0.0, 0.03])
    >>> r = 2 * m + np.array([0.001, 0.002, -0.001, -0.002, 0.0])
    >>> est = market_beta_hac(r, m, min_obs=5)
    >>> round(float(est.beta), 6), round(float(est.std_error), 6)
    (1.967391, 0.035579)
    """
    pairs, shape = Pairs.of(returns, market)
    line = Line.through(pairs, min_obs=min_obs)
    correction = divide(pairs.count, pairs.count - 2)
    return line.estimates(_newey_west_error(line, correction)).reshaped(shape)


def _newey_west_error(line: Line, correction: FloatArray) -> FloatArray:
    scores = line.residuals * line.dx
    lags = np.floor(4.0 * (line.pairs.count / 100.0) ** (2.0 / 9.0))
    spread = column_sums(np.square(scores))
    for lag in range(1, int(lags.max(initial=0.0)) + 1):
        weight = np.maximum(1.0 - lag / (lags + 1.0), 0.0)  # Bartlett: nothing beyond a column's own lags
        spread = spread + 2.0 * weight * column_sums(scores[lag:] * scores[:-lag])
    # Bartlett weights cannot make the sum negative but by a rounding: -1e-30 is a rounded 0.
    return divide(np.sqrt(np.maximum(correction * spread, 0.0)), line.sxx)
