"""Why a number is missing: one code a column, never a guess in its place."""

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, CodeArray, as_columns

STALE_AFTER = 5  # sessions without a return after which a series counts as stopped rather than gappy


class Reason(IntEnum):
    """Why an estimate is NaN."""

    NONE = 0
    SHORT_HISTORY = 1
    STALE = 2
    GAP = 3
    DEGENERATE = 4
    UNPRICED = 5
    IMPUTED = 6
    SMALL_UNIVERSE = 7

    @property
    def label(self) -> str | None:
        """Lower-case word of the tables and the API; None when nothing is missing."""
        return None if self is Reason.NONE else self.name.lower()


def absence_reasons(
    returns: ArrayLike,
    missing: ArrayLike,
    *,
    window: int,
    min_obs: int,
    degenerate: ArrayLike | None = None,
) -> CodeArray:
    """Say for each series why its estimate over the last ``window`` rows is missing.

    Parameters
    ----------
    returns : (T, N) array_like
        Simple returns, decimal; NaN means missing. Rows older than the window tell a stopped series
        from one that never began.
    missing : (N,) array_like of bool
        Where the estimate is NaN.
    window, min_obs : int
        Look-back and fewest returns of the estimate, in sessions.
    degenerate : (N,) array_like of bool, optional
        Where the returns are all there but do not allow the estimate. By default where the window holds
        ``min_obs`` of them, which is right when nothing else is asked of the evidence.

    Returns
    -------
    (N,) int8
        Codes of :class:`Reason`; NONE where nothing is missing.

    Notes
    -----
    Tested in this order: no return at all is ``UNPRICED``; where ``degenerate`` it is ``DEGENERATE`` (the
    numbers themselves do not allow the estimate); none in the last 5 sessions is ``STALE``; a first
    return too recent for ``min_obs`` is ``SHORT_HISTORY``; otherwise there are holes: ``GAP``.

    References
    ----------
    The reasons and their order are this project's own: docs/methods.md, "Reasons".

    Examples
    --------
    >>> r = np.full((10, 2), np.nan)
    >>> r[7:, 0] = 0.01
    >>> [Reason(code).label for code in absence_reasons(r, [True, True], window=10, min_obs=5)]
    ['short_history', 'unpriced']
    """
    columns, _ = as_columns(returns, "returns")
    asked = np.broadcast_to(np.asarray(missing, dtype=bool), columns.shape[1:])
    present: BoolArray = np.isfinite(np.compress(asked, columns, axis=1))
    rows = len(columns)
    if not rows:
        return np.where(asked, Reason.UNPRICED, Reason.NONE).astype(np.int8)
    observed = present.any(axis=0)
    first, last = np.argmax(present, axis=0), rows - 1 - np.argmax(present[::-1], axis=0)
    if degenerate is None:
        enough = present[-window:].sum(axis=0) >= min_obs
    else:
        enough = np.broadcast_to(np.asarray(degenerate, dtype=bool), asked.shape)[asked]
    codes = np.zeros(len(asked), dtype=np.int8)
    codes[asked] = np.select(
        [~observed, enough, last < rows - STALE_AFTER, rows - first < min_obs],
        [Reason.UNPRICED, Reason.DEGENERATE, Reason.STALE, Reason.SHORT_HISTORY],
        default=Reason.GAP,
    )
    return codes
