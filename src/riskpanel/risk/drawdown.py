"""The largest loss from a peak."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, CodeArray, FloatArray, IntArray, as_columns
from riskpanel.risk.evidence import absence_reasons

NO_ROW = -1


@dataclass(frozen=True, slots=True)
class Drawdown:
    """Largest loss from a peak to a later trough; (N,) each.

    ``depth`` <= 0, decimal. ``trough`` is the row at whose end the value stood lowest against its peak, -1
    where there was no loss or no number. ``peak`` is the row at whose end the peak was first reached, -1
    where ``trough`` is, and where the peak is the value before the first row. ``n_obs`` counts the returns;
    ``reason`` is not NONE exactly where ``depth`` is NaN.
    """

    depth: FloatArray
    peak: IntArray
    trough: IntArray
    n_obs: IntArray
    reason: CodeArray


def max_drawdown(returns: ArrayLike, *, min_obs: int) -> Drawdown:
    r"""Find the largest loss from a peak over all rows given.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    min_obs : int
        Fewest returns, at least 1.

    Returns
    -------
    Drawdown
        Arrays of shape (N,) or (); ``depth`` is 0 where the value never fell below a peak, NaN below
        ``min_obs`` returns.

    Raises
    ------
    ValueError
        On ``min_obs`` below 1, or infinite returns.

    Notes
    -----
    .. math::
        W_t = \prod_{s \le t} (1 + r_s), \quad
        depth = \min_t \frac{W_t}{\max(1, \max_{s \le t} W_s)} - 1

    The value 1 before the first row counts as a peak. A missing return is left out, so what was lost over a
    gap is not seen. Where a levered series loses everything (W at or below 0) compounding ends: later rows
    count as observed and change nothing, and a depth below -1 means that more than everything was lost.

    References
    ----------
    Magdon-Ismail, Atiya (2004), *Maximum Drawdown*.

    Examples
    --------
    >>> fall = max_drawdown([0.10, -0.50, 0.20, -0.25], min_obs=4)
    >>> round(float(fall.depth), 12), int(fall.peak), int(fall.trough)
    (-0.55, 0, 3)
    """
    if min_obs < 1:
        raise ValueError(f"min_obs must be at least 1 return, not {min_obs}")
    columns, shape = as_columns(returns, "returns")
    n = np.isfinite(columns).sum(axis=0)
    usable = n >= min_obs
    value = _value(columns)
    peaks = np.maximum.accumulate(value, axis=0)
    loss = value / peaks - 1.0
    trough = np.argmin(loss, axis=0)
    depth = np.min(loss, axis=0)
    peak_value = np.take_along_axis(peaks, trough[None], axis=0)
    peak = np.argmax(value == peak_value, axis=0)
    fell = usable & (depth < 0.0)
    reason = absence_reasons(
        columns, ~usable, window=max(len(columns), 1), min_obs=min_obs, degenerate=np.zeros_like(usable)
    )
    return Drawdown(
        depth=np.where(usable, depth, np.nan).reshape(shape),
        peak=np.where(fell, peak - 1, NO_ROW).astype(np.int64).reshape(shape),  # row 0 is the start
        trough=np.where(fell, trough - 1, NO_ROW).astype(np.int64).reshape(shape),
        n_obs=n.astype(np.int64).reshape(shape),
        reason=reason.reshape(shape),
    )


def _value(columns: FloatArray) -> FloatArray:
    """Value of 1 invested before the first row, at the start and after each row: (T + 1, N)."""
    growth: FloatArray = np.vstack([np.ones((1, columns.shape[1])), 1.0 + np.nan_to_num(columns)])
    ruined: BoolArray = np.logical_or.accumulate(growth <= 0.0, axis=0)  # nothing is left to lose
    growth[1:][ruined[:-1]] = 1.0
    return np.multiply.accumulate(growth, axis=0)
