"""The variance of each single session from its prices, brought to the level of close-to-close returns."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    as_columns,
    column_sums,
    divide,
    last_rows,
)
from riskpanel.risk.bars import Bars
from riskpanel.risk.evidence import absence_reasons
from riskpanel.risk.ranges import PARKINSON


@dataclass(frozen=True, slots=True)
class RangeScale:
    """Factor of each symbol from the level of session variances to that of squared returns; (N,) each.

    ``scale`` is shrunk and bounded, ``ratio`` is the symbol's own, before both, ``n_obs`` the sessions it
    rests on, ``reason`` a code of :class:`~riskpanel.risk.evidence.Reason` that is not NONE exactly where
    ``scale`` is NaN.
    """

    scale: FloatArray
    ratio: FloatArray
    n_obs: IntArray
    reason: CodeArray


def session_variance(bars: Bars) -> FloatArray:
    r"""Estimate the variance of each session, its night included, from that session alone.

    Parameters
    ----------
    bars : Bars
        (T, N) or (T,) adjusted prices.

    Returns
    -------
    (T, N) or (T,) float64
        Variance a session, decimal squared, not annualised. NaN where the open, the high, the low or the
        close before is missing, so the first row is NaN, and where the session contradicts itself.

    Notes
    -----
    .. math:: s_t = (\ln O_t / C_{t-1})^2 + \frac{(\ln H_t / L_t)^2}{4 \ln 2}

    A night has only its two ends, so its square is as noisy as a squared return; the session's own part has
    a fifth of that noise. The level is off by a factor that differs between symbols, up where opening
    prices bounce and down where few trades miss the extremes: :func:`range_scale` measures it.

    References
    ----------
    Parkinson (1980), *The Extreme Value Method for Estimating the Variance of the Rate of Return*; Garman,
    Klass (1980), on adding the night.

    Examples
    --------
    >>> bars = Bars([100.0, 102.0], [101.0, 103.0], [99.0, 101.0], [100.0, 102.0])
    >>> session_variance(bars).round(8).tolist()
    [nan, 0.00053082]
    """
    moves = bars.log_moves(len(bars.close))
    variance = np.square(moves.gap) + PARKINSON * np.square(moves.span)
    return variance.reshape(len(variance), *bars.shape)


def parkinson_variance(bars: Bars) -> FloatArray:
    r"""Estimate the variance of each session, its night left out, from its high and low.

    Parameters
    ----------
    bars : Bars
        (T, N) or (T,) adjusted prices.

    Returns
    -------
    (T, N) or (T,) float64
        Variance a session, decimal squared, not annualised. NaN where the high or the low is missing, and
        where the session contradicts itself.

    Notes
    -----
    .. math:: PK_t = \frac{(\ln H_t / L_t)^2}{4 \ln 2}

    Its level is below that of squared returns, by the night; as a measure of how stirred a session was
    against others of the same symbol it is the sharpest that a daily bar allows.

    References
    ----------
    Parkinson (1980), *The Extreme Value Method for Estimating the Variance of the Rate of Return*.

    Examples
    --------
    >>> bars = Bars([100.0, 102.0], [101.0, 103.0], [99.0, 101.0], [100.0, 102.0])
    >>> parkinson_variance(bars).round(8).tolist()
    [0.00014428, 0.00013868]
    """
    span = bars.log_moves(len(bars.close)).span
    return (PARKINSON * np.square(span)).reshape(len(span), *bars.shape)


def range_scale(
    returns: ArrayLike,
    variances: ArrayLike,
    *,
    universe: ArrayLike | None = None,
    window: int = 504,
    prior_obs: float = 252,
    bounds: tuple[float, float] = (0.4, 3.0),
    min_obs: int = 63,
) -> RangeScale:
    r"""Measure the factor that brings session variances to the level of squared close-to-close returns.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    variances : (T, N) or (T,) array_like
        :func:`session_variance` of the same sessions; NaN means missing.
    universe : (N,) array_like of bool, optional
        The symbols whose mean the others are shrunk towards; by default all. A symbol outside it is scaled
        as well, and changes no other.
    window, min_obs : int
        Look-back and fewest sessions on which both exist.
    prior_obs : float
        Sessions that the universe counts for: a symbol with as many of its own stands half-way.
    bounds : (float, float)
        Least and largest scale.

    Returns
    -------
    RangeScale
        Arrays of shape (N,) or (). NaN below ``min_obs`` sessions, where either mean is 0, and where no
        symbol of the universe has a ratio to shrink towards.

    Raises
    ------
    ValueError
        On shapes that do not fit, infinite or negative values, or knobs out of order.

    Notes
    -----
    Over the n of the last 504 rows where both exist, with g the factor of the universe U:

    .. math::
        q_i = \frac{\sum r_t^2}{\sum s_t}, \quad
        \ln g = \frac{\sum_{j \in U} n_j \ln q_j}{\sum_{j \in U} n_j}, \quad
        scale_i = \exp\Bigl(\frac{n_i \ln q_i + n_0 \ln g}{n_i + n_0}\Bigr)

    where each q_j in the sum, and the scale at the end, is held within the bounds. The universe's factor is
    a mean of logs and not the ratio of pooled sums: those are ruled by the most volatile names and by
    single bad prices, while here no symbol counts for more than its sessions and the bounds allow. On 502
    stocks over 20 years the two were 1 to 3 % apart, and met the level of the next 63 sessions equally
    well. The sum over symbols does not depend on their order.

    References
    ----------
    Martens, van Dijk (2007), *Measuring Volatility with the Realized Range*, on scaling by the ratio of
    average levels; Efron, Morris (1975), on shrinking.

    Examples
    --------
    >>> r = np.tile([0.01, -0.01], 126)
    >>> found = range_scale(np.c_[r, r], np.c_[r**2 / 2, r**2], prior_obs=252)
    >>> found.ratio.round(6).tolist(), found.scale.round(6).tolist()
    ([2.0, 1.0], [1.681793, 1.189207])
    """
    columns, shape = as_columns(returns, "returns")
    proxies, _ = as_columns(variances, "variances")
    _check(columns, proxies, bounds)
    if window < min_obs or min_obs < 1 or prior_obs < 0:
        raise ValueError(f"window {window}, min_obs {min_obs} and prior_obs {prior_obs} do not fit together")
    own, level = last_rows(columns, window), last_rows(proxies, window)
    both = np.isfinite(own) & np.isfinite(level)
    n = both.sum(axis=0)
    squares = column_sums(np.where(both, np.square(own), 0.0))
    sums = column_sums(np.where(both, level, 0.0))
    known = (n >= min_obs) & (squares > 0) & (sums > 0)
    ratio = np.where(known, divide(squares, sums), np.nan)
    member = _members(universe, len(n))
    count = n.astype(np.float64)
    prior = _mean_log(np.clip(ratio, *bounds)[known & member], count[known & member])
    shrunk = np.exp((count * np.log(ratio) + prior_obs * prior) / (count + prior_obs))
    scale = np.clip(shrunk, *bounds)
    pairs = np.where(np.isfinite(columns) & np.isfinite(proxies), columns, np.nan)
    reason = absence_reasons(pairs, np.isnan(scale), window=window, min_obs=min_obs)
    return RangeScale(
        scale=scale.reshape(shape),
        ratio=ratio.reshape(shape),
        n_obs=n.astype(np.int64).reshape(shape),
        reason=reason.reshape(shape),
    )


def _check(returns: FloatArray, variances: FloatArray, bounds: tuple[float, float]) -> None:
    if variances.shape != returns.shape:
        raise ValueError(f"variances must have the shape {returns.shape} of returns, not {variances.shape}")
    if (variances < 0).any():
        raise ValueError("variances must not be negative; missing is NaN")
    if not 0 < bounds[0] <= bounds[1]:
        raise ValueError(f"bounds must be above 0 and in order, not {bounds}")


def _members(universe: ArrayLike | None, columns: int) -> BoolArray:
    if universe is None:
        return np.ones(columns, dtype=bool)
    member = np.atleast_1d(np.asarray(universe))
    if member.dtype != np.bool_ or member.shape != (columns,):
        raise ValueError(f"universe must be boolean with shape ({columns},), not {member.shape}")
    return member


def _mean_log(ratios: FloatArray, counts: FloatArray) -> float:
    """Mean of the logs, weighted by evidence; summed exactly, so that the order of symbols is not seen."""
    if not len(ratios):
        return math.nan
    return math.fsum((counts * np.log(ratios)).tolist()) / math.fsum(counts.tolist())
