"""Slow reference calculations: loops written from the formulas of docs/methods.md, not from the code.

They share nothing with the package but the published coefficients that they are given.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist

import numpy as np

from riskpanel.risk import HarCoefficients


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


def books(seed: int, portfolios: int = 8, names: int = 12) -> np.ndarray:
    """Draw weights (P, N) with gaps and shorts; the third is of cash, the fourth holds all alike."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0.05, 0.3, (portfolios, names))
    weights[rng.random(weights.shape) > 0.6] = 0.0
    weights[2] = 0.0
    weights[3] = 0.1
    return weights


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


def loop_mean(values: Sequence[float], *, window: int, min_obs: int | None = None) -> float:
    """Mean of the last ``window`` values, three quarters of which must exist."""
    kept = present(values[max(len(values) - window, 0) :])
    if len(kept) < (0.75 * window if min_obs is None else min_obs) or not kept:
        return math.nan
    return math.fsum(kept) / len(kept)


def loop_mean_square(values: Sequence[float], *, window: int, min_obs: int | None = None) -> float:
    """Mean of squares over the last ``window`` values, three quarters of which must exist."""
    return loop_mean([value**2 for value in values], window=window, min_obs=min_obs)


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


def loop_centred_logs(variances: Sequence[float], windows: Iterable[int]) -> dict[int, float]:
    """Log of the mean variance of each window over that of the year, at least ln 0.02."""
    level = loop_mean(variances, window=252, min_obs=63)
    logs = {}
    for window in windows:
        mean = loop_mean(variances, window=window)
        if not level > 0 or math.isnan(mean):
            logs[window] = math.nan
        else:
            logs[window] = math.log(0.02) if mean == 0 else max(math.log(mean / level), math.log(0.02))
    return logs


def loop_market(
    returns: Sequence[Sequence[float]], variances: Sequence[Sequence[float]], *, min_instruments: int = 20
) -> tuple[dict[int, float], float, int]:
    """Stress of 1 and 5 sessions, move of the week, and how many instruments (inner sequences) have all."""
    whole = []
    for own, spread in zip(returns, variances, strict=True):
        level = loop_mean_square(own, window=252, min_obs=63)
        week = loop_mean(own, window=5)
        logs = loop_centred_logs(spread, (1, 5))
        if level > 0 and not any(math.isnan(value) for value in (week, *logs.values())):
            whole.append(
                (math.exp(logs[1] / 2), math.exp(logs[5] / 2), math.sqrt(5) * week / math.sqrt(level))
            )
    if len(whole) < min_instruments:
        return {1: math.nan, 5: math.nan}, math.nan, len(whole)
    day, week, move = (math.fsum(column) / len(whole) for column in zip(*whole, strict=True))
    return {1: 2 * math.log(day), 5: 2 * math.log(week)}, move, len(whole)


def loop_forecast(
    values: Sequence[float],
    coefficients: HarCoefficients,
    *,
    variances: Sequence[float] | None = None,
    market: tuple[Mapping[int, float], float] | None = None,
) -> tuple[float, float, float, float]:
    """Log-HAR: annualised variance, volatility, low and high; NaN below 63 sessions and the fallback's.

    Squared ``values`` are the evidence unless ``variances`` are given; ``market`` holds the stress by
    window and the move.
    """
    evidence = [value**2 for value in values] if variances is None else variances
    level = loop_mean(evidence, window=252, min_obs=63)
    parts = {window: loop_mean(evidence, window=window) for window in {*coefficients.slopes, 21, 63}}
    if not level > 0 or any(math.isnan(part) for part in parts.values()):
        return (math.nan,) * 4
    logs = loop_centred_logs(evidence, coefficients.slopes)
    exponent = coefficients.intercept + math.log(level)
    for window, slope in coefficients.slopes.items():
        log = logs[window]
        if window == 63:
            log = min(log, math.log(4))
            log -= log**2 / (2 * math.log(4))
        exponent += slope * log
    if coefficients.market:
        stress, move = market or ({}, math.nan)
        exponent += sum(slope * stress[window] for window, slope in coefficients.market.items())
        exponent += coefficients.move * move
    if math.isnan(exponent):
        return (math.nan,) * 4
    variance = coefficients.scale * math.exp(exponent)
    variance = min(max(variance, 0.2 * parts[63]), 5 * max(parts[21], level))
    root = math.sqrt(252 * variance / coefficients.scale)
    low, _, high = coefficients.band
    return 252 * variance, coefficients.display * root, low * root, high * root


def loop_ewma_volatility(values: Sequence[float]) -> float:
    """Root of the mean square with weights 0.97 to the power of the age in sessions, annualised."""
    aged = [(0.97**age, value) for age, value in enumerate(reversed(values)) if not math.isnan(value)]
    total = math.fsum(weight for weight, _ in aged)
    return math.sqrt(252 * math.fsum(weight * value**2 for weight, value in aged) / total)
