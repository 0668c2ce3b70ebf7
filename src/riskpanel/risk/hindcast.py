"""How well the forecast would have done on a series: its own hindcasts against what followed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import CodeArray, FloatArray, IntArray, as_columns, column_sums, divide, unmoved
from riskpanel.risk.coefficients import CLOSE_ONLY, HarCoefficients
from riskpanel.risk.evidence import absence_reasons
from riskpanel.risk.har import LEVEL_MIN_OBS, MarketState, har_variance, session_variances
from riskpanel.risk.windows import Windows

HORIZON = 21


@dataclass(frozen=True, slots=True)
class HindcastFit:
    """Fit of realized on hindcast volatility; (N,) each.

    ``r_squared`` in [0, 1], ``n_obs`` hindcasts that have an outcome, ``reason`` a code of
    :class:`~riskpanel.risk.evidence.Reason` that is not NONE exactly where ``r_squared`` is NaN.
    """

    r_squared: FloatArray
    n_obs: IntArray
    reason: CodeArray


def hindcast_r_squared(
    returns: ArrayLike,
    *,
    coefficients: HarCoefficients = CLOSE_ONLY,
    variances: ArrayLike | None = None,
    markets: Mapping[int, MarketState] | None = None,
    min_obs: int = 12,
) -> HindcastFit:
    r"""Regress what volatility became on what the model would have forecast, on the series' own past.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    coefficients, variances
        As in :func:`expected_volatility`.
    markets : mapping of int to MarketState, optional
        State of the universe at each origin, by sessions before the last row: 21, 42, 63 and so on.
    min_obs : int
        Fewest hindcasts with an outcome, at least 3.

    Returns
    -------
    HindcastFit
        Arrays of shape (N,) or (); NaN below ``min_obs`` hindcasts, and where either side does not vary.

    Raises
    ------
    ValueError
        On ``min_obs`` below 3 and as :func:`expected_volatility`.

    Notes
    -----
    Origins lie 21, 42, 63 ... sessions before the last row, so that outcomes do not overlap and each has
    happened. Each hindcast sees only rows up to its origin. With the hindcast volatility f and the
    realized one y = sqrt(mean square of the 21 returns that follow, three quarters of them present), the
    R² of Mincer and Zarnowitz is that of y = a + b f + e by OLS: the squared correlation. It says how much
    of the ups and downs was foreseen, not whether the level was right.

    References
    ----------
    Mincer, Zarnowitz (1969), *The Evaluation of Economic Forecasts*.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> fit = hindcast_r_squared(0.01 * rng.standard_normal(504))
    >>> int(fit.n_obs), bool(0 <= fit.r_squared < 0.5)
    (21, True)
    """
    if min_obs < 3:
        raise ValueError(f"min_obs must be at least 3: a line through two points always fits, not {min_obs}")
    columns, shape = as_columns(returns, "returns")
    evidence = Windows.of(session_variances(columns, coefficients, variances))
    squares = evidence if not coefficients.uses_ranges else Windows.of(np.square(columns))
    backs = range(HORIZON, len(columns), HORIZON)
    hindcasts, outcomes = np.empty((2, len(backs), columns.shape[1]))
    for row, back in enumerate(backs):
        origin, market = len(columns) - back, (markets or {}).get(back)
        hindcasts[row] = np.sqrt(har_variance(evidence, coefficients, market, until=origin)[0])
        outcomes[row] = np.sqrt(squares.mean(HORIZON, until=origin + HORIZON))
    r_squared, n = _squared_correlation(hindcasts, outcomes)
    fit = np.where(n >= min_obs, r_squared, np.nan)
    least = HORIZON * min_obs + LEVEL_MIN_OBS
    still = (np.isfinite(columns).sum(axis=0) >= least) & unmoved(columns, np.isnan(fit))
    reason = absence_reasons(
        columns, np.isnan(fit), window=len(columns), min_obs=least, degenerate=(n >= min_obs) | still
    )
    return HindcastFit(fit.reshape(shape), n.astype(np.int64).reshape(shape), reason.reshape(shape))


def _squared_correlation(x: FloatArray, y: FloatArray) -> tuple[FloatArray, IntArray]:
    """Squared correlation of each pair of columns over the rows where both are there, and their count."""
    both = np.isfinite(x) & np.isfinite(y)
    n = both.sum(axis=0)
    dx, dy = (_deviations(np.where(both, values, 0.0), both, n) for values in (x, y))
    product = divide(np.square(column_sums(dx * dy)), column_sums(dx * dx) * column_sums(dy * dy))
    return np.minimum(product, 1.0), n


def _deviations(values: FloatArray, both: np.ndarray, n: IntArray) -> FloatArray:
    """Deviations from the mean, 0 where missing and where they are the rounding of a constant."""
    mean = divide(column_sums(values), n.astype(np.float64))
    off = np.where(both, values - mean, 0.0)
    return np.where(np.abs(off) <= 1e-12 * np.abs(mean), 0.0, off)
