"""Whether the forecast depends on what should not matter: one term, the universe, the calendar."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from benchmarks.forecast.ablations import FORMS, Pooled, form, loss, ratios_by_quarter
from benchmarks.forecast.designs import market_sample, origins_between
from benchmarks.forecast.grids import HALF, Grid, Study
from benchmarks.forecast.scoring import qlike
from benchmarks.forecast.training import Fit, forecast

SEED, SUBSETS, UNIVERSE = 7, 10, 30
WITH_MARKET = "instrument, close + market (closes)"
ABLATED = (WITH_MARKET, "instrument, range + market (ranges)", "portfolio, close + market (ranges)")


@dataclass(frozen=True, slots=True)
class Ablation:
    """QLIKE of the four forms of one variant: fitted on one half and scored on the other, and in the test."""

    name: str
    late: tuple[float, ...]
    early: tuple[float, ...]
    test: tuple[float, ...]
    calm: tuple[float, ...]


def ablation(study: Study, fitted: Fit) -> Ablation:
    """Add the terms one after the other."""
    variant = fitted.variant
    grid, scored_grid = study.whole[variant.holder], study.test[variant.holder]
    training = study.training(variant.holder)
    half = origins_between(study.panel, 0, HALF, step=1)[-1]
    first = training & (grid.origins <= half)
    second = training & (grid.origins >= study.panel.row_of(HALF))
    calm = study.calm(scored_grid)
    columns: list[tuple[float, ...]] = []
    for index in range(len(FORMS)):
        known, scored = (
            form(index, g.samples[variant.own], g.markets[str(variant.market)], windows=variant.windows)
            for g in (grid, scored_grid)
        )
        columns.append(
            (
                loss(known, first, known, origins=second),
                loss(known, second, known, origins=first),
                loss(known, training, scored, origins=np.ones_like(calm)),
                loss(known, training, scored, origins=calm),
            )
        )
    late, early, test, quiet = zip(*columns, strict=True)
    return Ablation(variant.name, late, early, test, quiet)


@dataclass(frozen=True, slots=True)
class Bias:
    """Mean RV/h by how far the last quarter stood from the year, plain and saturating, with cells."""

    training: tuple[list[tuple[float, int]], list[tuple[float, int]]]
    test: tuple[list[tuple[float, int]], list[tuple[float, int]]]


def quarter_bias(study: Study, fitted: Fit) -> Bias:
    """Compare the plain and the saturating x_63, both with the market, where the quarter was unusual."""
    variant = fitted.variant
    rows = study.training(variant.holder)
    grids = (study.whole[variant.holder], study.test[variant.holder])
    known, scored = ([_bent(grid, fitted), _bare(grid, fitted)] for grid in grids)
    quarters = [grid.samples[variant.own].own[63] for grid in grids]
    early = np.where(rows[:, None], quarters[0], np.nan)
    bent, bare = ((ratios_by_quarter(k, rows, k, quarter=early)) for k in known)
    bent_later, bare_later = (
        ratios_by_quarter(k, rows, s, quarter=quarters[1]) for k, s in zip(known, scored, strict=True)
    )
    return Bias((bare, bent), (bare_later, bent_later))


def _bent(grid: Grid, fitted: Fit) -> Pooled:
    variant = fitted.variant
    return form(3, grid.samples[variant.own], grid.markets[str(variant.market)], windows=variant.windows)


def _bare(grid: Grid, fitted: Fit) -> Pooled:
    """Return the whole form with x_63 as it is."""
    windows = fitted.variant.windows
    pooled = _bent(grid, fitted)
    x = pooled.x.copy()
    x[..., 1 + windows.index(63)] = grid.samples[fitted.variant.own].own[63]
    return Pooled(x, pooled.ratio)


@dataclass(frozen=True, slots=True)
class Universe:
    """QLIKE of a variant with the market of all symbols, and of random sets of 30: mean and worst."""

    name: str
    everything: float
    mean: float
    worst: float


def small_universes(study: Study, fits: Mapping[str, Fit]) -> list[Universe]:
    """Take the market from 10 random sets of 30 symbols, with the coefficients as they are."""
    rng = np.random.default_rng(SEED)
    grid = study.test["instrument"]
    listed = np.flatnonzero(np.isfinite(study.panel.close[grid.origins[0]]))
    sets = [rng.choice(listed, UNIVERSE, replace=False) for _ in range(SUBSETS)]
    found = []
    for name, fitted in fits.items():
        variant = fitted.variant
        if variant.market is None:
            continue
        sample, market = study.test[variant.holder].of(variant)
        markets = [
            market_sample(study.panel, grid.origins, market=variant.market, columns=few) for few in sets
        ]
        losses = [np.nanmean(qlike(sample.realized, forecast(fitted, sample, m))) for m in (market, *markets)]
        found.append(Universe(name, float(losses[0]), float(np.mean(losses[1:])), float(np.max(losses[1:]))))
    return found
