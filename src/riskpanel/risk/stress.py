"""What a book would gain or lose: in moves of the market or of sectors, and in a window of the past again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray
from riskpanel.risk.matrices import SparseRows, WeightMatrix, as_loadings, as_weights


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


@dataclass(frozen=True, slots=True)
class ReplayResponses:
    """Moves of instruments in past windows: ``responses`` (S, N), decimal, NaN where unknown.

    ``proxied`` (S, N) marks those that are beta times the index's return for want of an own one.
    """

    responses: FloatArray
    proxied: BoolArray


def stress(
    exposures: WeightMatrix,
    loadings: ArrayLike,
    shocks: ArrayLike,
    *,
    sector_codes: ArrayLike | None = None,
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
    sector_codes : (N,) array_like of int, optional
        Sector of each instrument, 0 to K - 1; -1 for unclassified.
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
    responses = shock_responses(betas, shocks, sector_codes=sector_codes, sector_shocks=sector_shocks)
    return scenario_pnl(exposures, responses)


def scenario_pnl(
    exposures: WeightMatrix, responses: ArrayLike, *, proxied: ArrayLike | None = None
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

    A position whose response is unknown is left out of the sum and lowers the coverage; nothing is scaled
    up in its place.

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
    marked = np.zeros(known.shape, dtype=np.bool_) if proxied is None else np.asarray(proxied, dtype=np.bool_)
    if marked.shape != known.shape:
        raise ValueError(f"proxied must have shape {known.shape}, not {marked.shape}")
    coverage = _gross_shares(matrix, known, empty=1.0)
    pnl = np.where(coverage > 0, matrix.times(np.where(known, moves, 0.0).T), np.nan)
    row = 0 if single else slice(None)
    return StressOutcome(
        pnl[row], coverage[row], _gross_shares(matrix, marked & known, empty=0.0)[row], moves
    )


def shock_responses(
    loadings: ArrayLike,
    shocks: ArrayLike,
    *,
    sector_codes: ArrayLike | None = None,
    sector_shocks: ArrayLike | None = None,
) -> FloatArray:
    r"""Say how each instrument moves when the market or its sector does.

    Parameters
    ----------
    loadings : (N,) array_like
        Market beta of each instrument; NaN means unknown.
    shocks : (S,) array_like
        Move of the market in each scenario, decimal.
    sector_codes : (N,) array_like of int, optional
        Sector of each instrument, 0 to K - 1; -1 for unclassified.
    sector_shocks : (S, K) array_like, optional
        Move of each sector in each scenario, decimal, in place of beta times the market's; NaN means none.

    Returns
    -------
    (S, N) float64
        Decimal moves; NaN where unknown.

    Raises
    ------
    ValueError
        On shapes that do not fit, or a shock of the market that is not finite.

    Notes
    -----
    .. math:: q_{s,i} = \text{sector shock of } i \text{, else } \beta_i \, m_s

    With a market shock of 0 the response is 0 whatever the beta. In a scenario with a sector shock the
    response of an unclassified instrument is unknown: it may belong to the sector.

    References
    ----------
    Basel Committee (2009), *Principles for sound stress testing practices*.

    Examples
    --------
    >>> shock_responses([1.5, np.nan], [-0.1, 0.0]).tolist()
    [[-0.15000000000000002, nan], [0.0, 0.0]]
    """
    betas = _as_betas(loadings)
    market = np.atleast_1d(np.asarray(shocks, dtype=np.float64))
    if market.ndim != 1 or not np.isfinite(market).all():
        raise ValueError(f"shocks must be finite with shape (S,), not {market.shape}")
    responses = np.where(market[:, None] == 0.0, 0.0, market[:, None] * betas)
    if (sector_codes is None) != (sector_shocks is None):
        raise ValueError("sector_codes and sector_shocks go together")
    if sector_codes is None or sector_shocks is None:
        return responses
    codes = np.asarray(sector_codes, dtype=np.int64)
    if codes.shape != betas.shape:
        raise ValueError(f"sector_codes must have shape {betas.shape}, not {codes.shape}")
    return _with_sector_shocks(responses, codes, np.asarray(sector_shocks, dtype=np.float64))


def replay_responses(actual: ArrayLike, loadings: ArrayLike, index_returns: ArrayLike) -> ReplayResponses:
    r"""Say how each instrument moves when a window of the past comes again.

    Parameters
    ----------
    actual : (S, N) array_like
        Compounded return of each instrument over each window, decimal; NaN where it has none.
    loadings : (N,) array_like
        Market beta of each instrument today; NaN means unknown.
    index_returns : (S,) array_like
        Compounded return of the market index over each window, decimal; NaN where it has none.

    Returns
    -------
    ReplayResponses
        The instrument's own return where it is known, beta times the index's otherwise, NaN without either.

    Raises
    ------
    ValueError
        On shapes that do not fit, or a return that is infinite or below -1.

    Notes
    -----
    .. math:: q_{s,i} = r_{s,i} \text{ where known, else } \beta_i \, r_{s,m}

    The proxy is linear, so that of a high beta in a deep fall can lie below -1, which no price can do.

    References
    ----------
    Basel Committee (2009), *Principles for sound stress testing practices*.

    Examples
    --------
    >>> again = replay_responses([[-0.4, np.nan, np.nan]], [1.0, 1.5, np.nan], [-0.5])
    >>> again.responses.tolist(), again.proxied.tolist()
    ([[-0.4, -0.75, nan]], [[False, True, False]])
    """
    betas = _as_betas(loadings)
    index = np.atleast_1d(np.asarray(index_returns, dtype=np.float64))
    own = np.asarray(actual, dtype=np.float64)
    if index.ndim != 1 or own.shape != (len(index), len(betas)):
        raise ValueError(f"actual must have shape (S, {len(betas)}), not {own.shape}, and index_returns (S,)")
    if np.isinf(own).any() or np.isinf(index).any() or (own < -1).any() or (index < -1).any():
        raise ValueError("a return must be finite and at least -1; unknown is NaN")
    proxy = index[:, None] * betas
    unknown = np.isnan(own)
    return ReplayResponses(np.where(unknown, proxy, own), unknown & np.isfinite(proxy))


def _as_betas(loadings: ArrayLike) -> FloatArray:
    betas = np.asarray(loadings, dtype=np.float64)
    if betas.ndim != 1:
        raise ValueError(f"loadings must have shape (N,), not {betas.shape}")
    if np.isinf(betas).any():
        raise ValueError("loadings holds an infinite value; unknown is NaN")
    return betas


def _as_moves(responses: ArrayLike, matrix: SparseRows) -> FloatArray:
    moves = np.asarray(responses, dtype=np.float64)
    if moves.ndim != 2 or moves.shape[1] != matrix.n_columns:
        raise ValueError(f"responses must have shape (S, {matrix.n_columns}), not {moves.shape}")
    if np.isinf(moves).any():
        raise ValueError("responses holds an infinite value; unknown is NaN")
    return moves


def _gross_shares(matrix: SparseRows, counted: BoolArray, *, empty: float) -> FloatArray:
    """Return the gross share of what is counted (S, N): (P, S), exactly 1 where that is everything."""
    gross = matrix.gross()
    shares = matrix.replaced(np.abs(matrix.data)).times(counted.T) / np.where(gross > 0, gross, 1.0)[:, None]
    shares[matrix.empty] = empty
    return shares


def _with_sector_shocks(responses: FloatArray, codes: IntArray, sector_shocks: FloatArray) -> FloatArray:
    if (
        sector_shocks.ndim != 2
        or len(sector_shocks) != len(responses)
        or codes.max(initial=-1) >= sector_shocks.shape[1]
    ):
        raise ValueError(f"sector_shocks must have shape ({len(responses)}, K) with every code below K")
    if np.isinf(sector_shocks).any():
        raise ValueError("sector_shocks holds an infinite value; none is NaN")
    own = np.where(codes >= 0, sector_shocks[:, np.maximum(codes, 0)], np.nan)
    shocked = np.where(np.isfinite(own), own, responses)
    any_sector = np.isfinite(sector_shocks).any(axis=1, keepdims=True)
    return np.where(any_sector & (codes < 0), np.nan, shocked)
