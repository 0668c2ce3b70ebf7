"""What each term of the forecast adds, in both halves of the training period and in the test period."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from benchmarks.forecast.designs import Sample, saturated
from benchmarks.forecast.scoring import qlike

from riskpanel.risk.arrays import BoolArray, FloatArray

FORMS = ("own windows, v63 plain", "v63 saturating", "+ market stress", "+ market move")
EDGES = (-np.inf, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, np.inf)


@dataclass(frozen=True, slots=True)
class Pooled:
    """Regressors with the constant (D, N, K), and RV over the level (D, N), of one form."""

    x: FloatArray
    ratio: FloatArray

    def rows(self, origins: BoolArray) -> BoolArray:
        """Return the cells of some origins that have everything."""
        return origins[:, None] & np.isfinite(self.x).all(axis=-1) & (self.ratio > 0)


def form(index: int, sample: Sample, market: FloatArray, *, windows: tuple[int, ...]) -> Pooled:
    """Return one of the forms, in the order of ``FORMS``."""
    shape = sample.level.shape
    own = [saturated(sample.own[w]) if w == 63 and index else sample.own[w] for w in windows]
    states = market.T[: {2: 2, 3: 3}.get(index, 0)]
    columns = [np.ones(shape), *own, *(np.broadcast_to(state[:, None], shape) for state in states)]
    return Pooled(np.stack(columns, axis=-1), sample.realized / np.exp(sample.level))


def solve(training: Pooled, origins: BoolArray) -> tuple[FloatArray, float]:
    """Return the slopes of ln RV - L on some origins (K,), and the scale that makes the variance unbiased."""
    cells = training.rows(origins)
    x, target = training.x[cells], np.log(training.ratio[cells])
    slopes = np.linalg.solve(x.T @ x, x.T @ target)
    return slopes, float(np.mean(training.ratio[cells] / np.exp(x @ slopes)))


def fit_and_forecast(training: Pooled, origins: BoolArray, scored: Pooled) -> FloatArray:
    """Fit on some origins of one sample and return the forecast over the level of another: (D, N)."""
    slopes, scale = solve(training, origins)
    return scale * np.exp(scored.x @ slopes)


def loss(training: Pooled, rows: BoolArray, scored: Pooled, *, origins: BoolArray) -> float:
    """Return the mean QLIKE on some origins of a sample after fitting on some of another."""
    cells = scored.rows(origins)
    return float(np.mean(qlike(scored.ratio, fit_and_forecast(training, rows, scored))[cells]))


def ratios_by_quarter(
    training: Pooled, rows: BoolArray, scored: Pooled, *, quarter: FloatArray
) -> list[tuple[float, int]]:
    """Return mean RV/h and the number of cells by x_63, in the intervals of ``EDGES``."""
    errors = scored.ratio / fit_and_forecast(training, rows, scored)
    there = np.isfinite(errors)
    found = []
    for low, high in pairwise(EDGES):
        cells = there & (quarter >= low) & (quarter < high)
        found.append((float(errors[cells].mean()), int(cells.sum())))
    return found
