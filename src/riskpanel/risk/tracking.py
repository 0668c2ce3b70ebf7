"""How far a series strays from a benchmark."""

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, FloatArray, as_columns, as_series, column_sums, divide
from riskpanel.risk.realized import SESSIONS_IN_YEAR


def tracking_error(
    returns: ArrayLike, benchmark: ArrayLike, *, min_obs: int = 63, annualization: int = SESSIONS_IN_YEAR
) -> FloatArray:
    r"""Compute the annualised size of the difference to a benchmark over all rows given.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    benchmark : (T,) array_like
        Simple returns of the benchmark on the same sessions; NaN means missing.
    min_obs : int
        Fewest jointly present pairs, at least 1.
    annualization : int
        Sessions in a year.

    Returns
    -------
    (N,) or () float64
        Annualised, decimal; 0 for the benchmark itself, NaN below ``min_obs`` pairs.

    Raises
    ------
    ValueError
        On shapes that do not fit, infinite values, or ``min_obs`` below 1.

    Notes
    -----
    .. math:: TE = \sqrt{252}\, \sqrt{\frac{1}{n} \sum (r_t - m_t)^2}

    About zero, not about the mean difference: lagging by the same amount each day is straying too. Pairs
    with a missing side are left out.

    References
    ----------
    Roll (1992), *A Mean/Variance Analysis of Tracking Error*; Grinold, Kahn, *Active Portfolio Management*.

    Examples
    --------
    >>> m = np.tile([0.01, -0.01], 126)
    >>> float(tracking_error(m, m)), round(float(tracking_error(1.5 * m, m)), 6)
    (0.0, 0.079373)
    """
    if min_obs < 1:
        raise ValueError(f"min_obs must be at least 1 pair, not {min_obs}")
    columns, shape = as_columns(returns, "returns")
    difference = columns - as_series(benchmark, "benchmark", len(columns))[:, None]
    pairs: BoolArray = np.isfinite(difference)
    n = pairs.sum(axis=0)
    squares = column_sums(np.square(np.where(pairs, difference, 0.0)))
    mean = divide(squares, n.astype(np.float64))
    return np.where(n >= min_obs, np.sqrt(annualization * mean), np.nan).reshape(shape)
