"""Weights by sector, and the market beta of a book from the betas of its positions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import FloatArray, IntArray, divide
from riskpanel.risk.matrices import SparseRows, WeightMatrix, as_loadings, as_members, as_weights


@dataclass(frozen=True, slots=True)
class SectorWeights:
    """Weights by sector, over net asset value, decimal; (P, S) each.

    ``net`` = ``long`` + ``short`` with ``short`` <= 0; ``gross`` = ``long`` - ``short``.
    """

    net: FloatArray
    long: FloatArray
    short: FloatArray
    gross: FloatArray


def sector_weights(weights: WeightMatrix, sectors: ArrayLike, *, n_sectors: int) -> SectorWeights:
    r"""Sum weights by sector.

    Parameters
    ----------
    weights : (P, N) sparse or dense array, or (N,)
        Net exposure of each symbol over net asset value, signed, decimal.
    sectors : (N,) array_like of int, or (N, S) array_like
        Sector of each instrument, 0 to ``n_sectors`` - 1, or its shares by sector, decimal; give the
        unclassified a sector of their own.
    n_sectors : int
        S.

    Returns
    -------
    SectorWeights
        Arrays of shape (P, S), or (S,) for a single portfolio; a sector that is not held is 0.

    Raises
    ------
    ValueError
        On a code out of range, shares that sum to more than 1, or shapes that do not fit.

    Notes
    -----
    .. math:: W_s = \\sum_i w_i \\, m_{i,s}, \\quad m_{i,s} \\text{ the share of } i \\text{ in sector } s

    The net weights of all sectors and cash sum to 1 for any portfolio, levered or short, because the
    denominator is the net asset value. (Over net exposure, +60/-50 would show 600 % and -500 %.)

    References
    ----------
    MSCI and S&P Dow Jones Indices, *Global Industry Classification Standard*.

    Examples
    --------
    >>> sector_weights(np.array([0.5, 0.2, -0.1]), [0, 0, 1], n_sectors=2).net.round(12).tolist()
    [0.7, -0.1]
    >>> sector_weights(np.array([0.5]), [[0.6, 0.3, 0.1]], n_sectors=3).net.round(12).tolist()
    [0.3, 0.15, 0.05]
    """
    matrix, single = as_weights(weights)
    members = as_members(sectors, "sectors", n_columns=matrix.n_columns, n_groups=n_sectors)
    long = matrix.replaced(np.maximum(matrix.data, 0.0)).times(members)
    short = matrix.replaced(np.minimum(matrix.data, 0.0)).times(members)
    row = 0 if single else slice(None)
    return SectorWeights(net=(long + short)[row], long=long[row], short=short[row], gross=(long - short)[row])


@dataclass(frozen=True, slots=True)
class WeightedBeta:
    """Market beta of a book from its positions; (P,) each.

    ``beta`` is not renormalised for what is not covered; ``coverage`` is the gross share that has a beta;
    ``r_squared`` is the share-weighted mean of the covered positions' own; ``n_obs`` the least of theirs.
    """

    beta: FloatArray
    coverage: FloatArray
    r_squared: FloatArray
    n_obs: IntArray


def weighted_beta(
    weights: WeightMatrix, beta: ArrayLike, *, r_squared: ArrayLike, n_obs: ArrayLike
) -> WeightedBeta:
    r"""Sum the betas of positions by weight, with the share of the book that the sum covers.

    Parameters
    ----------
    weights : (P, N) sparse or dense array, or (N,)
        Net exposure of each symbol over net asset value, signed, decimal.
    beta, r_squared : (N,) array_like
        Of each instrument; NaN means unknown.
    n_obs : (N,) array_like of int
        Pairs behind each beta.

    Returns
    -------
    WeightedBeta
        Arrays of shape (P,), or () for a single portfolio. All NaN (``n_obs`` 0) only where something is
        held and nothing of it has a beta. A portfolio of cash alone has beta 0 with coverage 1.

    Raises
    ------
    ValueError
        On shapes that do not fit.

    Notes
    -----
    .. math:: \beta_p = \sum_{i \in C} w_i \beta_i, \quad coverage = \sum_{i \in C} |w_i| / \sum_i |w_i|

    A position without a beta is not counted as 0 in silence: the coverage says how much is missing.

    References
    ----------
    Sharpe (1963), *A Simplified Model for Portfolio Analysis*.

    Examples
    --------
    >>> book = weighted_beta(np.array([0.5, 0.5]), [1.0, np.nan], r_squared=[0.4, np.nan], n_obs=[90, 0])
    >>> float(book.beta), float(book.coverage)
    (0.5, 0.5)
    """
    matrix, single = as_weights(weights)
    betas = as_loadings(beta, "beta", matrix)
    fits = as_loadings(r_squared, "r_squared", matrix)
    pairs = as_loadings(n_obs, "n_obs", matrix)
    known = np.isfinite(betas)
    share = matrix.shares()
    coverage = share.times(known)
    nothing = (coverage == 0) & ~matrix.empty
    fit = divide(share.times(np.where(known, np.nan_to_num(fits), 0.0)), coverage)
    coverage[matrix.empty] = 1.0
    beta_of_book = np.where(nothing, np.nan, matrix.times(np.nan_to_num(betas)))
    least = _least(matrix, np.where(known, pairs, np.nan)).astype(np.int64)
    row = 0 if single else slice(None)
    return WeightedBeta(beta_of_book[row], coverage[row], fit[row], least[row])


def _least(matrix: SparseRows, values: FloatArray) -> FloatArray:
    """Smallest value among each row's columns, NaN ignored; 0 where there is none."""
    held = np.where(np.isnan(values), np.inf, values)[matrix.columns]
    rows = np.flatnonzero(~matrix.empty)
    least = np.full(len(matrix), np.inf)
    if len(rows):
        least[rows] = np.minimum.reduceat(held, matrix.starts[rows])
    return np.where(np.isfinite(least), least, 0.0)
