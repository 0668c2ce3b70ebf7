"""Market beta at every session, each over the window that ends there, all in one pass."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    as_columns,
    as_series,
    divide,
)
from riskpanel.risk.blocks import blocks
from riskpanel.risk.evidence import STALE_AFTER, Reason
from riskpanel.risk.pairs import BetaEstimates, Line, Pairs
from riskpanel.risk.running import Moments

_GATHERED = 4_000_000  # numbers gathered at once for windows that are fitted directly
_NEAR_PERFECT = 1e-4  # unexplained share below which Syy - b Sxy has lost too many digits
_FAR_FROM_ZERO = 1e6  # squared mean over variance above which a moment has


def rolling_market_beta(
    returns: ArrayLike, market: ArrayLike, *, window: int, min_obs: int, p_values: bool = True
) -> BetaEstimates:
    r"""Estimate the market beta of each series at each session, over the ``window`` rows that end there.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    market : (T,) array_like
        Simple returns of the market index on the same sessions; NaN means missing.
    window : int
        Look-back in sessions.
    min_obs : int
        Fewest jointly present pairs in a window, from 3 to ``window``.
    p_values : bool
        Whether p-values are wanted, which take longer than all the rest; without them they are NaN.

    Returns
    -------
    BetaEstimates
        Arrays of shape (T, N), or (T,) for a single series. Row t uses rows t - window + 1 to t, as far as
        they exist, and has the numbers and reasons that :func:`market_beta` gives for these rows.

    Raises
    ------
    ValueError
        On shapes that do not fit, infinite values, or ``min_obs`` outside 3 to ``window``.

    Notes
    -----
    The formulas of :func:`market_beta`, from moments updated row by row (Welford) in blocks as long as the
    window and merged where a window spans two blocks: the cost grows with T times N and not with the window,
    and a wild stretch leaves no trace in the windows after it. Where the market explains all but a
    ten-thousandth of a series, or a mean is a thousand times the deviations from it, moments lose digits, and
    the window is fitted directly. Missing pairs are left out, never filled. Agrees with :func:`market_beta`
    to about 1e-11; not to the bit, and a first row more or less may change the last bits too.

    References
    ----------
    Chan, Golub, LeVeque (1983), *Algorithms for Computing the Sample Variance*; Welford (1962), *Note on a
    Method for Calculating Corrected Sums of Squares and Products*.

    Examples
    --------
    >>> m = np.array([0.01, -0.02, 0.015, 0.0, 0.03])
    >>> rolling_market_beta(np.r_[m[:2], 2 * m[2:]], m, window=3, min_obs=3).beta.round(2).tolist()
    [nan, nan, 1.28, 1.41, 2.0]
    """
    if not 3 <= min_obs <= window:
        raise ValueError(f"min_obs must be between 3 and the window of {window} sessions, not {min_obs}")
    y, shape = as_columns(returns, "returns")
    x = as_series(market, "market", len(y))
    parts = [
        _rolling(np.ascontiguousarray(y[:, part]), x, window=window, min_obs=min_obs, p_values=p_values)
        for part in blocks(y.shape[1])
    ]
    return BetaEstimates.side_by_side(parts).reshaped((len(y), *shape))


def _rolling(
    y: FloatArray, market: FloatArray, *, window: int, min_obs: int, p_values: bool
) -> BetaEstimates:
    pairs = Pairs.beside(y, np.broadcast_to(market[:, None], y.shape))
    found = Moments.beside_market(market, y, window=window)
    enough = (found.n >= min_obs) & (found.sxx > 0) & (found.syy > 0)
    beta = np.where(enough, divide(found.sxy, found.sxx), np.nan)
    explained = beta * found.sxy
    sse = np.maximum(found.syy - explained, 0.0)  # below 0 by a rounding, and then fitted directly
    std_error = np.sqrt(divide(divide(sse, found.n - 2), found.sxx))
    r_squared = np.minimum(divide(explained, found.syy), 1.0)
    delicate = enough & _loses_digits(found, sse)
    for cells in _batches(delicate, window):
        line = _direct(pairs, cells, window=window, min_obs=min_obs)
        direct = line.estimates(line.plain_error)
        beta[cells], std_error[cells], r_squared[cells] = direct.beta, direct.std_error, direct.r_squared
        found.mean_x[cells], found.mean_y[cells] = 0.0, line.alpha  # so that the next line gives alpha
    p_value = np.full_like(beta, np.nan)
    if p_values:
        p_value = BetaEstimates.two_sided_p(beta, std_error, freedom=np.maximum(found.n - 2, 1.0))
    return BetaEstimates(
        beta=beta,
        alpha=found.mean_y - beta * found.mean_x,
        std_error=std_error,
        r_squared=r_squared,
        p_value=p_value,
        n_obs=found.n.astype(np.int64),
        reason=_reasons(pairs.present, np.isnan(beta), found.n, window=window, min_obs=min_obs),
    )


def _loses_digits(found: Moments, sse: FloatArray) -> BoolArray:
    """Where a fit is too close, or a mean too far from 0, for moments to keep the digits of a direct fit."""
    far_x = found.n * np.square(found.mean_x) > _FAR_FROM_ZERO * found.sxx
    far_y = found.n * np.square(found.mean_y) > _FAR_FROM_ZERO * found.syy
    return far_x | far_y | (sse < _NEAR_PERFECT * found.syy)


def _batches(chosen: BoolArray, window: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Sessions and columns of the chosen (T, N) cells, few enough at a time to gather their windows."""
    cells, size = np.argwhere(chosen), max(_GATHERED // window, 1)
    for first in range(0, len(cells), size):
        yield cells[first : first + size, 0], cells[first : first + size, 1]


def _direct(pairs: Pairs, cells: tuple[IntArray, IntArray], *, window: int, min_obs: int) -> Line:
    """Fit the windows that end in the given (session, series) cells, each from its own rows."""
    sessions, columns = cells
    rows = sessions - np.arange(window - 1, -1, -1)[:, None]
    there = rows >= 0
    y, x = (np.where(there, values[np.maximum(rows, 0), columns], np.nan) for values in (pairs.y, pairs.x))
    return Line.through(Pairs.beside(y, x), min_obs=min_obs)


def _reasons(
    present: BoolArray, missing: BoolArray, n: FloatArray, *, window: int, min_obs: int
) -> CodeArray:
    """Say for each window of ``n`` pairs what :func:`absence_reasons` says for its rows."""
    sessions = np.arange(len(present))[:, None]
    last = np.maximum.accumulate(np.where(present, sessions, -1), axis=0)
    onwards = np.minimum.accumulate(np.where(present, sessions, len(present))[::-1], axis=0)[::-1]
    start = np.maximum(sessions - window + 1, 0)
    first = onwards[start[:, 0]]
    codes = np.select(
        [n == 0, n >= min_obs, last < sessions + 1 - STALE_AFTER, sessions + 1 - first < min_obs],
        [Reason.UNPRICED, Reason.DEGENERATE, Reason.STALE, Reason.SHORT_HISTORY],
        default=Reason.GAP,
    )
    return np.where(missing, codes, Reason.NONE).astype(np.int8)
