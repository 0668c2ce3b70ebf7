"""Samples of the whole period and of the test period, and the coefficients trained on the first ten years."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from benchmarks.forecast.designs import (
    LEVEL_WINDOW,
    VARIANTS,
    Sample,
    Variant,
    instrument_sample,
    market_sample,
    origins_between,
)
from benchmarks.forecast.panel import Panel
from benchmarks.forecast.portfolios import portfolio_sample
from benchmarks.forecast.training import Fit, fit

from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray

WINDOWS = (1, 5, 21, 63)
FIRST_ROW = 63  # the first with the 63 returns of a level
TRAINING_STEP, TEST_STEP = 5, 21
TRAINING_END, TEST_START, TEST_END, HALF = "2010-01-01", "2010-01-01", "2021-01-01", "2005-01-01"
CRASH = (np.datetime64("2020-01-22"), np.datetime64("2020-03-20"))
Holder = Literal["instrument", "portfolio"]


@dataclass(frozen=True, slots=True)
class Grid:
    """Samples of one kind of holder on the same origins, and the market at them."""

    origins: IntArray
    samples: Mapping[str, Sample]
    markets: Mapping[str, FloatArray]

    def of(self, variant: Variant) -> tuple[Sample, FloatArray | None]:
        """Return what a variant needs."""
        return self.samples[variant.own], None if variant.market is None else self.markets[variant.market]


@dataclass(frozen=True, slots=True)
class Study:
    """The panel, the whole period every 5 sessions, and the test period without overlap."""

    panel: Panel
    whole: Mapping[str, Grid]
    test: Mapping[str, Grid]

    def training(self, holder: Holder) -> BoolArray:
        """Return the origins of the whole period whose target ended before 2010."""
        last = origins_between(self.panel, FIRST_ROW, TRAINING_END, step=1)[-1]
        return self.whole[holder].origins <= last

    def calm(self, grid: Grid) -> BoolArray:
        """Return the origins outside the weeks before and in the crash of 2020."""
        dates = self.panel.dates[grid.origins]
        return (dates < CRASH[0]) | (dates > CRASH[1])


def instrument_grid(panel: Panel, origins: IntArray) -> Grid:
    samples = {own: instrument_sample(panel, origins, own=own, windows=WINDOWS) for own in ("close", "range")}
    return Grid(origins, samples, markets_at(panel, origins))


def portfolio_grid(panel: Panel, origins: IntArray) -> Grid:
    sample = portfolio_sample(panel.returns, origins, windows=WINDOWS)
    return Grid(origins, {"close": sample}, markets_at(panel, origins))


def markets_at(panel: Panel, origins: IntArray, *, columns: IntArray | None = None) -> dict[str, FloatArray]:
    return {kind: market_sample(panel, origins, market=kind, columns=columns) for kind in ("close", "range")}


def whole_origins(panel: Panel, holder: Holder) -> IntArray:
    origins = origins_between(panel, FIRST_ROW, TEST_END, step=TRAINING_STEP)
    return origins[origins >= LEVEL_WINDOW] if holder == "portfolio" else origins


def scored_origins(panel: Panel, *, offset: int = 0) -> IntArray:
    return origins_between(panel, panel.row_of(TEST_START), TEST_END, step=TEST_STEP, offset=offset)


def study(panel: Panel) -> Study:
    """Gather every sample of the period; the slow part, shared by all experiments."""
    test = scored_origins(panel)
    return Study(
        panel,
        {
            "instrument": instrument_grid(panel, whole_origins(panel, "instrument")),
            "portfolio": portfolio_grid(panel, whole_origins(panel, "portfolio")),
        },
        {"instrument": instrument_grid(panel, test), "portfolio": portfolio_grid(panel, test)},
    )


def train(study: Study) -> dict[str, Fit]:
    """Fit all variants before 2010, by name."""
    fits = {}
    for variant in VARIANTS:
        sample, market = study.whole[variant.holder].of(variant)
        fits[variant.name] = fit(variant, sample, market, rows=study.training(variant.holder))
    return fits
