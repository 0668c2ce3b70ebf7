"""What a book would gain or lose: in moves of the market or of sectors, and in a window of the past again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, FloatArray
from riskpanel.risk.matrices import SparseRows, WeightMatrix, as_loadings, as_weights
from riskpanel.risk.responses import shock_responses

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class StressOutcome:
    """P&L of each portfolio in each scenario.

    ``pnl`` (P, S) in the unit of the exposures; ``coverage`` (P, S), the gross share whose response is
    known, and ``proxied`` (P, S), the part of it whose response stands in for a missing return of its own;
    ``responses`` (S, N), the move of each instrument, decimal, NaN where unknown.
    """

    pnl: FloatArray
    coverage: FloatArray
    proxied: FloatArray
    responses: FloatArray


def stress(
    exposures: WeightMatrix,
    loadings: ArrayLike,
    shocks: ArrayLike,
    *,
    sectors: ArrayLike | None = None,
    sector_shocks: ArrayLike | None = None,
) -> StressOutcome:
    r"""Apply market and sector shocks to exposures.

    Parameters
    ----------
    exposures : (P, N) sparse or dense array, or (N,)
        Net exposure of each symbol, signed, in currency or as weights.
    loadings : (N,) array_like
        Market beta of each instrument; NaN means unknown.
    shocks : (S,) array_like
        Move of the market in each scenario, decimal.
    sectors : (N,) array_like of int, or (N, K) array_like, optional
        Sector of each instrument, 0 to K - 1, -1 for unclassified; or its shares by sector, decimal, the
        rest being unclassified.
    sector_shocks : (S, K) array_like, optional
        Move of each sector in each scenario, decimal, in place of beta times the market's; NaN means none.

    Returns
    -------
    StressOutcome
        As of `scenario_pnl` with the responses of `shock_responses`; nothing is proxied.

    Raises
    ------
    ValueError
        On shapes that do not fit.

    Notes
    -----
    .. math:: P\&L_s = \sum_i e_i \, q_{s,i}, \quad q_{s,i} = \text{sector shock, else } \beta_i \, m_s

    Linear in the shocks and additive over positions; second-order effects are deliberately left out. An
    instrument whose response is unknown is left out and lowers the coverage.

    References
    ----------
    Basel Committee (2009), *Principles for sound stress testing practices*.

    Examples
    --------
    >>> drop = stress(np.array([60_000.0, 40_000.0]), [1.0, 0.5], [-0.10])
    >>> drop.pnl.tolist(), drop.coverage.tolist()
    ([-8000.0], [1.0])
    """
    matrix, _ = as_weights(exposures, "exposures")
    betas = as_loadings(loadings, "loadings", matrix)
    found = shock_responses(betas, shocks, sectors=sectors, sector_shocks=sector_shocks)
    return scenario_pnl(exposures, found.responses, covered=found.covered)


def scenario_pnl(
    exposures: WeightMatrix,
    responses: ArrayLike,
    *,
    proxied: ArrayLike | None = None,
    covered: ArrayLike | None = None,
) -> StressOutcome:
    r"""Add up what positions gain or lose when each instrument moves as given.

    Parameters
    ----------
    exposures : (P, N) sparse or dense array, or (N,)
        Net exposure of each symbol, signed, in currency or as weights.
    responses : (S, N) array_like
        Move of each instrument in each scenario, decimal; NaN means unknown.
    proxied : (S, N) array_like of bool, optional
        Responses that stand in for an unknown return; by default none.
    covered : (S, N) array_like, optional
        Share of each instrument that its response speaks of, 0 to 1; by default all of it.

    Returns
    -------
    StressOutcome
        Arrays of shape (P, S), or (S,) for a single portfolio. P&L is NaN only where something is held
        and nothing of it has a known response; without any position it is 0 and the coverage 1.

    Raises
    ------
    ValueError
        On shapes that do not fit, or an infinite response.

    Notes
    -----
    .. math:: P\&L_s = \sum_i e_i \, q_{s,i}

    A position whose response is unknown is left out of the sum and lowers the coverage, as the part does of
    which a response does not speak; nothing is scaled up in its place.

    References
    ----------
    Basel Committee (2009), *Principles for sound stress testing practices*.

    Examples
    --------
    >>> known = scenario_pnl([60.0, 30.0, 10.0], [[-0.5, 0.2, np.nan]], proxied=[[False, True, False]])
    >>> known.pnl.tolist(), known.coverage.round(6).tolist(), known.proxied.round(6).tolist()
    ([-24.0], [0.9], [0.3])
    """
    matrix, single = as_weights(exposures, "exposures")
    moves = _as_moves(responses, matrix)
    known = np.isfinite(moves)
    marked = _like(known, proxied, "proxied", default=0.0) > 0
    coverage = _gross_shares(matrix, known * _like(known, covered, "covered", default=1.0), empty=1.0)
    pnl = np.where(coverage > 0, matrix.times(np.where(known, moves, 0.0).T), np.nan)
    row = 0 if single else slice(None)
    return StressOutcome(
        pnl[row], coverage[row], _gross_shares(matrix, marked & known, empty=0.0)[row], moves
    )


def _as_moves(responses: ArrayLike, matrix: SparseRows) -> FloatArray:
    moves = np.asarray(responses, dtype=np.float64)
    if moves.ndim != 2 or moves.shape[1] != matrix.n_columns:
        raise ValueError(f"responses must have shape (S, {matrix.n_columns}), not {moves.shape}")
    if np.isinf(moves).any():
        raise ValueError("responses holds an infinite value; unknown is NaN")
    return moves


def _like(known: BoolArray, given: ArrayLike | None, name: str, *, default: float) -> FloatArray:
    """Return numbers in the shape of the responses, or raise ValueError."""
    numbers = np.full(known.shape, default) if given is None else np.asarray(given, dtype=np.float64)
    if numbers.shape != known.shape:
        raise ValueError(f"{name} must have shape {known.shape}, not {numbers.shape}")
    if not ((numbers >= 0) & (numbers <= 1 + _TOLERANCE)).all():
        raise ValueError(f"{name} must be from 0 to 1")
    return numbers


def _gross_shares(matrix: SparseRows, counted: BoolArray | FloatArray, *, empty: float) -> FloatArray:
    """Return the gross share of what is counted (S, N): (P, S), exactly 1 where that is everything."""
    gross = matrix.gross()
    shares = matrix.replaced(np.abs(matrix.data)).times(counted.T) / np.where(gross > 0, gross, 1.0)[:, None]
    shares[matrix.empty] = empty
    return shares
