"""How much of a book sits in few names."""

from dataclasses import dataclass

import numpy as np

from riskpanel.risk.arrays import FloatArray, IntArray, divide
from riskpanel.risk.matrices import WeightMatrix, as_weights


@dataclass(frozen=True, slots=True)
class Concentration:
    """Concentration of each portfolio; (P,) each, ``largest`` (P, 10).

    ``hhi`` in points, 0 to 10,000; ``effective_num_positions`` = 10,000 / hhi; ``top_3`` and ``top_10`` as
    shares of gross exposure; ``largest`` holds the columns of the ten largest, largest first, -1 for none,
    and ``largest_share`` their shares (NaN for none).
    """

    hhi: FloatArray
    effective_num_positions: FloatArray
    top_3: FloatArray
    top_10: FloatArray
    largest: IntArray
    largest_share: FloatArray


def concentration(exposures: WeightMatrix) -> Concentration:
    r"""Measure concentration by absolute net exposure per symbol, as a share of gross exposure.

    Parameters
    ----------
    exposures : (P, N) sparse or dense array, or (N,)
        Net exposure of each symbol, signed, in any unit (money or weights). Net the lots of a symbol first.

    Returns
    -------
    Concentration
        Arrays of shape (P,) and (P, 10), or () and (10,) for a single portfolio; NaN where nothing is held.

    Raises
    ------
    ValueError
        On exposures that are not finite.

    Notes
    -----
    .. math:: s_i = |e_i| / \sum_j |e_j|, \quad HHI = 10{,}000 \sum s_i^2, \quad N_{eff} = 10{,}000 / HHI

    Shares, not weights: cash and leverage change nothing, neither does splitting a lot. Ten equal names
    are 1,000 points and act like ten, whatever the leverage. Ties go to the lower column.

    References
    ----------
    Hirschman (1945); Herfindahl (1950); US Department of Justice, *Herfindahl-Hirschman Index*.

    Examples
    --------
    >>> four = concentration(np.array([100.0, -100.0, 100.0, 100.0]))
    >>> float(four.hhi), float(four.effective_num_positions), float(four.top_3)
    (2500.0, 4.0, 0.75)
    """
    matrix, single = as_weights(exposures, "exposures")
    held = ~matrix.empty
    share = matrix.shares()
    rows = share.rows
    hhi = 10_000.0 * np.bincount(rows, weights=np.square(share.data), minlength=len(held))
    hhi = np.where(held, hhi, np.nan)
    order = np.lexsort((-share.data, rows))  # stable: ties stay in the order of columns
    rank = np.arange(len(order)) - share.starts[rows]
    top = rank < 10
    largest = np.full((len(held), 10), -1, dtype=np.int64)
    largest_share = np.full((len(held), 10), np.nan)
    largest[rows[top], rank[top]] = share.columns[order][top]
    largest_share[rows[top], rank[top]] = share.data[order][top]
    top_3, top_10 = (
        np.where(held, np.minimum(np.nansum(largest_share[:, :k], axis=1), 1.0), np.nan) for k in (3, 10)
    )
    row = 0 if single else slice(None)
    return Concentration(
        hhi=hhi[row],
        effective_num_positions=divide(np.full_like(hhi, 10_000.0), hhi)[row],
        top_3=top_3[row],
        top_10=top_10[row],
        largest=largest[row],
        largest_share=largest_share[row],
    )
