"""Whether volatility is rising or falling, with the strength of the evidence."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from riskpanel.risk.arrays import CodeArray, FloatArray, IntArray, as_columns, column_sums, divide, last_rows
from riskpanel.risk.evidence import absence_reasons
from riskpanel.risk.realized import mean_square

RECENT, BEFORE, KURTOSIS_WINDOW = 21, 42, 252
KURTOSIS_RANGE = (3.0, 15.0)


class Direction(IntEnum):
    """Direction of volatility."""

    UNKNOWN = 0
    DECREASING = 1
    STABLE = 2
    INCREASING = 3

    @property
    def label(self) -> str | None:
        """Lower-case word of the tables and the API; None when unknown."""
        return None if self is Direction.UNKNOWN else self.name.lower()


@dataclass(frozen=True, slots=True)
class Trend:
    r"""Trend of volatility; (N,) each.

    ``direction`` holds codes of :class:`Direction`; ``strength`` in [0, 1) is the confidence 2 Φ(z) - 1, for
    the size of z, that there is a change, NaN when unknown; ``log_ratio`` is ln of recent over earlier
    volatility.
    """

    direction: CodeArray
    strength: FloatArray
    log_ratio: FloatArray
    n_obs: IntArray
    reason: CodeArray


def volatility_trend(returns: ArrayLike, *, min_z: float = 1.28, min_change: float = 0.10) -> Trend:
    r"""Compare the volatility of the last 21 sessions with that of the 42 sessions before them.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing. The last 252 rows are used.
    min_z : float
        Standard errors from which a change is called a trend.
    min_change : float
        Least relative change that is called one, decimal: 0.10 means 10 %.

    Returns
    -------
    Trend
        Arrays of shape (N,) or (). UNKNOWN with NaN where three quarters of either window, or of 63
        sessions for the kurtosis, are not there, or where a window has no movement at all.

    Raises
    ------
    ValueError
        On infinite returns.

    Notes
    -----
    With v21 the mean square of the last 21 returns, v42 that of the 42 before, and k the kurtosis of the
    last 252 returns clipped to [3, 15]:

    .. math::
        \ell = \tfrac12 \ln(v_{21} / v_{42}), \quad
        z = \ell / \sqrt{\tfrac{k - 1}{4} (\tfrac{1}{21} + \tfrac{1}{42})}

    ``increasing`` or ``decreasing`` when the size of z exceeds ``min_z`` and that of l exceeds
    ln(1 + ``min_change``), else ``stable``. The windows are disjoint: a slope over windows of growing
    *length* has its sign reversed. Scaling all returns changes nothing.

    References
    ----------
    Delta method on the variance of a sample variance: Kendall, Stuart, *The Advanced Theory of Statistics*.

    Examples
    --------
    >>> calm, wild = np.tile([0.01, -0.01], 120), np.tile([0.03, -0.03], 11)
    >>> Direction(volatility_trend(np.r_[calm, wild[:21]]).direction).label
    'increasing'
    """
    columns, shape = as_columns(returns, "returns")
    tail = last_rows(columns, KURTOSIS_WINDOW)
    recent = mean_square(tail, window=RECENT)
    before = mean_square(tail[:-RECENT], window=BEFORE)
    with np.errstate(divide="ignore"):
        log_ratio = 0.5 * (np.log(recent) - np.log(np.where(before > 0, before, np.nan)))
    log_ratio = np.where(np.isfinite(log_ratio), log_ratio, np.nan)
    kurtosis = np.clip(_kurtosis(tail), *KURTOSIS_RANGE)
    z = log_ratio / np.sqrt((kurtosis - 1.0) / 4.0 * (1.0 / RECENT + 1.0 / BEFORE))
    called = (np.abs(z) > min_z) & (np.abs(log_ratio) > np.log1p(min_change))
    direction = np.where(
        called, np.where(z > 0, Direction.INCREASING, Direction.DECREASING), Direction.STABLE
    )
    unknown = np.isnan(z)
    return Trend(
        direction=np.where(unknown, Direction.UNKNOWN, direction).astype(np.int8).reshape(shape),
        strength=erf(np.abs(z) / np.sqrt(2.0)).reshape(shape),
        log_ratio=np.where(unknown, np.nan, log_ratio).reshape(shape),
        n_obs=np.isfinite(tail).sum(axis=0).astype(np.int64).reshape(shape),
        reason=absence_reasons(
            columns,
            unknown,
            window=RECENT + BEFORE,
            min_obs=RECENT + 32,  # the fewest sessions since the first return: 32 are 3/4 of 42
            degenerate=np.isfinite(recent + before),
        ).reshape(shape),
    )


def _kurtosis(columns: FloatArray) -> FloatArray:
    """Pearson kurtosis (3 for a normal) of each column; NaN below 48 returns or without variance."""
    present = np.isfinite(columns)
    n = present.sum(axis=0).astype(np.float64)
    mean = divide(column_sums(np.where(present, columns, 0.0)), n)
    deviation = np.where(present, columns - mean, 0.0)
    m2 = divide(column_sums(np.square(deviation)), n)
    m4 = divide(column_sums(np.square(np.square(deviation))), n)
    varies = m2 > np.square(n * np.finfo(np.float64).eps * mean)  # more than the rounding of a constant
    return np.where((n >= 48) & varies, divide(m4, np.square(m2)), np.nan)
