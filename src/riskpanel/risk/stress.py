"""What a book would gain or lose if the market or a sector moved by a given shock."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import FloatArray, IntArray
from riskpanel.risk.matrices import WeightMatrix, as_loadings, as_weights


@dataclass(frozen=True, slots=True)
class StressOutcome:
    """P&L of each portfolio in each scenario.

    ``pnl`` (P, S) in the unit of the exposures; ``coverage`` (P, S), the gross share whose response is
    known; ``responses`` (S, N), the move of each instrument, decimal, NaN where unknown.
    """

    pnl: FloatArray
    coverage: FloatArray
    responses: FloatArray


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
        Arrays of shape (P, S), or (S,) for a single portfolio. P&L is NaN only where something is held
        and nothing of it has a known response; the uncovered part is left out and lowers the coverage.

    Raises
    ------
    ValueError
        On shapes that do not fit.

    Notes
    -----
    .. math:: P\&L_s = \sum_i e_i \, q_{s,i}, \quad q_{s,i} = \text{sector shock, else } \beta_i \, m_s

    With a market shock of 0 the response is 0 whatever the beta. In a scenario with a sector shock the
    response of an unclassified instrument is unknown: it may belong to the sector. Linear in the shocks
    and additive over positions; second-order effects are deliberately left out.

    References
    ----------
    Basel Committee (2009), *Principles for sound stress testing practices*.

    Examples
    --------
    >>> drop = stress(np.array([60_000.0, 40_000.0]), [1.0, 0.5], [-0.10])
    >>> drop.pnl.tolist(), drop.coverage.tolist()
    ([-8000.0], [1.0])
    """
    matrix, single = as_weights(exposures, "exposures")
    betas = as_loadings(loadings, "loadings", matrix)
    market = np.atleast_1d(np.asarray(shocks, dtype=np.float64))
    if market.ndim != 1 or not np.isfinite(market).all():
        raise ValueError(f"shocks must be finite with shape (S,), not {market.shape}")
    responses = np.where(market[:, None] == 0.0, 0.0, market[:, None] * betas)
    if (sector_codes is None) != (sector_shocks is None):
        raise ValueError("sector_codes and sector_shocks go together")
    if sector_codes is not None and sector_shocks is not None:
        codes = as_loadings(sector_codes, "sector_codes", matrix).astype(np.int64)
        responses = _with_sector_shocks(responses, codes, np.asarray(sector_shocks, dtype=np.float64))
    known = np.isfinite(responses)
    coverage = matrix.shares().times(known.T)
    coverage[matrix.empty] = 1.0
    pnl = np.where(coverage > 0, matrix.times(np.nan_to_num(responses).T), np.nan)
    row = 0 if single else slice(None)
    return StressOutcome(pnl[row], coverage[row], responses)


def _with_sector_shocks(responses: FloatArray, codes: IntArray, sector_shocks: FloatArray) -> FloatArray:
    if (
        sector_shocks.ndim != 2
        or len(sector_shocks) != len(responses)
        or codes.max(initial=-1) >= sector_shocks.shape[1]
    ):
        raise ValueError(f"sector_shocks must have shape ({len(responses)}, K) with every code below K")
    own = np.where(codes >= 0, sector_shocks[:, np.maximum(codes, 0)], np.nan)
    shocked = np.where(np.isfinite(own), own, responses)
    any_sector = np.isfinite(sector_shocks).any(axis=1, keepdims=True)
    return np.where(any_sector & (codes < 0), np.nan, shocked)
