"""What a forecast may know at an origin, and what came after it.

The components are computed here from their definitions, apart from the library, so that the scores of the
library and of this module check one another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from benchmarks.forecast.panel import Panel

from riskpanel.risk import Bars, parkinson_variance, range_scale, session_variance
from riskpanel.risk.arrays import FloatArray, IntArray

LEVEL_WINDOW, LEVEL_MIN_OBS, HORIZON = 252, 63, 21
RANGE_WINDOW = 504  # of the factor that brings ranges to the level of returns
PRESENT_SHARE = 0.75
FLOOR, CAP = np.log(0.02), np.log(4.0)  # 4: the mean of a quarter of the rows is at most 4 times that of all
MARKET_WINDOWS = (1, 5)
FEWEST_IN_MARKET = 20


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the table of coefficients: whose variance, from which prices, with which market."""

    name: str
    holder: Literal["instrument", "portfolio"]
    own: Literal["close", "range"]
    market: Literal["close", "range"] | None
    windows: tuple[int, ...]


VARIANTS = (
    Variant("instrument, close", "instrument", "close", None, (5, 21, 63)),
    Variant("instrument, close + market (closes)", "instrument", "close", "close", (5, 21, 63)),
    Variant("instrument, range", "instrument", "range", None, (1, 5, 21, 63)),
    Variant("instrument, range + market (ranges)", "instrument", "range", "range", (1, 5, 21, 63)),
    Variant("portfolio, close", "portfolio", "close", None, (5, 21, 63)),
    Variant("portfolio, close + market (closes)", "portfolio", "close", "close", (21, 63)),
    Variant("portfolio, close + market (ranges)", "portfolio", "close", "range", (21, 63)),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One kind of series at many origins: (D, N) each; ``own`` holds x_j by window in sessions."""

    origins: IntArray
    level: FloatArray
    own: Mapping[int, FloatArray]
    realized: FloatArray


def window_mean(values: FloatArray, window: int, *, least: int | None = None) -> FloatArray:
    """Return the mean of the last ``window`` rows, NaN below ``least`` values (default three quarters)."""
    tail = values[-window:]
    present = np.isfinite(tail)
    n = present.sum(axis=0)
    enough = n >= (np.ceil(PRESENT_SHARE * window) if least is None else least)
    return np.where(enough, np.where(present, tail, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)


def log_level(variance: FloatArray) -> FloatArray:
    """Return L, the log of the mean variance of 252 sessions; NaN without movement or below 63 rows."""
    level = window_mean(variance[-LEVEL_WINDOW:], LEVEL_WINDOW, least=LEVEL_MIN_OBS)
    return np.log(np.where(level > 0, level, np.nan))


def relative_log(variance: FloatArray, window: int, level: FloatArray) -> FloatArray:
    """Return x_j = max(ln v_j - L, ln 0.02)."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(window_mean(variance, window)) - level, FLOOR)


def saturated(quarter: FloatArray) -> FloatArray:
    """Return x - x^2 / (2 ln 4), x at most ln 4: rising throughout and flat at the largest x there can be."""
    bounded = np.minimum(quarter, CAP)
    return bounded - np.square(bounded) / (2.0 * CAP)


def market_state(variance: FloatArray, returns: FloatArray) -> FloatArray:
    """Return the market's daily stress, weekly stress and weekly move at the last row: (3,).

    Stress over W sessions is 2 ln mean_i sqrt(v_W,i / v_252,i), each ratio at least 0.02, the move is
    sqrt(5) mean_i (mean of the last 5 returns_i / sqrt(mean square of 252 returns_i)). NaN below 20 symbols.
    """
    level = log_level(variance)
    week = MARKET_WINDOWS[-1]
    moves = window_mean(returns, week) / np.exp(0.5 * log_level(np.square(returns)))
    ratios = np.exp(0.5 * np.array([relative_log(variance, window, level) for window in MARKET_WINDOWS]))
    known = np.isfinite(moves) & np.isfinite(ratios).all(axis=0)
    if known.sum() < FEWEST_IN_MARKET:
        return np.full(3, np.nan)
    return np.array([*2.0 * np.log(ratios[:, known].mean(axis=1)), np.sqrt(week) * moves[known].mean()])


def bars_of(panel: Panel) -> Bars:
    """Return the panel's adjusted prices as the library takes them."""
    return Bars(panel.open, panel.high, panel.low, panel.close)


def realized_variance(future: FloatArray) -> FloatArray:
    """Return the mean square of the sessions after the origin; NaN unless all of them have a return."""
    return window_mean(np.square(future), HORIZON, least=HORIZON)


def instrument_sample(
    panel: Panel, origins: IntArray, *, own: Literal["close", "range"], windows: Sequence[int]
) -> Sample:
    """Return components and targets of all symbols at the given rows."""
    returns = panel.returns
    proxy = session_variance(bars_of(panel)) if own == "range" else None
    levels, components, targets = [], {window: [] for window in windows}, []
    for origin in origins:
        past = slice(max(origin - RANGE_WINDOW + 1, 0), origin + 1)
        variance = np.square(returns[past])
        if proxy is not None:
            variance = proxy[past] * range_scale(returns[past], proxy[past]).scale
        levels.append(log_level(variance))
        for window in windows:
            components[window].append(relative_log(variance, window, levels[-1]))
        targets.append(realized_variance(returns[origin + 1 : origin + HORIZON + 1]))
    own_components = {window: np.array(rows) for window, rows in components.items()}
    return Sample(origins, np.array(levels), own_components, np.array(targets))


def market_sample(
    panel: Panel, origins: IntArray, *, market: Literal["close", "range"], columns: IntArray | None = None
) -> FloatArray:
    """Return the state of the market at the given rows, from all symbols or from some of them: (D, 3)."""
    returns = panel.returns
    variance = parkinson_variance(bars_of(panel)) if market == "range" else np.square(returns)
    chosen = np.arange(returns.shape[1]) if columns is None else columns
    rows = [slice(max(origin - LEVEL_WINDOW + 1, 0), origin + 1) for origin in origins]
    return np.array([market_state(variance[row][:, chosen], returns[row][:, chosen]) for row in rows])


def features(variant: Variant, sample: Sample, market: FloatArray | None) -> FloatArray:
    """Return the regressors without the constant: (D, N, K), own windows first, then the market's three."""
    own = [
        saturated(x) if window == 63 else x for window, x in sample.own.items() if window in variant.windows
    ]
    if market is not None:
        own += [np.broadcast_to(column[:, None], sample.level.shape) for column in market.T]
    return np.stack(own, axis=-1)


def origins_between(panel: Panel, first: int, end: str, *, step: int, offset: int = 0) -> IntArray:
    """Return rows from ``first`` on, ``step`` apart, whose 21-session target ends before the date ``end``."""
    last = panel.row_of(end) - 1 - HORIZON
    return np.arange(first + offset, last + 1, step, dtype=np.int64)
