"""Simple returns of adjusted closes."""

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import FloatArray


def simple_returns(prices: ArrayLike) -> FloatArray:
    """Compute simple returns, only where two adjacent sessions both have a price.

    Parameters
    ----------
    prices : (T, N) or (T,) array_like
        Adjusted closes on consecutive sessions of the calendar; NaN means no price that session. Align on
        sessions first, then difference: a halt must be a NaN row, not an absent one.

    Returns
    -------
    (T - 1, N) or (T - 1,) float64
        ``p[t] / p[t - 1] - 1``, decimal. NaN where either price is missing, so k missing interior prices
        cost k + 1 returns.

    Raises
    ------
    ValueError
        When a price is zero, negative or infinite, or there is no row.

    Notes
    -----
    .. math:: r_t = p_t / p_{t-1} - 1

    Nothing is bridged over a gap, and nothing is filled.

    References
    ----------
    Campbell, Lo, MacKinlay (1997), *The Econometrics of Financial Markets*, section 1.4.

    Examples
    --------
    >>> simple_returns([100.0, 110.0, np.nan, 121.0, 133.1]).round(6).tolist()
    [0.1, nan, nan, 0.1]
    """
    array = np.asarray(prices, dtype=np.float64)
    if array.ndim not in (1, 2) or len(array) == 0:
        raise ValueError(f"prices must have shape (T,) or (T, N) with T >= 1, not {array.shape}")
    if np.isinf(array).any() or (array <= 0).any():
        raise ValueError("prices must be positive and finite; missing is NaN")
    return array[1:] / array[:-1] - 1.0
