"""Random portfolios of the panel's stocks: what is forecast is the series at the weights of the origin."""

import numpy as np
from benchmarks.forecast.designs import (
    HORIZON,
    LEVEL_WINDOW,
    Sample,
    log_level,
    realized_variance,
    relative_log,
)

from riskpanel.risk.arrays import FloatArray, IntArray

SEED = 20_101_231
PER_ORIGIN = 50
FEWEST_POSITIONS, MOST_POSITIONS = 3, 60
LONG_ONLY, LONG_SHORT, LEVERED, WITH_CASH, NEUTRAL = 0.6, 0.8, 0.9, 1.0, 2.0


def portfolio_window(returns: FloatArray, origin: int, *, neutral: bool = False) -> FloatArray:
    """Return constant-mix returns of 50 portfolios: 252 rows up to the origin and 21 after it, (273, 50).

    Drawn anew at each origin, from a seed of the origin, among symbols with every return of the window;
    weights are those of the origin on all rows, so that a series is a weighted sum of returns.
    """
    window = returns[origin - LEVEL_WINDOW + 1 : origin + HORIZON + 1]
    whole = np.flatnonzero(np.isfinite(window).all(axis=0))
    rng = np.random.default_rng([SEED, origin])
    weights = np.zeros((returns.shape[1], PER_ORIGIN))
    for column in range(PER_ORIGIN):
        n = int(np.exp(rng.uniform(np.log(FEWEST_POSITIONS), np.log(MOST_POSITIONS + 1))))
        names = rng.choice(whole, n, replace=False)
        shares = np.full(n, 1.0 / n) if rng.random() < 0.5 else rng.dirichlet(np.ones(n))
        weights[names, column] = exposures(shares, NEUTRAL if neutral else rng.random())
    return np.where(np.isfinite(window), window, 0.0) @ weights


def exposures(shares: FloatArray, style: float) -> FloatArray:
    """Turn shares that sum to 1 into weights: long, 130/30, levered 1.5 times, 30 % cash, or neutral."""
    n = len(shares)
    if style < LONG_ONLY:
        return shares
    if style < LONG_SHORT or style == NEUTRAL:
        short, long = (-1.0, 1.0) if style == NEUTRAL else (-0.3, 1.3)
        first = np.arange(n) < (n // 2 if style == NEUTRAL else max(n // 3, 1))
        return np.where(first, short * shares / shares[first].sum(), long * shares / shares[~first].sum())
    return 1.5 * shares if style < LEVERED else 0.7 * shares


def portfolio_sample(
    returns: FloatArray, origins: IntArray, *, windows: tuple[int, ...], neutral: bool = False
) -> Sample:
    """Return components and targets of the portfolios drawn at the given rows: (D, 50) each."""
    levels, components, targets = [], {window: [] for window in windows}, []
    for origin in origins:
        series = portfolio_window(returns, origin, neutral=neutral)
        variance = np.square(series[:LEVEL_WINDOW])
        levels.append(log_level(variance))
        for window in windows:
            components[window].append(relative_log(variance, window, levels[-1]))
        targets.append(realized_variance(series[LEVEL_WINDOW:]))
    own = {window: np.array(rows) for window, rows in components.items()}
    return Sample(origins, np.array(levels), own, np.array(targets))
