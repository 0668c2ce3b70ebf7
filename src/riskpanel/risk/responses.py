"""How instruments move: when the market or sectors do, and when a window of the past comes again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, FloatArray
from riskpanel.risk.matrices import as_members


@dataclass(frozen=True, slots=True)
class ShockResponses:
    """Moves of instruments in scenarios: ``responses`` (S, N), decimal, NaN where unknown.

    ``covered`` (S, N) is the share of each instrument that the response speaks of, 0 to 1: less than 1 for
    one that is partly unclassified, in a scenario that moves a sector; 0 where it is unknown.
    """

    responses: FloatArray
    covered: FloatArray


@dataclass(frozen=True, slots=True)
class ReplayResponses:
    """Moves of instruments in past windows: ``responses`` (S, N), decimal, NaN where unknown.

    ``proxied`` (S, N) marks those that are beta times the index's return for want of an own one.
    """

    responses: FloatArray
    proxied: BoolArray


def shock_responses(
    loadings: ArrayLike,
    shocks: ArrayLike,
    *,
    sectors: ArrayLike | None = None,
    sector_shocks: ArrayLike | None = None,
) -> ShockResponses:
    r"""Say how each instrument moves when the market or its sector does.

    Parameters
    ----------
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
    ShockResponses
        Unknown without a beta, unless all of the instrument is in sectors with a move of their own or the
        market does not move.

    Raises
    ------
    ValueError
        On shapes that do not fit, or a shock of the market that is not finite.

    Notes
    -----
    .. math::
        q_{s,i} = \sum_{k \in K_s} m_{i,k}\, x_{s,k} + \Big(\sum_{k \notin K_s} m_{i,k}\Big)\, \beta_i\, m_s

    with :math:`m_{i,k}` the share of the instrument in sector k and :math:`K_s` the sectors that the scenario
    moves. With a market shock of 0 the second term is 0 whatever the beta. In a scenario with a sector
    shock what is unclassified is left out, and ``covered`` is less: it may belong to the sector. An
    instrument in one sector moves by that sector's shock, else by beta times the market's.

    References
    ----------
    Basel Committee (2009), *Principles for sound stress testing practices*.

    Examples
    --------
    >>> shock_responses([1.5, np.nan], [-0.1, 0.0]).responses.tolist()
    [[-0.15000000000000002, nan], [0.0, 0.0]]
    >>> fund = shock_responses([1.0], [-0.1], sectors=[[0.5, 0.25]], sector_shocks=[[-0.4, np.nan]])
    >>> fund.responses.round(6).tolist(), fund.covered.tolist()
    ([[-0.225]], [[0.75]])
    """
    betas = _as_betas(loadings)
    market = np.atleast_1d(np.asarray(shocks, dtype=np.float64))
    if market.ndim != 1 or not np.isfinite(market).all():
        raise ValueError(f"shocks must be finite with shape (S,), not {market.shape}")
    responses = np.where(market[:, None] == 0.0, 0.0, market[:, None] * betas)
    if (sectors is None) != (sector_shocks is None):
        raise ValueError("sectors and sector_shocks go together")
    if sectors is None or sector_shocks is None:
        return ShockResponses(responses, np.isfinite(responses).astype(np.float64))
    moves = _as_sector_shocks(sector_shocks, len(market))
    members = as_members(sectors, "sectors", n_columns=len(betas), n_groups=moves.shape[1], unclassified=True)
    return _with_sector_shocks(responses, members, moves)


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
    """Return betas (N,), NaN where unknown, or raise ValueError."""
    betas = np.asarray(loadings, dtype=np.float64)
    if betas.ndim != 1:
        raise ValueError(f"loadings must have shape (N,), not {betas.shape}")
    if np.isinf(betas).any():
        raise ValueError("loadings holds an infinite value; unknown is NaN")
    return betas


def _as_sector_shocks(sector_shocks: ArrayLike, scenarios: int) -> FloatArray:
    moves = np.asarray(sector_shocks, dtype=np.float64)
    if moves.ndim != 2 or len(moves) != scenarios:
        raise ValueError(f"sector_shocks must have shape ({scenarios}, K), not {moves.shape}")
    if np.isinf(moves).any():
        raise ValueError("sector_shocks holds an infinite value; none is NaN")
    return moves


def _with_sector_shocks(
    responses: FloatArray, members: FloatArray, sector_shocks: FloatArray
) -> ShockResponses:
    """Move what is in the sectors of a scenario (S, K) by their shocks, all else by ``responses`` (S, N)."""
    moved = np.isfinite(sector_shocks)
    in_moved = moved.astype(np.float64) @ members.T
    in_others = (~moved).astype(np.float64) @ members.T
    by_market = np.where(in_others > 0, in_others * responses, 0.0)
    shocked = np.nan_to_num(sector_shocks) @ members.T + by_market
    shocked = np.where(in_moved + in_others > 0, shocked, np.nan)
    any_sector = moved.any(axis=1, keepdims=True)
    chosen = np.where(any_sector, shocked, responses)
    covered = np.where(any_sector, in_moved + in_others, 1.0)
    return ShockResponses(chosen, np.where(np.isfinite(chosen), covered, 0.0))
