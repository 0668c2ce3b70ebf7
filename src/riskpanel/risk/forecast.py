"""Expected volatility over the next 21 sessions: a pooled log-HAR with shipped coefficients."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    as_columns,
    column_sums,
    last_rows,
)
from riskpanel.risk.evidence import absence_reasons
from riskpanel.risk.realized import SESSIONS_IN_YEAR, mean_square

LEVEL_WINDOW, LEVEL_MIN_OBS = 252, 63
FALLBACK_MIN_OBS, FALLBACK_DECAY = 21, 0.97
FLOOR = np.log(0.02)  # of a component relative to the level, so that a still week does not mean no risk
CLAMP = (0.2, 5.0)


@dataclass(frozen=True, slots=True)
class HarCoefficients:
    """Coefficients of the log-HAR, trained on pooled stocks or portfolios.

    ``slopes`` maps a window in sessions to its slope; ``scale`` turns the median forecast into the mean
    variance; ``display`` makes the volatility unbiased; ``band`` holds the 10, 50 and 90 % multipliers.
    """

    intercept: float
    slopes: Mapping[int, float]
    scale: float
    display: float
    band: tuple[float, float, float]


CLOSE_ONLY = HarCoefficients(-0.098, {5: 0.138, 21: 0.149, 63: 0.381}, 1.403, 1.06, (0.655, 0.976, 1.562))
"""For instruments, from closes alone."""

PORTFOLIO_CLOSE_ONLY = HarCoefficients(
    -0.054, {5: 0.188, 21: 0.284, 63: 0.280}, 1.383, 1.06, (0.671, 0.973, 1.514)
)
"""For portfolios, from closes alone."""


class Method(IntEnum):
    """How a forecast was made."""

    NONE = 0
    LOG_HAR_CLOSE = 1
    LOG_HAR_CLOSE_CLAMPED = 2
    EWMA_FALLBACK = 3

    @property
    def label(self) -> str | None:
        """Lower-case word of the tables and the API; None without a forecast."""
        return None if self is Method.NONE else self.name.lower()


@dataclass(frozen=True, slots=True)
class VolatilityForecast:
    """Forecast for the next 21 sessions, annualised; (N,) each.

    ``variance`` is the expected variance, for risk limits; ``volatility`` is unbiased for the volatility
    that will be realized, for display; ``low`` and ``high`` bound it in 8 of 10 cases (NaN for the
    fallback, whose errors nobody measured); ``method`` holds codes of :class:`Method`.
    """

    variance: FloatArray
    volatility: FloatArray
    low: FloatArray
    high: FloatArray
    method: CodeArray
    n_obs: IntArray
    reason: CodeArray


def expected_volatility(
    returns: ArrayLike, *, coefficients: HarCoefficients = CLOSE_ONLY, annualization: int = SESSIONS_IN_YEAR
) -> VolatilityForecast:
    r"""Forecast the annualised volatility of the 21 sessions that follow the last row.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing. The last 252 rows are used.
    coefficients : HarCoefficients
        :data:`CLOSE_ONLY` for instruments, :data:`PORTFOLIO_CLOSE_ONLY` for portfolios.
    annualization : int
        Sessions in a year.

    Returns
    -------
    VolatilityForecast
        Arrays of shape (N,) or (). From 63 returns the log-HAR; from 21 an EWMA, marked as fallback and
        without a band; below that, or when fewer than 4 of the last 5 sessions have a return, NaN.

    Raises
    ------
    ValueError
        On infinite returns.

    Notes
    -----
    With v_W the mean square over W rows (three quarters of them present) and L = ln v_252:

    .. math::
        x_j = \max(\ln v_j - L, \ln 0.02), \quad
        h = s \exp\bigl(b_0 + \sum_{j \in \{5, 21, 63\}} b_j x_j + L\bigr)

    h is the variance a session; it is clamped to [0.2 v_63, 5 max(v_21, v_252)] and marked when it was.
    ``volatility`` is k sqrt(252 h / s), the band its 10 and 90 % multipliers in place of k. The forecast is
    scale-equivariant: doubling all returns doubles it. The target of training lay strictly after the
    regressors; no row after the last is ever used; nothing is refitted here.

    References
    ----------
    Corsi (2009), *A Simple Approximate Long-Memory Model of Realized Volatility*; Bollerslev, Hood, Huss,
    Pedersen (2018), *Risk Everywhere: Modeling and Managing Volatility* (centred, pooled HAR).

    Examples
    --------
    >>> calm = np.tile([0.01, -0.01], 150)
    >>> one, two = expected_volatility(calm), expected_volatility(2 * calm)
    >>> round(float(one.volatility), 4), round(float(two.volatility / one.volatility), 12)
    (0.1602, 2.0)
    """
    columns, shape = as_columns(returns, "returns")
    tail = last_rows(columns, LEVEL_WINDOW)
    n = np.isfinite(tail).sum(axis=0)
    har, clamped = _log_har(tail, coefficients)
    fallback = np.isnan(har) & (n >= FALLBACK_MIN_OBS) & (n < LEVEL_MIN_OBS)
    ewma = np.where(fallback & np.isfinite(mean_square(tail, window=5)), _ewma_variance(tail), np.nan)
    variance = np.where(fallback, ewma, har)
    variance = np.where(variance > 0, variance, np.nan)
    median = annualization * np.where(fallback, variance, variance / coefficients.scale)
    method = np.where(clamped, Method.LOG_HAR_CLOSE_CLAMPED, Method.LOG_HAR_CLOSE)
    method = np.where(fallback, Method.EWMA_FALLBACK, method)
    method = np.where(np.isnan(variance), Method.NONE, method).astype(np.int8)
    root = np.sqrt(median)
    low, _, high = coefficients.band
    return VolatilityForecast(
        variance=(annualization * variance).reshape(shape),
        volatility=np.where(fallback, root, coefficients.display * root).reshape(shape),
        low=np.where(fallback, np.nan, low * root).reshape(shape),
        high=np.where(fallback, np.nan, high * root).reshape(shape),
        method=method.reshape(shape),
        n_obs=n.astype(np.int64).reshape(shape),
        reason=absence_reasons(
            columns,
            np.isnan(variance),
            window=LEVEL_WINDOW,
            min_obs=FALLBACK_MIN_OBS,
            degenerate=(n >= FALLBACK_MIN_OBS) & ~np.nan_to_num(tail).any(axis=0),
        ).reshape(shape),
    )


def _log_har(tail: FloatArray, coefficients: HarCoefficients) -> tuple[FloatArray, BoolArray]:
    """Variance a session of each column, and where the clamp moved it."""
    level = mean_square(tail, window=LEVEL_WINDOW, min_obs=LEVEL_MIN_OBS)
    level = np.where(level > 0, level, np.nan)
    log_level = np.log(level)
    components = {window: mean_square(tail, window=window) for window in coefficients.slopes}
    exponent = coefficients.intercept + log_level
    with np.errstate(divide="ignore"):  # a component without movement is -inf, which the floor catches
        for window, slope in coefficients.slopes.items():
            exponent = exponent + slope * np.maximum(np.log(components[window]) - log_level, FLOOR)
    raw = coefficients.scale * np.exp(exponent)
    lowest = CLAMP[0] * components[63]
    highest = CLAMP[1] * np.maximum(components[21], level)
    variance = np.clip(raw, lowest, highest)
    return variance, variance != raw


def _ewma_variance(tail: FloatArray) -> FloatArray:
    """Mean square with weights 0.97 to the power of the age in sessions, over the returns that exist."""
    weight = FALLBACK_DECAY ** np.arange(len(tail) - 1, -1, -1.0)[:, None]
    weights = np.where(np.isfinite(tail), weight, 0.0)
    total = column_sums(weights)
    return column_sums(np.square(np.nan_to_num(tail) * np.sqrt(weights))) / np.where(total > 0, total, np.nan)
