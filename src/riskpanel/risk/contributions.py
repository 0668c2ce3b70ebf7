"""Where the variance of a book comes from: shares of positions and groups, and what diversification does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    as_columns,
    divide,
    exceeds_rounding,
    product_sums,
    zero_filled,
)
from riskpanel.risk.evidence import absence_reasons
from riskpanel.risk.matrices import SparseRows, WeightMatrix, as_members, as_weights
from riskpanel.risk.realized import SESSIONS_IN_YEAR

LEAST_RISK = 1e-6  # of the legs' own: below it a book is a perfect hedge but for rounded quantities
_BLOCK = 4_000_000  # numbers of a (P, T) table of series that are worked on at once


@dataclass(frozen=True, slots=True)
class RiskContributions:
    """Shares of variance by position, and the book as a whole; (P,) each, or () for a single portfolio.

    ``contributions`` holds, in the places of the weights, each position's share of the variance, decimal: the
    known ones of a portfolio sum to 1, a hedge is negative, one without any return over the sessions that
    count is NaN. ``diversification_ratio`` >= 1; ``volatility`` annualised, decimal; ``n_obs`` sessions that
    count; ``reason`` is not NONE exactly where these numbers are NaN.
    """

    contributions: SparseRows
    diversification_ratio: FloatArray
    volatility: FloatArray
    n_obs: IntArray
    reason: CodeArray

    @property
    def dense(self) -> FloatArray:
        """Contributions as (P, N), or (N,) for a single portfolio; 0 for what is not held."""
        shares = self.contributions
        table = np.zeros((len(shares), shares.n_columns))
        table[shares.rows, shares.columns] = shares.data
        return table[0] if self.volatility.ndim == 0 else table


def risk_contributions(
    returns: ArrayLike,
    weights: WeightMatrix,
    *,
    series: ArrayLike | None = None,
    min_obs: int = 63,
    annualization: int = SESSIONS_IN_YEAR,
) -> RiskContributions:
    r"""Split the variance of constant-mix portfolios among their positions.

    Parameters
    ----------
    returns : (T, N) array_like
        Simple returns of the instruments, decimal, imputed as by :func:`imputed_returns` where that is
        wanted; NaN means missing.
    weights : (P, N) sparse or dense array, or (N,)
        Exposure over net asset value, signed, decimal.
    series : (P, T) or (T,) array_like, optional
        Constant-mix returns of these weights on these returns, decimal, as by :func:`portfolio_series`;
        NaN marks a session that does not count. By default the weighted sums, and every session counts.
    min_obs : int
        Fewest sessions that count, at least 2.
    annualization : int
        Sessions in a year.

    Returns
    -------
    RiskContributions
        NaN below ``min_obs`` sessions and where the portfolio does not move (``DEGENERATE``): cash alone,
        and a hedge that leaves less than a millionth of its legs' risk, as rounded quantities do.

    Raises
    ------
    ValueError
        On shapes that do not fit, infinite values, or ``min_obs`` below 2.

    Notes
    -----
    Over the sessions that count, with a missing return of an instrument adding 0, as in the series:

    .. math::
        RC_i = \frac{w_i\, cov(r_i, r_p)}{var(r_p)}, \quad \sum_i RC_i = 1, \quad
        DR = \frac{\sum_i |w_i| \sigma_i}{\sigma_p} \ge 1

    Contributions are first-order: they say what share of today's variance a position carries, not what
    would be left without it. A portfolio gives the same bits alone and among many.

    References
    ----------
    Litterman (1996), *Hot Spots and Hedges*; Choueifaty, Coignard (2008), *Toward Maximum Diversification*.

    Examples
    --------
    >>> up, down = [0.01, -0.01, 0.01, -0.01], [0.01, 0.01, -0.01, -0.01]
    >>> split = risk_contributions(np.c_[up, down], np.array([0.6, 0.3]), min_obs=4)
    >>> split.dense.round(12).tolist(), round(float(split.diversification_ratio), 6)
    ([0.8, 0.2], 1.341641)
    """
    if min_obs < 2:
        raise ValueError(f"min_obs must be at least 2 sessions, not {min_obs}")
    columns, _ = as_columns(returns, "returns")
    matrix, single = as_weights(weights)
    if columns.shape[1] != matrix.n_columns:
        raise ValueError(f"returns of {columns.shape[1]} instruments do not fit {matrix.n_columns} weights")
    given = None if series is None else _given_series(series, (len(matrix), len(columns)))
    assets = _as_assets(columns)
    parts = [
        _split(assets, block, None if given is None else given[rows], min_obs)
        for rows, block in _blocks(matrix, len(columns))
    ]
    shares, ratio, deviation, n, reason = (np.concatenate(part) for part in zip(*parts, strict=True))
    row = 0 if single else slice(None)
    return RiskContributions(
        contributions=matrix.replaced(shares),
        diversification_ratio=ratio[row],
        volatility=(np.sqrt(annualization) * deviation)[row],
        n_obs=n[row],
        reason=reason[row],
    )


def group_contributions(contributions: RiskContributions, groups: ArrayLike, *, n_groups: int) -> FloatArray:
    """Sum risk contributions by group, such as sectors.

    Parameters
    ----------
    contributions : RiskContributions
        Of P portfolios over N instruments, or of a single one.
    groups : (N,) array_like of int, or (N, S) array_like
        Group of each instrument, 0 to ``n_groups`` - 1, or its shares by group, decimal; give the
        unclassified a group of their own.
    n_groups : int
        S.

    Returns
    -------
    (P, S) float64, or (S,) for a single portfolio
        Shares of variance, decimal; 0 for a group that is not held. NaN where a portfolio has no
        contributions, and for a group of which nothing that is held has a known one.

    Raises
    ------
    ValueError
        On a code out of range, shares that sum to more than 1, or shapes that do not fit.

    Notes
    -----
    A position without a known contribution is left out. The groups of a portfolio sum to 1. A position in
    several groups is split by its shares of them, whatever the risk of each part is.

    References
    ----------
    Litterman (1996), *Hot Spots and Hedges*.

    Examples
    --------
    >>> returns = np.array([[0.01, 0.01], [-0.01, 0.01], [0.01, -0.01], [-0.01, -0.01]])
    >>> split = risk_contributions(returns, np.array([0.6, 0.3]), min_obs=4)
    >>> group_contributions(split, [2, 0], n_groups=3).round(12).tolist()
    [0.2, 0.0, 0.8]
    """
    shares = contributions.contributions
    members = as_members(groups, "groups", n_columns=shares.n_columns, n_groups=n_groups)
    known: BoolArray = np.isfinite(shares.data)
    table = shares.replaced(np.where(known, shares.data, 0.0)).times(members)
    if not known.all():
        held = shares.replaced(np.ones(len(known))).times(members)
        measured = shares.replaced(known.astype(np.float64)).times(members)
        table[(held > 0) & (measured == 0)] = np.nan
    table[np.isnan(np.atleast_1d(contributions.volatility))] = np.nan
    return table[0] if contributions.volatility.ndim == 0 else table


class _Assets(NamedTuple):
    """Instruments with time along the last axis: as a series is made of them, centred, and squared."""

    filled: FloatArray
    centred: FloatArray
    squared: FloatArray
    present: FloatArray
    largest: FloatArray


def _as_assets(columns: FloatArray) -> _Assets:
    filled = np.ascontiguousarray(zero_filled(columns).T)
    sessions = np.full(len(filled), float(len(columns)))
    centred = filled - divide(np.add.reduce(filled, axis=1), sessions)[:, None]
    present = np.ascontiguousarray(np.isfinite(columns).T.astype(np.float64))
    return _Assets(filled, centred, np.square(centred), present, np.abs(filled).max(axis=1, initial=0.0))


def _given_series(series: ArrayLike, shape: tuple[int, int]) -> FloatArray:
    table = np.atleast_2d(np.asarray(series, dtype=np.float64))
    if table.shape != shape:
        raise ValueError(f"series must have shape {shape}, not {table.shape}")
    if np.isinf(table).any():
        raise ValueError("series holds an infinite value; a session that does not count is NaN")
    return table


def _blocks(matrix: SparseRows, sessions: int) -> Iterator[tuple[slice, SparseRows]]:
    """Split into runs of portfolios whose series take little memory."""
    step = max(_BLOCK // max(sessions, 1), 1)
    for first in range(0, max(len(matrix), 1), step):
        rows = slice(first, min(first + step, len(matrix)))
        low, high = matrix.starts[rows.start], matrix.starts[rows.stop]
        starts = matrix.starts[rows.start : rows.stop + 1] - low
        yield rows, SparseRows(matrix.data[low:high], matrix.columns[low:high], starts, matrix.n_columns)


def _split(
    assets: _Assets, weights: SparseRows, series: FloatArray | None, min_obs: int
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray, CodeArray]:
    """Contributions (nnz,), and diversification ratio, deviation, sessions and reason (P,) of one block."""
    returns = weights.times(assets.filled) if series is None else np.ascontiguousarray(series)
    counted: BoolArray = np.isfinite(returns)
    n = counted.sum(axis=1).astype(np.float64)
    mean = divide(np.add.reduce(np.where(counted, returns, 0.0), axis=1), n)
    deviation = np.where(counted, returns - mean[:, None], 0.0)
    squares = np.add.reduce(np.square(deviation), axis=1)
    largest = weights.replaced(np.abs(weights.data)).times(assets.largest)
    rows = weights.rows
    own, known = _own_squares(assets, weights, counted)
    spread = np.bincount(rows, weights=np.abs(weights.data) * np.sqrt(own), minlength=len(n))
    moves = exceeds_rounding(squares, n, largest) & (np.sqrt(squares) > LEAST_RISK * spread)
    usable = (n >= min_obs) & moves
    squares = np.where(usable, squares, np.nan)
    shares = weights.data * product_sums((assets.centred, weights.columns), (deviation, rows)) / squares[rows]
    reason = np.zeros(len(n), dtype=np.int8)
    lost = np.flatnonzero(~usable)
    reason[lost] = absence_reasons(
        returns[lost].T, np.ones(len(lost), dtype=bool), window=max(returns.shape[1], 1), min_obs=min_obs
    )
    return (
        np.where(known, shares, np.nan),
        spread / np.sqrt(squares),
        np.sqrt(divide(squares, n - 1.0)),
        n.astype(np.int64),
        reason,
    )


def _own_squares(assets: _Assets, weights: SparseRows, counted: BoolArray) -> tuple[FloatArray, BoolArray]:
    """Centred squares of each position's own returns over its portfolio's sessions, and whether any is real.

    Where every session counts they are the instrument's own, so only other portfolios need the products.
    """
    rows, columns = weights.rows, weights.columns
    squares = np.add.reduce(assets.squared, axis=1)[columns]
    real: BoolArray = np.logical_or.reduce(assets.present > 0, axis=1)[columns]
    thinned: BoolArray = np.logical_or.reduce(~counted, axis=1)
    part = np.flatnonzero(thinned[rows])
    mask = counted.astype(np.float64) if len(part) else np.empty(counted.shape)
    totals, squared, there = (
        product_sums((values, columns[part]), (mask, rows[part]))
        for values in (assets.centred, assets.squared, assets.present)
    )
    sessions = counted.sum(axis=1).astype(np.float64)[rows[part]]
    squares[part] = np.maximum(squared - divide(np.square(totals), sessions), 0.0)
    real[part] = there > 0
    return squares, real
