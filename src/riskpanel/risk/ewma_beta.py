"""Market beta that forgets: weighted least squares with weights that fade with age."""

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, column_sums, divide
from riskpanel.risk.pairs import BetaEstimates, Pairs


def ewma_market_beta(
    returns: ArrayLike, market: ArrayLike, *, decay: float = 0.99, min_obs: int = 60
) -> BetaEstimates:
    r"""Estimate the market beta of each series with exponentially fading weights, over all rows given.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    market : (T,) array_like
        Simple returns of the market index on the same sessions; NaN means missing.
    decay : float
        Weight of a session over that of the next, above 0 and at most 1.
    min_obs : int
        Fewest jointly present pairs, at least 2.

    Returns
    -------
    BetaEstimates
        Arrays of shape (N,), or () for a single series. ``alpha`` is NaN: means are taken as 0. ``r_squared``
        is about 0 as well. ``n_obs`` counts pairs. NaN below ``min_obs`` pairs, and where the market or the
        series does not vary over the pairs (``DEGENERATE``).

    Raises
    ------
    ValueError
        On shapes that do not fit, infinite values, ``decay`` outside (0, 1], or ``min_obs`` below 2.

    Notes
    -----
    With weights :math:`w_t = \lambda^{age}`, age in sessions before the last row, 0 where a pair is missing:

    .. math::
        b = \frac{\sum w x y}{\sum w x^2}, \quad e = y - b x, \quad
        se(b) = \frac{\sqrt{\frac{n_e}{n_e - 1} \sum w^2 x^2 e^2}}{\sum w x^2}, \quad
        n_e = \frac{(\sum w)^2}{\sum w^2}, \quad R^2 = 1 - \frac{\sum w e^2}{\sum w y^2}

    The weights say how much an old session still counts, not how precise it was, so
    :math:`\hat\sigma^2 / \sum w x^2` would be no variance. The error of b is
    :math:`\sum w x \varepsilon / \sum w x^2`, whose variance is
    :math:`\sum w^2 x^2 \mathrm{var}(\varepsilon_t) / (\sum w x^2)^2`; each variance is estimated by its own
    squared residual (White), since residuals are wildest when the market is: one variance for all gives
    intervals that are too narrow where volatility clusters, and ranks the errors of real betas worse. p is
    from Student's t with :math:`n_e - 1` degrees of freedom. A gap shifts no weight: age counts sessions. At
    the default decay :math:`n_e` approaches 199, and sessions more than 460 back weigh below 1 %. A series
    that stopped keeps the estimate of the day it stopped: give as many rows as may still count.

    References
    ----------
    RiskMetrics (1996), *Technical Document*; White (1980), *A Heteroskedasticity-Consistent Covariance Matrix
    Estimator*; Kish (1965), *Survey Sampling* (the effective number).

    Examples
    --------
    >>> m = np.tile([0.01, -0.02, 0.015, -0.01], 20)
    >>> est = ewma_market_beta(np.r_[1.0 * m[:40], 2.0 * m[40:]], m)
    >>> round(float(est.beta), 3), int(est.n_obs)
    (1.599, 80)
    """
    if not 0 < decay <= 1:
        raise ValueError(f"decay must be above 0 and at most 1, not {decay}")
    if min_obs < 2:
        raise ValueError(f"min_obs must be at least 2: a slope with a standard error, not {min_obs}")
    pairs, shape = Pairs.of(returns, market)
    weights = np.where(pairs.present, decay ** np.arange(len(pairs.y) - 1, -1, -1.0)[:, None], 0.0)
    x, y = (np.where(pairs.present, values, 0.0) for values in (pairs.x, pairs.y))
    weighted = weights * x
    sxx, sxy, syy = column_sums(weighted * x), column_sums(weighted * y), column_sums(weights * y * y)
    usable = (pairs.n >= min_obs) & _varies(pairs) & (sxx > 0) & (syy > 0)
    beta = np.where(usable, divide(sxy, sxx), np.nan)
    residuals = y - beta * x
    effective = divide(np.square(column_sums(weights)), column_sums(np.square(weights)))
    scatter = column_sums(np.square(weighted * residuals))
    std_error = divide(np.sqrt(divide(effective, effective - 1.0) * scatter), sxx)
    fit = 1.0 - divide(column_sums(weights * np.square(residuals)), syy)
    return BetaEstimates(
        beta=beta,
        alpha=np.full_like(beta, np.nan),
        std_error=std_error,
        r_squared=np.maximum(fit, 0.0),  # -1e-15 is a rounded 0
        p_value=BetaEstimates.two_sided_p(beta, std_error, freedom=effective - 1.0),
        n_obs=pairs.n,
        reason=pairs.reasons(~usable, min_obs=min_obs),
    ).reshaped(shape)


def _varies(pairs: Pairs) -> BoolArray:
    """Whether market and series move at all over the pairs; a constant says nothing of a beta."""
    market, series = (column_sums(np.square(pairs.centred(v)[1])) for v in (pairs.x, pairs.y))
    return pairs.varies(pairs.x, market) & pairs.varies(pairs.y, series)
