"""The log-HAR itself: recent variances against their own level, and the variance that follows from them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, FloatArray, as_columns, divide, last_rows
from riskpanel.risk.blocks import in_blocks
from riskpanel.risk.coefficients import HarCoefficients
from riskpanel.risk.windows import Windows

LEVEL_WINDOW, LEVEL_MIN_OBS = 252, 63
FLOOR = np.log(0.02)  # of a component relative to the level, so that a still week does not mean no risk
CLAMP = (0.2, 5.0)
QUARTER = 63
QUARTER_CAP = np.log(4.0)  # the mean of a quarter of the rows is at most 4 times that of all
STRESS_WINDOWS, WEEK, MONTH, YEAR_MONTHS = (1, 5), 5, 21, 12


@dataclass(frozen=True, slots=True)
class LogComponents:
    """Of N series: ``level`` ln of the mean variance a session over 252 rows (N,), NaN where too short.

    ``recent`` maps a window in sessions to ln of its mean variance minus the level (N,), floored at ln 0.02;
    ``means`` to the mean variance itself.
    """

    level: FloatArray
    recent: Mapping[int, FloatArray]
    means: Mapping[int, FloatArray]


def log_components(
    variances: FloatArray, windows: Iterable[int], *, log_level: FloatArray | None = None
) -> LogComponents:
    """Measure (T, N) variances a session over the windows that end with the last row.

    ``log_level`` (N,) spares the level where it is known already.
    """
    return _components(Windows.of(variances), windows, until=len(variances), log_level=log_level)


def _components(
    variances: Windows, windows: Iterable[int], *, until: int, log_level: FloatArray | None = None
) -> LogComponents:
    """Measure variances over the windows that end before row ``until``."""
    if log_level is None:
        log_level = _log(variances.mean(LEVEL_WINDOW, until=until, min_obs=LEVEL_MIN_OBS))
    means = {window: variances.mean(window, until=until) for window in windows}
    with np.errstate(divide="ignore"):  # a window without movement is -inf, which the floor catches
        recent = {window: np.maximum(np.log(mean) - log_level, FLOOR) for window, mean in means.items()}
    return LogComponents(log_level, recent, means)


def window_mean(variances: FloatArray, window: int, *, min_obs: int | None = None) -> FloatArray:
    """Average the last ``window`` rows of (T, N); NaN below ``min_obs``, by default three quarters."""
    tail = last_rows(variances, window)
    return Windows.of(tail).mean(window, until=len(tail), min_obs=min_obs)


def _log(level: FloatArray) -> FloatArray:
    return np.log(np.where(level > 0, level, np.nan))


def saturated(quarter: FloatArray) -> FloatArray:
    """Bend x_63 so that it rises less and less: x - x^2 / (2 ln 4), flat from ln 4, the most it can be."""
    bounded = np.minimum(quarter, QUARTER_CAP)
    return bounded - np.square(bounded) / (2.0 * QUARTER_CAP)


@dataclass(frozen=True, slots=True)
class MarketState:
    """How stirred a universe is now against its own year, and where it has just gone.

    ``stress`` maps 1 and 5 sessions to the log of the universe's variance against its level, ``move`` is the
    mean move of the last week in units of each instrument's own volatility; both are NaN where those that
    have all three, ``n_instruments``, are too few.
    """

    stress: Mapping[int, float]
    move: float
    n_instruments: int

    @property
    def known(self) -> bool:
        """Whether there is a state."""
        return bool(np.isfinite(self.move))


def market_states(
    returns: FloatArray, variances: FloatArray | None, back: Sequence[int], *, least: int
) -> tuple[MarketState, ...]:
    """Measure the state of a universe (T, N) as of the row so many rows ``back`` from the last, for each.

    Without ``variances`` from squared returns. ``back`` counts multiples of 21: levels of a year are sums of
    months, and each month is summed once.
    """

    def measure(part: slice) -> FloatArray:
        return _state_parts(returns[:, part], None if variances is None else variances[:, part], back)

    matrices = np.moveaxis(in_blocks(measure, returns.shape[1]), 0, -1)
    return tuple(_market_state(matrix, least) for matrix in matrices)


def _state_parts(returns: FloatArray, variances: FloatArray | None, back: Sequence[int]) -> FloatArray:
    """Roots of the stress of each instrument over a day and a week, and its move: (N, origins, 3)."""
    squares = Windows.of(np.square(returns))
    evidence = squares if variances is None else Windows.of(variances)
    own_levels = _year_levels(squares, back)
    levels = own_levels if variances is None else _year_levels(evidence, back)
    parts = np.empty((len(back), len(STRESS_WINDOWS) + 1, returns.shape[1]))
    for origin, ago in enumerate(back):
        until = len(returns) - ago
        recent = _components(evidence, STRESS_WINDOWS, until=until, log_level=levels[origin]).recent
        for place, window in enumerate(STRESS_WINDOWS):
            parts[origin, place] = np.exp(0.5 * recent[window])
        week = np.sqrt(WEEK) * window_mean(returns[:until], WEEK)
        parts[origin, -1] = week / np.exp(0.5 * own_levels[origin])
    return np.moveaxis(parts, 2, 0)


def _year_levels(values: Windows, back: Sequence[int]) -> list[FloatArray]:
    """Log of the mean of the 252 rows that end so many rows back, as far as there are so many: (N,) each."""
    ends = range(len(values), 0, -MONTH)[: max(back) // MONTH + YEAR_MONTHS]
    months = [values.sums(max(end - MONTH, 0), end) for end in ends]
    levels: list[FloatArray] = []
    for ago in back:
        year = months[ago // MONTH : ago // MONTH + YEAR_MONTHS]
        total = np.add.reduce([sums for sums, _ in year], axis=0)
        n = np.add.reduce([counts for _, counts in year], axis=0).astype(np.float64)
        levels.append(_log(np.where(n >= LEVEL_MIN_OBS, divide(total, n), np.nan)))
    return levels


def _market_state(matrix: FloatArray, least: int) -> MarketState:
    """Average (3, N) parts over the instruments that have all of them."""
    complete = np.isfinite(matrix).all(axis=0)
    n = int(complete.sum())
    if n < least:
        return MarketState(dict.fromkeys(STRESS_WINDOWS, np.nan), np.nan, n)
    *roots, move = (math.fsum(row) / n for row in matrix[:, complete].tolist())  # in any order the same sum
    stress = {window: 2.0 * math.log(root) for window, root in zip(STRESS_WINDOWS, roots, strict=True)}
    return MarketState(stress, move, n)


def session_variances(
    columns: FloatArray, coefficients: HarCoefficients, variances: ArrayLike | None
) -> FloatArray:
    """Return what a model is fed with: squared returns, or the variances given for a range model: (T, N)."""
    if not coefficients.uses_ranges:
        return np.square(columns)
    if variances is None:
        raise ValueError("a range model needs variances")
    given, _ = as_columns(variances, "variances")
    if given.shape != columns.shape:
        raise ValueError(f"variances must have the shape of returns, {columns.shape}, not {given.shape}")
    if (given < 0).any():
        raise ValueError("variances must not be negative; missing is NaN")
    return given


def har_variance(
    evidence: Windows, coefficients: HarCoefficients, market: MarketState | None, *, until: int
) -> tuple[FloatArray, BoolArray]:
    """Forecast the variance a session of each column from the rows before ``until``.

    Says also where the clamp moved it.
    """
    parts = _components(evidence, {*coefficients.slopes, 21, QUARTER}, until=until)
    exponent = coefficients.intercept + parts.level
    for window, slope in coefficients.slopes.items():
        recent = parts.recent[window]
        exponent = exponent + slope * (saturated(recent) if window == QUARTER else recent)
    if coefficients.needs_market:
        if market is None:
            raise ValueError("a model with market slopes needs the state of the market")
        exponent = exponent + coefficients.move * market.move
        for window, slope in coefficients.market.items():
            exponent = exponent + slope * market.stress[window]
    raw = coefficients.scale * np.exp(exponent)
    lowest = CLAMP[0] * parts.means[QUARTER]
    highest = CLAMP[1] * np.maximum(parts.means[21], np.exp(parts.level))
    variance = np.clip(raw, lowest, highest)
    return variance, (variance != raw) & np.isfinite(variance)
