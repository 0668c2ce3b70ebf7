"""The state of a universe of instruments: how stirred it is, and where it has just gone."""

from numpy.typing import ArrayLike

from riskpanel.risk.arrays import as_columns
from riskpanel.risk.har import MarketState, market_states


def market_state(returns: ArrayLike, variances: ArrayLike, *, min_instruments: int = 20) -> MarketState:
    r"""Measure the state of a universe: its stress of a day and of a week, and its move of the week.

    Parameters
    ----------
    returns : (T, N) array_like
        Simple returns, decimal; NaN means missing. The last 252 rows are used.
    variances : (T, N) array_like
        Variance of each session, decimal squared, on any scale that is the same over time: squared returns,
        or :func:`parkinson_variance` where ranges are known; NaN means missing.
    min_instruments : int
        Fewest instruments with all components, at least 1.

    Returns
    -------
    MarketState
        NaN below ``min_instruments``.

    Raises
    ------
    ValueError
        On ``min_instruments`` below 1, shapes that do not fit, negative or infinite variances.

    Notes
    -----
    With v_W the mean over W rows (three quarters of them present, 63 for 252) of an instrument's variances:

    .. math::
        M_W = 2 \ln \frac1N \sum_i \sqrt{\max(v_{i,W} / v_{i,252}, 0.02)}, \quad
        move = \frac{\sqrt 5}{N} \sum_i \frac{\bar r_{i,5}}{\sqrt{\overline{r^2}_{i,252}}}

    Only ratios enter, so all three have no unit: they are the same for stocks and for anything that moves
    ten times as much, and one wild instrument moves them by little. A falling market is followed by more
    volatility than a rising one, whatever a portfolio holds; the move says so.

    References
    ----------
    Bollerslev, Hood, Huss, Pedersen (2018), *Risk Everywhere: Modeling and Managing Volatility* (a global
    factor beside the own components); Corsi, Reno (2012), *Discrete-Time Volatility Forecasting with
    Persistent Leverage Effect* (the move).

    Examples
    --------
    >>> import numpy as np
    >>> calm = np.tile([[0.01] * 20, [-0.01] * 20], (126, 1))
    >>> stirred = np.square(calm); stirred[-1] *= np.e
    >>> state = market_state(calm, stirred)
    >>> round(state.stress[1], 2), state.n_instruments, market_state(calm[:, :3], stirred[:, :3]).known
    (0.99, 20, False)
    """
    columns, _ = as_columns(returns, "returns")
    given, _ = as_columns(variances, "variances")
    if min_instruments < 1:
        raise ValueError(f"min_instruments must be at least 1, not {min_instruments}")
    if given.shape != columns.shape:
        raise ValueError(f"variances must have the shape of returns, {columns.shape}, not {given.shape}")
    if (given < 0).any():
        raise ValueError("variances must not be negative; missing is NaN")
    (state,) = market_states(columns, given, (0,), least=min_instruments)
    return state
