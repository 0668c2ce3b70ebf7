"""Slow reference calculations: loops written from the formulas of docs/methods.md, not from the code."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np


def sample_returns(
    seed: int, rows: int, columns: int, *, missing: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw (T, N) returns with betas from -1 to 2 and a (T,) market; ``missing`` of the former are NaN."""
    rng = np.random.default_rng(seed)
    market = rng.standard_t(5, rows) * 0.01
    slopes = np.linspace(-1.0, 2.0, columns)
    returns = market[:, None] * slopes + rng.standard_t(4, (rows, columns)) * 0.012 + 0.0003
    returns[rng.random((rows, columns)) < missing] = np.nan
    return returns, market


def present(values: Sequence[float]) -> list[float]:
    """Values that exist."""
    return [float(value) for value in values if not math.isnan(value)]


def loop_volatility(values: Sequence[float], *, window: int, min_obs: int) -> float:
    """Sample standard deviation of the last ``window`` values times the root of 252."""
    kept = present(values[max(len(values) - window, 0) :])
    if len(kept) < min_obs:
        return math.nan
    mean = math.fsum(kept) / len(kept)
    return math.sqrt(252 * math.fsum((value - mean) ** 2 for value in kept) / (len(kept) - 1))


def loop_mean_square(values: Sequence[float], *, window: int, min_obs: int | None = None) -> float:
    """Mean of squares over the last ``window`` values, three quarters of which must exist."""
    kept = present(values[max(len(values) - window, 0) :])
    if len(kept) < (0.75 * window if min_obs is None else min_obs) or not kept:
        return math.nan
    return math.fsum(value**2 for value in kept) / len(kept)


def loop_percentile(values: Sequence[float]) -> float:
    """Mid-rank of today's 21-session volatility among the last 252 rolling ones, itself included."""
    ends = range(max(len(values) - 252, 0) + 1, len(values) + 1)
    history = [loop_volatility(values[max(end - 21, 0) : end], window=21, min_obs=15) for end in ends]
    known = present(history)
    if len(known) < 126 or math.isnan(history[-1]):
        return math.nan
    below = sum(value < history[-1] for value in known)
    equal = sum(value == history[-1] for value in known)
    return 100 * (below + equal / 2) / len(known)


def loop_kurtosis(values: Sequence[float]) -> float:
    """Fourth central moment over the square of the second: 3 for a normal sample."""
    kept = present(values)
    mean = math.fsum(kept) / len(kept)
    second = math.fsum((value - mean) ** 2 for value in kept) / len(kept)
    return math.fsum((value - mean) ** 4 for value in kept) / len(kept) / second**2


def loop_trend(values: Sequence[float]) -> tuple[str | None, float, float]:
    """Direction, strength and log ratio of the last 21 sessions against the 42 before them."""
    recent = loop_mean_square(values, window=21)
    before = loop_mean_square(values[: max(len(values) - 21, 0)], window=42)
    if not recent > 0 or not before > 0:
        return None, math.nan, math.nan
    log_ratio = math.log(recent / before) / 2
    kurtosis = min(max(loop_kurtosis(values[-252:]), 3.0), 15.0)
    z = log_ratio / math.sqrt((kurtosis - 1) / 4 * (1 / 21 + 1 / 42))
    strength = 2 * NormalDist().cdf(abs(z)) - 1
    if abs(z) <= 1.28 or abs(log_ratio) <= math.log(1.1):
        return "stable", strength, log_ratio
    return ("increasing" if z > 0 else "decreasing"), strength, log_ratio


CLOSE_ONLY_TABLE = (-0.098, {5: 0.138, 21: 0.149, 63: 0.381}, 1.403, 1.06, 0.655, 1.562)
PORTFOLIO_TABLE = (-0.054, {5: 0.188, 21: 0.284, 63: 0.280}, 1.383, 1.06, 0.671, 1.514)


def loop_forecast(
    values: Sequence[float], table: tuple = CLOSE_ONLY_TABLE
) -> tuple[float, float, float, float]:
    """Log-HAR: annualised variance, volatility, low and high; NaN below 63 returns."""
    intercept, slopes, scale, display, low, high = table
    level = loop_mean_square(values, window=252, min_obs=63)
    parts = {window: loop_mean_square(values, window=window) for window in (5, 21, 63)}
    if not level > 0 or any(math.isnan(part) for part in parts.values()):
        return (math.nan,) * 4
    exponent = intercept + math.log(level)
    for window, slope in slopes.items():
        ratio = math.log(parts[window] / level) if parts[window] > 0 else -math.inf
        exponent += slope * max(ratio, math.log(0.02))
    variance = scale * math.exp(exponent)
    variance = min(max(variance, 0.2 * parts[63]), 5 * max(parts[21], level))
    root = math.sqrt(252 * variance / scale)
    return 252 * variance, display * root, low * root, high * root


def loop_ewma_volatility(values: Sequence[float]) -> float:
    """Root of the mean square with weights 0.97 to the power of the age in sessions, annualised."""
    aged = [(0.97**age, value) for age, value in enumerate(reversed(values)) if not math.isnan(value)]
    total = math.fsum(weight for weight, _ in aged)
    return math.sqrt(252 * math.fsum(weight * value**2 for weight, value in aged) / total)
