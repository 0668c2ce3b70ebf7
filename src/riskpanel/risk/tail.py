"""Value at risk and expected shortfall of the next session, by filtered historical simulation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    as_columns,
    column_sums,
    divide,
)
from riskpanel.risk.evidence import STALE_AFTER, absence_reasons
from riskpanel.risk.kernels import compiled, loops

BURN_IN = 21  # returns behind a volatility, some of them not 0, before a return is measured by it
TAIL_MIN_OBS = 5  # least expected number of returns beyond the quantile


@dataclass(frozen=True, slots=True)
class TailRisk:
    """Tail of the next session's return; (N,) each.

    ``value_at_risk`` and ``expected_shortfall`` are losses, positive, decimal of the value; ``volatility`` is
    that of the next session, not annualised; ``n_obs`` the standardised returns that the tail is read from;
    ``reason`` a code of :class:`~riskpanel.risk.evidence.Reason`, not NONE exactly where the rest is NaN.
    """

    value_at_risk: FloatArray
    expected_shortfall: FloatArray
    volatility: FloatArray
    n_obs: IntArray
    reason: CodeArray


def filtered_tail_risk(
    returns: ArrayLike, *, level: float = 0.95, decay: float = 0.94, min_obs: int = 200
) -> TailRisk:
    r"""Estimate value at risk and expected shortfall of the session that follows the last row.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing. All rows are used.
    level : float
        Share of sessions on which the loss should stay below the value at risk, in (0.5, 1).
    decay : float
        Weight of a squared return relative to the next newer one, in (0, 1).
    min_obs : int
        Fewest standardised returns. ``(1 - level) * min_obs`` must be at least 5: a quantile needs returns
        beyond it, so 99 % cannot be had from a year.

    Returns
    -------
    TailRisk
        Arrays of shape (N,) or (). NaN below ``min_obs`` standardised returns, without a return in the last
        5 sessions (``STALE``), and where the returns do not vary or have stopped to (``DEGENERATE``).

    Raises
    ------
    ValueError
        On a level, decay or minimum out of range, a level that the minimum cannot support, or infinite
        returns.

    Notes
    -----
    With weights that sum to 1, so that a young average is not biased towards 0:

    .. math::
        \sigma_t^2 = \frac{\sum_{s < t} \lambda^{k(s)} r_s^2}{\sum_{s < t} \lambda^{k(s)}}, \quad
        z_t = r_t / \sigma_t, \quad q = \text{quantile}_{1 - level}(z), \quad
        VaR = -q\,\sigma_{T+1}, \quad ES = -\overline{z_{z \le q}}\;\sigma_{T+1}

    where k(s) counts the returns between s and t that exist. A missing return therefore changes nothing:
    the numbers are those of the series without it. (Ages in sessions would let the first return after a
    long gap make up nearly all of the next volatility.) The first 21 returns give no z, and neither does
    one after 21 returns of exactly 0: a frozen price has no volatility to measure by, and its first move
    would count as an enormous one. Where the last 21 are 0 there is no estimate. The quantile interpolates
    linearly. ES is never below VaR. A VaR below 0 is a gain: the series rose on nearly all sessions; it is
    shown as it is. The mean is not subtracted from volatility; it stays in z.

    References
    ----------
    Hull, White (1998), *Incorporating Volatility Updating into the Historical Simulation Method*;
    Barone-Adesi, Giannopoulos, Vosper (1999), *VaR without Correlations for Portfolios of Derivative
    Securities*.

    Examples
    --------
    >>> calm = np.tile([0.01, -0.01], 150)
    >>> tail = filtered_tail_risk(calm)
    >>> round(float(tail.value_at_risk), 9), round(float(tail.expected_shortfall), 9), int(tail.n_obs)
    (0.01, 0.01, 279)
    """
    _check(level, decay, min_obs)
    columns, shape = as_columns(returns, "returns")
    present: BoolArray = np.isfinite(columns)
    standardised, volatility = _filtered(columns, present, decay)
    n, observed = np.isfinite(standardised).sum(axis=0), present.sum(axis=0)
    recent: BoolArray = np.logical_or.reduce(present[-STALE_AFTER:], axis=0)
    usable = (n >= min_obs) & recent & np.isfinite(volatility) & _varies(columns, observed)
    quantile, beyond = _lower_tail(standardised, n, 1.0 - level)
    at_risk = np.where(usable, 0.0 - quantile * volatility, np.nan)  # and never a negative 0
    reason = absence_reasons(
        columns,
        ~usable,
        window=max(len(columns), 1),
        min_obs=min_obs + BURN_IN,
        degenerate=(observed >= min_obs + BURN_IN) & recent,
    )
    return TailRisk(
        value_at_risk=at_risk.reshape(shape),
        expected_shortfall=(at_risk + beyond * volatility).reshape(shape),  # beyond >= 0: ES >= VaR
        volatility=np.where(usable, volatility, np.nan).reshape(shape),
        n_obs=n.astype(np.int64).reshape(shape),
        reason=reason.reshape(shape),
    )


def _filtered(columns: FloatArray, present: BoolArray, decay: float) -> tuple[FloatArray, FloatArray]:
    """Divide returns by the volatility known before them (T, N); and that of the next session (N,)."""
    squares, weight, seen, unmoved = np.zeros((4, columns.shape[1]))
    standardised = np.empty_like(columns)
    kernel = compiled(loops.standardised, cells=columns.size)
    if kernel is not None:
        kernel(columns, decay, BURN_IN, standardised, squares, weight, unmoved)
        return standardised, np.where(unmoved < BURN_IN, np.sqrt(divide(squares, weight)), np.nan)
    for row, (values, there) in enumerate(zip(columns, present, strict=True)):
        known = (seen >= BURN_IN) & (unmoved < BURN_IN)
        standardised[row] = divide(values, np.where(known, np.sqrt(divide(squares, weight)), np.nan))
        squares = np.where(there, decay * squares + np.square(values), squares)
        weight = np.where(there, decay * weight + 1.0, weight)
        seen = seen + there
        unmoved = np.where(there, np.where(values == 0.0, unmoved + 1.0, 0.0), unmoved)
    return standardised, np.where(unmoved < BURN_IN, np.sqrt(divide(squares, weight)), np.nan)


def _varies(columns: FloatArray, n: IntArray) -> BoolArray:
    """Whether returns differ by more than the rounding error of equal ones."""
    high = np.fmax.reduce(columns, axis=0, initial=-np.inf)
    low = np.fmin.reduce(columns, axis=0, initial=np.inf)
    rounding = np.maximum(n, 1) * np.finfo(np.float64).eps * np.maximum(np.abs(high), np.abs(low))
    return high - low > rounding


def _lower_tail(values: FloatArray, n: IntArray, share: float) -> tuple[FloatArray, FloatArray]:
    """Quantile of each column's numbers, and by how much those at or below it lie below it on average."""
    if not len(values):
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing
    ordered = np.sort(values, axis=0)  # NaN last
    place = np.maximum(n - 1, 0) * share
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(n - 1, 0))
    low, high = (np.take_along_axis(ordered, index[None], axis=0)[0] for index in (below, above))
    quantile = low + (place - below) * (high - low)
    count = (ordered <= quantile).sum(axis=0).astype(np.float64)
    lowest = ordered[: above.max(initial=0) + 1]  # what lies further up is at most equal
    return quantile, divide(column_sums(np.where(lowest <= quantile, quantile - lowest, 0.0)), count)


def _check(level: float, decay: float, min_obs: int) -> None:
    if not 0.5 < level < 1.0:
        raise ValueError(f"level must be between 0.5 and 1, not {level}")
    if not 0.0 < decay < 1.0:
        raise ValueError(f"decay must be between 0 and 1, not {decay}")
    expected = (1.0 - level) * min_obs
    if expected < TAIL_MIN_OBS - 1e-9:  # 0.05 x 100 is 5 but for a rounding
        raise ValueError(
            f"level {level} with min_obs {min_obs} expects {expected:.3g} returns in the tail; "
            f"at least {TAIL_MIN_OBS} are needed: lower the level or raise the minimum"
        )
