"""Scores of forecasts: losses, the Diebold-Mariano test, calibration, coverage of a band."""

from dataclasses import dataclass

import numpy as np

from riskpanel.risk.arrays import FloatArray


def qlike(realized: FloatArray, forecast: FloatArray) -> FloatArray:
    """Return RV/h - ln(RV/h) - 1 of variances: 0 for a perfect forecast, NaN where RV or h is not > 0."""
    ratio = np.divide(realized, forecast, out=np.full(np.shape(realized), np.nan), where=forecast > 0)
    ratio = np.where(ratio > 0, ratio, np.nan)
    return ratio - np.log(ratio) - 1.0


def root_mean_square_error(realized: FloatArray, forecast: FloatArray) -> float:
    """Return the root of the mean squared difference over the pairs where both exist."""
    return float(np.sqrt(np.nanmean(np.square(realized - forecast))))


def newey_west_variance_of_mean(series: FloatArray, *, lags: int) -> float:
    """Return the variance of a series' mean with autocorrelation up to ``lags`` (Bartlett weights)."""
    centred = series - series.mean()
    n = len(series)
    total = float(centred @ centred) / n
    for lag in range(1, min(lags, n - 1) + 1):
        total += 2.0 * (1.0 - lag / (lags + 1.0)) * float(centred[lag:] @ centred[:-lag]) / n
    return total / n


def newey_west_lags(n: int) -> int:
    """Return floor(4 (n/100)^(2/9)), the usual number of lags for n observations."""
    return int(4 * (n / 100) ** (2 / 9))


@dataclass(frozen=True, slots=True)
class DieboldMariano:
    """Test of equal loss: mean difference (negative: the first is better), its t statistic, dates used."""

    difference: float
    t: float
    n_dates: int


def diebold_mariano(loss: FloatArray, other: FloatArray, *, lags: int | None = None) -> DieboldMariano:
    """Compare two (dates, N) matrices of losses over the cells where both exist.

    The difference is averaged over the cross-section of each origin date first, because errors of many
    stocks on one date are one observation rather than many; then a t statistic with a Newey-West variance
    over the dates, ``lags`` by default floor(4 (n/100)^(2/9)).
    """
    gap = loss - other
    counts = np.isfinite(gap).sum(axis=1)
    by_date = np.nansum(gap, axis=1)[counts > 0] / counts[counts > 0]
    n = len(by_date)
    used = newey_west_lags(n) if lags is None else lags
    variance = newey_west_variance_of_mean(by_date, lags=used)
    return DieboldMariano(float(by_date.mean()), float(by_date.mean() / np.sqrt(variance)), n)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Regression of what came on what was forecast (Mincer-Zarnowitz): ideal is intercept 0, slope 1."""

    intercept: float
    slope: float
    r_squared: float


def calibration(realized: FloatArray, forecast: FloatArray) -> Calibration:
    """Regress realized on forecast over the pairs where both exist."""
    both = np.isfinite(realized) & np.isfinite(forecast)
    x, y = forecast[both] - forecast[both].mean(), realized[both] - realized[both].mean()
    slope = float(x @ y / (x @ x))
    fit = float(realized[both].mean() - slope * forecast[both].mean())
    return Calibration(fit, slope, float(slope * (x @ y) / (y @ y)))


def coverage(realized: FloatArray, low: FloatArray, high: FloatArray) -> tuple[float, float, float]:
    """Return the shares of outcomes below, inside and above a band, over the cells where all three exist."""
    there = np.isfinite(realized) & np.isfinite(low) & np.isfinite(high)
    below = float(np.mean(realized[there] < low[there]))
    above = float(np.mean(realized[there] > high[there]))
    return below, 1.0 - below - above, above
