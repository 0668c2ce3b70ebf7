"""The volatilities of a day, a week and a month that the HAR family of models is built from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import FloatArray
from riskpanel.risk.realized import SESSIONS_IN_YEAR, mean_square


@dataclass(frozen=True, slots=True)
class HarComponents:
    """Annualised volatility of the last session, week (5 sessions) and month (21), about zero; (N,) each."""

    daily: FloatArray
    weekly: FloatArray
    monthly: FloatArray


def har_components(returns: ArrayLike, *, annualization: int = SESSIONS_IN_YEAR) -> HarComponents:
    r"""Compute the daily, weekly and monthly volatility that the HAR family of models is built from.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    annualization : int
        Sessions in a year.

    Returns
    -------
    HarComponents
        Arrays of shape (N,) or (), annualised, decimal. NaN where fewer than three quarters of the
        window's returns exist (for the day: where it has none).

    Raises
    ------
    ValueError
        On infinite returns.

    Notes
    -----
    .. math:: \sqrt{252}\,|r_t|, \quad \sqrt{252\, v_5}, \quad \sqrt{252\, v_{21}}

    They describe the past; none of them is a forecast.

    References
    ----------
    Corsi (2009), *A Simple Approximate Long-Memory Model of Realized Volatility*.

    Examples
    --------
    >>> parts = har_components(np.full(21, 0.01))
    >>> round(float(parts.daily), 6) == round(float(parts.monthly), 6)
    True
    """
    day, week, month = (np.sqrt(annualization * mean_square(returns, window=window)) for window in (1, 5, 21))
    return HarComponents(daily=day, weekly=week, monthly=month)
