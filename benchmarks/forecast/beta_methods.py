"""The estimates of beta that are compared, and what each said of the quarters that followed.

At origins 63 sessions apart, which do not overlap, every method sees the sessions before the origin, and is
scored on the OLS beta of the 63 sessions from it on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from benchmarks.forecast.panel import SHARED, Panel
from numpy.typing import NDArray

from riskpanel.risk import (
    BetaEstimates,
    ShrunkBetas,
    ewma_market_beta,
    market_beta,
    market_beta_hac,
    vasicek_shrinkage,
)
from riskpanel.risk.arrays import BoolArray, FloatArray, divide

HORIZON, FIRST, FADING_ROWS = 63, 253, 504
SPLIT = "2010-01-01"
DECAYS = (0.98, 0.985, 0.99, 0.9925, 0.995)
CHOSEN = "EWMA .99, shrunk"

Estimate = Callable[[FloatArray, FloatArray], FloatArray]


def shrunk(estimates: BetaEstimates) -> ShrunkBetas:
    """Shrink towards the mean of all stocks that have an estimate."""
    return vasicek_shrinkage(
        estimates.beta,
        estimates.std_error,
        universe=np.isfinite(estimates.beta),
        reason=estimates.reason,
    )


def ordinary(returns: FloatArray, market: FloatArray, rows: int) -> BetaEstimates:
    """Fit OLS over the last rows; at least half of them, and 30 of 90 or fewer."""
    return market_beta(returns[-rows:], market[-rows:], min_obs=30 if rows <= 90 else rows // 2)


def fading(returns: FloatArray, market: FloatArray, decay: float = 0.99) -> BetaEstimates:
    """Fit the fading beta over the last 504 rows."""
    return ewma_market_beta(returns[-FADING_ROWS:], market[-FADING_ROWS:], decay=decay)


def bounded(returns: FloatArray, market: FloatArray) -> FloatArray:
    """Bound each return between -2 and 4 times the market's (Welch 2022)."""
    ends = np.sort(np.stack([-2 * market, 4 * market]), axis=0)[:, :, None]
    return np.clip(returns, ends[0], ends[1])


def robust_error(returns: FloatArray, market: FloatArray) -> BetaEstimates:
    """Fit OLS over the last 252 rows with Newey-West errors."""
    return market_beta_hac(returns[-252:], market[-252:], min_obs=126)


METHODS: dict[str, Estimate] = {
    "OLS 90": lambda r, m: ordinary(r, m, 90).beta,
    "OLS 126": lambda r, m: ordinary(r, m, 126).beta,
    "OLS 252": lambda r, m: ordinary(r, m, 252).beta,
    "Blume on 252: 1/3 + 2/3 b": lambda r, m: 1 / 3 + 2 / 3 * ordinary(r, m, 252).beta,
    "OLS 90, shrunk": lambda r, m: shrunk(ordinary(r, m, 90)).beta,
    "OLS 252, shrunk": lambda r, m: shrunk(ordinary(r, m, 252)).beta,
    "OLS 252, shrunk by Newey-West errors": lambda r, m: shrunk(robust_error(r, m)).beta,
    "EWMA .99": lambda r, m: fading(r, m).beta,
    **{
        f"EWMA {f'{decay:g}'[1:]}, shrunk": lambda r, m, decay=decay: shrunk(fading(r, m, decay)).beta
        for decay in DECAYS
    },
    "EWMA .99 on bounded returns": lambda r, m: fading(bounded(r, m), m).beta,
}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came and what was said, (origins, N), NaN outside the stocks that every method has."""

    after: FloatArray
    after_error: FloatArray
    said: dict[str, FloatArray]
    posterior_error: FloatArray
    late: BoolArray
    origins: NDArray[np.int64]

    def part(self, which: str) -> BoolArray:
        """Origins of a part of the years: early, late or all."""
        return {"early": ~self.late, "late": self.late, "all": np.ones_like(self.late)}[which]


def read_index(panel: Panel) -> FloatArray:
    """Return the S&P 500 index on the panel's sessions as returns; nothing bridges a missing close."""
    table = pl.read_csv(SHARED / "skfolio_sp500_index.csv.gz", try_parse_dates=True)
    closes = dict(zip(table["Date"].to_numpy().astype("datetime64[D]"), table["SP500"], strict=True))
    level = np.array([closes.get(day, np.nan) for day in panel.dates])
    return np.r_[np.nan, level[1:] / level[:-1] - 1.0]


def mean_return(returns: FloatArray) -> FloatArray:
    """Return the equal-weight mean of the panel; the first row has no returns."""
    return np.r_[np.nan, np.nanmean(returns[1:], axis=1)]


def outcomes(panel: Panel, market: FloatArray) -> Outcomes:
    """Let every method speak at every origin, and keep the stocks that all of them and the outcome have."""
    returns = panel.returns
    origins = np.arange(FIRST, len(returns) - HORIZON + 1, HORIZON)
    after = [market_beta(returns[t : t + HORIZON], market[t : t + HORIZON], min_obs=60) for t in origins]
    said = {
        name: np.array([method(returns[:t], market[:t]) for t in origins]) for name, method in METHODS.items()
    }
    beta = np.array([fit.beta for fit in after])
    common = np.isfinite(beta) & np.logical_and.reduce([np.isfinite(value) for value in said.values()])
    return Outcomes(
        after=np.where(common, beta, np.nan),
        after_error=np.array([fit.std_error for fit in after]),
        said={name: np.where(common, value, np.nan) for name, value in said.items()},
        posterior_error=np.array([shrunk(fading(returns[:t], market[:t])).std_error for t in origins]),
        late=origins >= panel.row_of(SPLIT),
        origins=origins,
    )


def one_variance(returns: FloatArray, market: FloatArray, beta: FloatArray) -> FloatArray:
    """Give the fading beta the error it had if all residuals had one variance; riskpanel does not use it."""
    there = np.isfinite(returns) & np.isfinite(market)[:, None]
    age = np.arange(len(returns) - 1, -1, -1.0)[:, None]
    weights, x = np.where(there, 0.99**age, 0.0), np.nan_to_num(market)[:, None]
    residuals = np.where(there, returns - beta * x, 0.0)
    total = weights.sum(axis=0)
    effective = divide(np.square(total), np.square(weights).sum(axis=0))
    variance = divide(effective, effective - 1) * divide((weights * residuals**2).sum(axis=0), total)
    return divide(np.sqrt(variance * np.square(weights * x).sum(axis=0)), (weights * x**2).sum(axis=0))
