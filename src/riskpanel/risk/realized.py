"""Realized volatility and its history."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import CodeArray, FloatArray, IntArray, as_columns, divide, last_rows
from riskpanel.risk.evidence import absence_reasons
from riskpanel.risk.har import window_mean
from riskpanel.risk.kernels import compiled, loops

SESSIONS_IN_YEAR = 252


def realized_volatility(
    returns: ArrayLike, *, window: int, min_obs: int, annualization: int = SESSIONS_IN_YEAR
) -> FloatArray:
    r"""Compute annualised realized volatility over the last ``window`` rows.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing. Only the last ``window`` rows are used.
    window, min_obs : int
        Look-back and fewest returns, in sessions; ``min_obs`` at least 2.
    annualization : int
        Sessions in a year.

    Returns
    -------
    (N,) or () float64
        Annualised, decimal; NaN below ``min_obs`` returns.

    Raises
    ------
    ValueError
        On a window below 1, ``min_obs`` below 2 or above ``window``, or infinite returns.

    Notes
    -----
    .. math:: \sigma = \sqrt{252} \sqrt{\frac{1}{n-1} \sum (r_t - \bar r)^2}

    Missing returns are left out; nothing is filled or capped. For a portfolio give the returns of the
    portfolio: a weighted sum of position volatilities ignores that positions offset one another.

    References
    ----------
    Hull, *Options, Futures and Other Derivatives*, section 15.4.

    Examples
    --------
    >>> r = np.array([0.01, -0.01, 0.02, np.nan, -0.02])
    >>> round(float(realized_volatility(r, window=5, min_obs=4)), 6)
    0.289828
    """
    columns, shape = as_columns(returns, "returns")
    _check(window, min_obs)
    tail = _padded(last_rows(columns, window), window)
    return rolling_realized_volatility(tail, window=window, min_obs=min_obs, annualization=annualization)[
        -1
    ].reshape(shape)


def rolling_realized_volatility(
    returns: ArrayLike, *, window: int, min_obs: int, annualization: int = SESSIONS_IN_YEAR
) -> FloatArray:
    """Compute realized volatility at every row, each over the ``window`` rows that end there.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    window, min_obs, annualization : int
        As in :func:`realized_volatility`.

    Returns
    -------
    (T, N) or (T,) float64
        Row t uses rows t - window + 1 to t, as far as they exist; NaN below ``min_obs`` returns.

    Raises
    ------
    ValueError
        As :func:`realized_volatility`.

    Notes
    -----
    Two passes of shifted sums, so that each window is centred on its own mean: a running sum of squares
    would leave rounding dust where a window is constant. The last row equals
    :func:`realized_volatility` bit for bit, which is what makes ties in the percentile exact.

    References
    ----------
    Chan, Golub, LeVeque (1983), *Algorithms for Computing the Sample Variance*.

    Examples
    --------
    >>> rolling_realized_volatility([0.01, 0.01, 0.01], window=2, min_obs=2).tolist()
    [nan, 0.0, 0.0]
    """
    columns, shape = as_columns(returns, "returns")
    _check(window, min_obs)
    kernel = compiled(loops.rolling_volatility, cells=columns.size)
    if kernel is None:
        volatility = _rolling_volatility(columns, window, min_obs, annualization)
    else:
        volatility = np.empty_like(columns)
        kernel(columns, window, min_obs, float(annualization), volatility)
    return volatility.reshape(len(columns), *shape)


def _rolling_volatility(columns: FloatArray, window: int, min_obs: int, annualization: int) -> FloatArray:
    present = np.isfinite(columns)
    absent, filled = ~present, np.where(present, columns, 0.0)
    n = _rolling_sum(present.astype(np.float64), window)
    mean = divide(_rolling_sum(filled, window), n)
    squares, deviation = np.zeros_like(filled), np.empty_like(filled)
    for lag in range(min(window, len(filled))):
        rows = len(filled) - lag
        part = np.subtract(filled[:rows], mean[lag:], out=deviation[:rows])
        np.square(part, out=part)[absent[:rows]] = 0.0
        squares[lag:] += part
    spread = np.abs(mean) * window * np.finfo(np.float64).eps  # the most that summing equal numbers is off
    squares[squares <= n * np.square(spread)] = 0.0  # a constant window is exactly 0
    volatility = np.sqrt(annualization * divide(squares, n - 1.0))
    volatility[n < min_obs] = np.nan
    return volatility


def mean_square(returns: ArrayLike, *, window: int, min_obs: int | None = None) -> FloatArray:
    r"""Compute the mean squared return of the last ``window`` rows.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    window : int
        Look-back in sessions.
    min_obs : int, optional
        Fewest returns; by default three quarters of the window, rounded up.

    Returns
    -------
    (N,) or () float64
        Variance a session about zero, decimal squared; NaN below ``min_obs`` returns.

    Raises
    ------
    ValueError
        On a window below 1 or infinite returns.

    Notes
    -----
    .. math:: v_W = \frac{1}{n} \sum r_t^2

    The mean is not subtracted: over weeks it is noise. Missing returns are left out.

    References
    ----------
    Corsi (2009), *A Simple Approximate Long-Memory Model of Realized Volatility*.

    Examples
    --------
    >>> float(mean_square([0.02, np.nan, 0.0, 0.02], window=4)).__round__(8)
    0.00026667
    """
    columns, shape = as_columns(returns, "returns")
    return window_mean(np.square(columns), window, min_obs=min_obs).reshape(shape)


@dataclass(frozen=True, slots=True)
class Percentile:
    """Rank of today's volatility in its own year: ``percentile`` in (0, 100), ``n_obs`` values ranked."""

    percentile: FloatArray
    n_obs: IntArray
    reason: CodeArray


def volatility_percentile(
    returns: ArrayLike,
    *,
    window: int = 252,
    min_obs: int = 126,
    volatility_window: int = 21,
    volatility_min_obs: int = 15,
) -> Percentile:
    """Rank the newest realized volatility among the last ``window`` rolling values, itself included.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing. Rows older than ``window + volatility_window - 1`` are
        not looked at.
    window, min_obs : int
        Rolling values to rank among, and the fewest that must exist.
    volatility_window, volatility_min_obs : int
        Window of each rolling volatility.

    Returns
    -------
    Percentile
        Percentile in (0, 100), arrays of shape (N,) or (); NaN where today's value is missing or fewer
        than ``min_obs`` values exist.

    Raises
    ------
    ValueError
        On windows or minima that do not fit, or infinite returns.

    Notes
    -----
    Mid-rank: 100 (values below + half of those equal, itself included) / n, so that a constant
    volatility stands at 50. Prepending older returns changes nothing.

    References
    ----------
    Hyndman, Fan (1996), *Sample Quantiles in Statistical Packages*, on mid-ranks.

    Examples
    --------
    >>> quiet_then_wild = np.r_[np.tile([0.01, -0.01], 150), np.tile([0.05, -0.05], 11)]
    >>> float(volatility_percentile(quiet_then_wild).percentile) > 99
    True
    """
    columns, shape = as_columns(returns, "returns")
    _check(window, min_obs)
    needed = _padded(last_rows(columns, window + volatility_window - 1), 1)
    rolling = rolling_realized_volatility(needed, window=volatility_window, min_obs=volatility_min_obs)[
        -window:
    ]
    today = rolling[-1]
    n = np.isfinite(rolling).sum(axis=0)
    rank = (rolling < today).sum(axis=0) + 0.5 * (rolling == today).sum(axis=0)
    usable = (n >= min_obs) & np.isfinite(today)
    percentile = np.where(usable, divide(100.0 * rank, n.astype(np.float64)), np.nan)
    least = min_obs + volatility_min_obs - 1
    reason = absence_reasons(
        needed, ~usable, window=len(needed), min_obs=least, degenerate=np.zeros_like(usable)
    )
    return Percentile(percentile.reshape(shape), n.astype(np.int64).reshape(shape), reason.reshape(shape))


def _rolling_sum(values: FloatArray, window: int) -> FloatArray:
    total = values.copy()
    for lag in range(1, min(window, len(values))):
        total[lag:] += values[: len(values) - lag]
    return total


def _padded(columns: FloatArray, rows: int) -> FloatArray:
    """Put NaN rows before a matrix that is shorter than ``rows``."""
    absent = np.full((max(rows - len(columns), 0), columns.shape[1]), np.nan)
    return np.vstack([absent, columns])


def _check(window: int, min_obs: int) -> None:
    if not 2 <= min_obs <= window:
        raise ValueError(f"min_obs must be between 2 and the window of {window} sessions, not {min_obs}")
