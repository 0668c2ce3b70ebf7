"""Where realized volatility fell against the shipped band before, in and after the crash of 2020."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from benchmarks.forecast.grids import TEST_START, Study
from benchmarks.forecast.scores import ANNUAL
from benchmarks.forecast.scoring import coverage
from benchmarks.forecast.training import Fit, forecast

SPANS = (
    (TEST_START, "2020-01-21"),
    ("2020-01-22", "2020-03-09"),
    ("2020-03-10", "2020-06-30"),
    ("2020-07-01", "2020-12-31"),
)


@dataclass(frozen=True, slots=True)
class StormRow:
    """Shares below, inside and above the band of months begun in a span of ``n_origins`` fifth sessions."""

    name: str
    span: tuple[str, str]
    n_origins: int
    shares: tuple[float, float, float]


def storm_rows(study: Study, fits: Mapping[str, Fit], *, names: tuple[str, ...]) -> list[StormRow]:
    """Count the shares of some models in every span, on overlapping months."""
    found = []
    for name in names:
        fitted = fits[name]
        grid = study.whole[fitted.variant.holder]
        dates, realized = study.panel.dates[grid.origins], grid.samples["close"].realized
        root = np.sqrt(ANNUAL * forecast(fitted, *grid.of(fitted.variant)) / fitted.scale)
        outcome = np.sqrt(ANNUAL * realized)
        for first, last in SPANS:
            rows = (dates >= np.datetime64(first)) & (dates <= np.datetime64(last))
            low, _, high = (multiplier * root[rows] for multiplier in fitted.band)
            found.append(StormRow(name, (first, last), int(rows.sum()), coverage(outcome[rows], low, high)))
    return found
