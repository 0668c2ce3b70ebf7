"""Correlations of many pairs of series, each over the rows where both exist."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    divide,
    exceeds_rounding,
    product_sums,
)
from riskpanel.risk.blocks import blocks

_BLOCK = 1_000_000  # returns of a batch that are worked on at once
_SETS = 2_000  # sets whose pairs are worked on at once: bounds the memory


@dataclass(frozen=True, slots=True)
class Correlation:
    """``matrix`` and ``n_obs``, the pairs behind each coefficient: (N, N), or (B, N, N) for a batch.

    Symmetric, within [-1, 1], 1 on the diagonal where it is defined; NaN below the minimum and where a side
    does not vary over the pairs. Every coefficient has its own rows, so the matrix need not be positive
    semi-definite where returns are missing.
    """

    matrix: FloatArray
    n_obs: IntArray

    @property
    def mean(self) -> FloatArray:
        """Average of the coefficients off the diagonal that are defined: () or (B,); NaN without any."""
        first, second = np.triu_indices(self.matrix.shape[-1], k=1)
        pairs = np.ascontiguousarray(self.matrix[..., first, second])  # a slice gives the same bits alone
        known: BoolArray = np.isfinite(pairs)
        total = np.where(known, pairs, 0.0).sum(axis=-1)
        return divide(total, known.sum(axis=-1).astype(np.float64))


class _Series(NamedTuple):
    """Series as rows: centred with 0 for missing, squared, the mask, and the largest size."""

    centred: FloatArray
    squared: FloatArray
    present: FloatArray
    largest: FloatArray


def pairwise_correlation(returns: ArrayLike, *, min_obs: int = 63) -> Correlation:
    r"""Correlate every pair of series over the rows where both have a return.

    Parameters
    ----------
    returns : (T, N) or (B, T, N) array_like
        Simple returns, decimal; NaN means missing. In a batch each slice is a set of N series of its own.
    min_obs : int
        Fewest rows where both exist, at least 2.

    Returns
    -------
    Correlation
        Matrices of shape (N, N), or (B, N, N). NaN below ``min_obs`` pairs and where either side is
        constant over them.

    Raises
    ------
    ValueError
        On another number of axes, infinite values, or ``min_obs`` below 2.

    Notes
    -----
    Over the n rows where both exist:

    .. math:: \rho = \frac{\sum (x - \bar x)(y - \bar y)}{\sqrt{\sum (x - \bar x)^2 \sum (y - \bar y)^2}}

    Series are centred on their own mean first, so that little cancels in the sums. Nothing is filled. A
    slice of a batch gives the same bits alone.

    References
    ----------
    Pearson (1895), *Note on Regression and Inheritance in the Case of Two Parents*.

    Examples
    --------
    >>> x = np.array([0.01, -0.02, 0.03, 0.00])
    >>> both = pairwise_correlation(np.c_[x, -2 * x + 0.01], min_obs=4)
    >>> both.matrix.round(12).tolist(), float(both.mean.round(12))
    ([[1.0, -1.0], [-1.0, 1.0]], -1.0)
    """
    if min_obs < 2:
        raise ValueError(f"min_obs must be at least 2 pairs, not {min_obs}")
    batch = np.asarray(returns, dtype=np.float64)
    if batch.ndim not in (2, 3):
        raise ValueError(f"returns must have shape (T, N) or (B, T, N), not {batch.shape}")
    if np.isinf(batch).any():
        raise ValueError("returns holds an infinite value; missing is NaN")
    slices = batch[None] if batch.ndim == 2 else batch
    names = batch.shape[-1]
    first, second = np.triu_indices(names)
    matrix, n_obs = np.full((len(slices), names, names), np.nan), np.zeros((len(slices), names, names))
    step = max(_BLOCK // max(batch.shape[-2] * names, 1), 1)
    for start in range(0, len(slices), step):
        part = slices[start : start + step]
        series = _as_series(np.swapaxes(part, 1, 2).reshape(len(part) * names, part.shape[1]))
        offsets: IntArray = np.arange(len(part), dtype=np.int64)[:, None] * names
        coefficients, n = _coefficients(series, np.ravel(offsets + first), np.ravel(offsets + second))
        where = slice(start, start + step)
        shape = (len(part), len(first))
        coefficients = np.where(n >= min_obs, coefficients, np.nan).reshape(shape)
        matrix[where, first, second] = matrix[where, second, first] = coefficients
        n_obs[where, first, second] = n_obs[where, second, first] = n.reshape(shape)
    shape = (*batch.shape[:-2], names, names)
    return Correlation(matrix.reshape(shape), n_obs.astype(np.int64).reshape(shape))


def set_correlation(returns: ArrayLike, sets: IntArray, *, min_obs: int) -> Correlation:
    r"""Correlate within many sets that take their series from one table, each pair of series once.

    Parameters
    ----------
    returns : (T, N) array_like
        Simple returns, decimal; NaN means missing.
    sets : (B, K) int
        Columns of the series in each set, -1 for none.
    min_obs : int
        Fewest rows where both exist, at least 2.

    Returns
    -------
    Correlation
        Matrices of shape (B, K, K), with the bits of :func:`pairwise_correlation` of each set.

    Raises
    ------
    ValueError
        On another number of axes, infinite values, or ``min_obs`` below 2.

    Notes
    -----
    That of :func:`pairwise_correlation`. What is in many sets is looked at once, and so are pairs.

    References
    ----------
    Pearson (1895), *Note on Regression and Inheritance in the Case of Two Parents*.

    Examples
    --------
    >>> x = np.array([0.01, -0.02, 0.03, 0.00])
    >>> set_correlation(np.c_[x, -x, x], np.array([[0, 1], [2, -1]]), min_obs=4).mean.round(12).tolist()
    [-1.0, nan]
    """
    if min_obs < 2:
        raise ValueError(f"min_obs must be at least 2 pairs, not {min_obs}")
    columns, _ = as_columns(returns, "returns")
    held, places = np.unique(sets, return_inverse=True)
    places = places.reshape(sets.shape)
    rows = columns.T[held]
    rows[held < 0] = np.nan
    series = _as_series(rows)
    matrix, n_obs = np.empty((2, len(sets), sets.shape[1], sets.shape[1]))
    each, diagonal = np.arange(len(held), dtype=np.int64), np.arange(sets.shape[1], dtype=np.int64)
    own, n_own = _coefficients(series, each, each)
    matrix[:, diagonal, diagonal], n_obs[:, diagonal, diagonal] = own[places], n_own[places]
    first, second = np.triu_indices(sets.shape[1], k=1)
    for part in blocks(len(sets), width=_SETS):
        one, other = places[part][:, first], places[part][:, second]
        coefficients, n = _coefficients(series, one.ravel(), other.ravel())
        matrix[part, first, second] = matrix[part, second, first] = coefficients.reshape(one.shape)
        n_obs[part, first, second] = n_obs[part, second, first] = n.reshape(one.shape)
    matrix[n_obs < min_obs] = np.nan
    return Correlation(matrix, n_obs.astype(np.int64))


def _as_series(rows: FloatArray) -> _Series:
    rows = np.ascontiguousarray(rows)  # sums must not depend on the layout
    present: BoolArray = np.isfinite(rows)
    filled = np.where(present, rows, 0.0)
    n = present.sum(axis=1).astype(np.float64)
    mean = divide(np.add.reduce(filled, axis=1), n)
    centred = np.where(present, filled - mean[:, None], 0.0)
    return _Series(
        centred, np.square(centred), present.astype(np.float64), np.abs(filled).max(axis=1, initial=0.0)
    )


def _coefficients(series: _Series, first: IntArray, second: IntArray) -> tuple[FloatArray, FloatArray]:
    """Correlations (K,) of pairs of series, NaN where a side does not vary, and their joint rows."""
    x, squared, there, largest = series
    n, sum_x, sum_y, xx, yy = (
        _joint_sums(there, values, picks, others)
        for values, picks, others in (
            (there, first, second),
            (x, first, second),
            (x, second, first),
            (squared, first, second),
            (squared, second, first),
        )
    )
    xy = product_sums((x, first), (x, second)) - divide(sum_x * sum_y, n)
    sxx, syy = xx - divide(np.square(sum_x), n), yy - divide(np.square(sum_y), n)
    varies = _exceeds_cancellation(sxx, xx, n) & exceeds_rounding(sxx, n, largest[first])
    varies &= _exceeds_cancellation(syy, yy, n) & exceeds_rounding(syy, n, largest[second])
    scale = np.sqrt(np.where(varies, sxx, np.nan)) * np.sqrt(np.where(varies, syy, np.nan))
    ratio = np.clip(divide(xy, scale), -1.0, 1.0)  # beyond 1 by a rounding
    return np.where((first == second) & varies, 1.0, ratio), n


def _joint_sums(there: FloatArray, values: FloatArray, picks: IntArray, others: IntArray) -> FloatArray:
    """Sum ``values[picks]`` over the rows where ``others`` are present.

    A series without a hole leaves the sum as it is, to the bit, so only pairs with one need the products.
    """
    sums = np.add.reduce(values, axis=1)[picks]
    holed: BoolArray = np.logical_or.reduce(there == 0, axis=1)
    holes = np.flatnonzero(holed[others])
    sums[holes] = product_sums((values, picks[holes]), (there, others[holes]))
    return sums


def _exceeds_cancellation(squares: FloatArray, uncentred: FloatArray, n: FloatArray) -> BoolArray:
    """Whether a sum of squares about the joint mean is more than what the subtraction left behind."""
    return squares > n * np.finfo(np.float64).eps * uncentred
