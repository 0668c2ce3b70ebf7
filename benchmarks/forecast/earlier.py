"""Coefficients of an earlier fit in the same family, kept so that a reader sees both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from benchmarks.forecast.ablations import Pooled
from benchmarks.forecast.designs import LEVEL_WINDOW, Sample, bars_of
from benchmarks.forecast.panel import Panel

from riskpanel.risk import parkinson_variance
from riskpanel.risk.arrays import FloatArray, IntArray

MARKET_WINDOWS = (1, 5, 21)
DISPLAY = {"close": 1.06, "range": 1.03}  # noted once for all rows of closes and once for those of ranges


@dataclass(frozen=True, slots=True)
class Earlier:
    """One row: plain x_j for every window, and pooled market variance in place of the market's state.

    ``band`` holds the 10, 50 and 90 % multipliers that were noted with it.
    """

    name: str
    holder: Literal["instrument", "portfolio"]
    own: Literal["close", "range"]
    intercept: float
    slopes: Mapping[int, float]
    market: tuple[float, ...]
    scale: float
    band: tuple[float, float, float]

    @property
    def coefficients(self) -> FloatArray:
        """Intercept, slopes by window, slopes on the market."""
        return np.array([self.intercept, *self.slopes.values(), *self.market])


EARLIER = (
    Earlier(
        "earlier: instrument, close",
        "instrument",
        "close",
        -0.098,
        {5: 0.138, 21: 0.149, 63: 0.381},
        (),
        1.403,
        (0.655, 0.976, 1.562),
    ),
    Earlier(
        "earlier: instrument, range",
        "instrument",
        "range",
        -0.024,
        {1: 0.114, 5: 0.183, 21: 0.110, 63: 0.323},
        (),
        1.294,
        (0.641, 0.945, 1.494),
    ),
    Earlier(
        "earlier: instrument, range + market",
        "instrument",
        "range",
        -0.029,
        {1: 0.071, 5: 0.087, 21: 0.084, 63: 0.280},
        (0.161, 0.277, -0.111),
        1.263,
        (0.646, 0.948, 1.479),
    ),
    Earlier(
        "earlier: portfolio, close",
        "portfolio",
        "close",
        -0.054,
        {5: 0.188, 21: 0.284, 63: 0.280},
        (),
        1.383,
        (0.671, 0.973, 1.514),
    ),
    Earlier(
        "earlier: portfolio, close + market",
        "portfolio",
        "close",
        -0.054,
        {5: 0.054, 21: 0.162, 63: 0.195},
        (0.274, 0.393, -0.087),
        1.319,
        (0.687, 0.977, 1.485),
    ),
)


def pooled_market(panel: Panel, origins: IntArray) -> FloatArray:
    """Return ln of the mean Parkinson variance of all symbols over 1, 5, 21 sessions against 252: (D, 3)."""
    pooled = np.nanmean(parkinson_variance(bars_of(panel)), axis=1)
    year = np.array([pooled[max(o - LEVEL_WINDOW + 1, 0) : o + 1].mean() for o in origins])
    means = [np.array([pooled[o - window + 1 : o + 1].mean() for o in origins]) for window in MARKET_WINDOWS]
    return np.stack([np.log(mean / year) for mean in means], axis=1)


def plain_form(row: Earlier, sample: Sample, market: FloatArray) -> Pooled:
    """Return the regressors of an earlier row: every x_j as it is, then the pooled market."""
    shape = sample.level.shape
    own = [sample.own[window] for window in row.slopes]
    states = [np.broadcast_to(state[:, None], shape) for state in market.T[: len(row.market)]]
    ratio = sample.realized / np.exp(sample.level)
    return Pooled(np.stack([np.ones(shape), *own, *states], axis=-1), ratio)


def printed_forecast(row: Earlier, scored: Pooled, level: FloatArray) -> FloatArray:
    """Return the variance a session that the printed coefficients expect: (D, N)."""
    return row.scale * np.exp(scored.x @ row.coefficients + level)
