"""The fit of the pooled log-HAR: normal equations over all series and origins, then a scale and a band."""

from dataclasses import dataclass

import numpy as np
from benchmarks.forecast.designs import Sample, Variant, features

from riskpanel.risk.arrays import BoolArray, FloatArray

DECIMALS = 3
LOWEST, HIGHEST = 0.2, 5.0
FEWEST_SESSIONS, FEWEST_SERIES = 1_000, 50  # fewer hold one regime of volatility, or one industry


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients of one variant, rounded as shipped; ``market`` is empty without market terms.

    ``band`` is of the whole period, ``training_band`` of the origins of the fit.
    """

    variant: Variant
    intercept: float
    slopes: tuple[float, ...]
    market: tuple[float, ...]
    scale: float
    display: float
    band: tuple[float, float, float]
    training_band: tuple[float, float, float]
    n_rows: int

    @property
    def coefficients(self) -> FloatArray:
        """Intercept, slopes by window, slopes on the market: (1 + K,)."""
        return np.array([self.intercept, *self.slopes, *self.market])


def fit(variant: Variant, sample: Sample, market: FloatArray | None, *, rows: BoolArray) -> Fit:
    """Fit a variant on the origins where ``rows`` is true; what is multiplied out comes after the rounding.

    Ordinary least squares of ln RV - L on the components, all series weighted alike. The scale makes
    the variance unbiased (mean RV/h = 1), ``display`` the volatility (mean ratio 1), both on the same
    origins. The band is wider evidence: the 10, 50 and 90 % quantiles of realized volatility over
    sqrt(h / scale) on all origins of the sample.
    """
    x = features(variant, sample, market)
    ratio = sample.realized / np.exp(sample.level)
    span = sample.origins[rows]
    if not len(span) or span[-1] - span[0] < FEWEST_SESSIONS or ratio.shape[1] < FEWEST_SERIES:
        raise ValueError(f"{variant.name}: a fit needs {FEWEST_SESSIONS} sessions and {FEWEST_SERIES} series")
    usable = np.isfinite(x).all(axis=-1) & (ratio > 0)
    chosen = usable & rows[:, None]
    regressors = np.column_stack([np.ones(int(chosen.sum())), x[chosen]])
    solution = np.linalg.solve(regressors.T @ regressors, regressors.T @ np.log(ratio[chosen]))
    rounded = np.round(solution, DECIMALS)
    errors = np.full(ratio.shape, np.nan)
    errors[usable] = ratio[usable] / np.exp(rounded[0] + x[usable] @ rounded[1:])
    k = len(variant.windows)
    return Fit(
        variant,
        float(rounded[0]),
        tuple(float(slope) for slope in rounded[1 : 1 + k]),
        tuple(float(slope) for slope in rounded[1 + k :]),
        round(float(errors[chosen].mean()), DECIMALS),
        round(float(np.sqrt(errors[chosen]).mean()), DECIMALS),
        band_of(errors[usable]),
        band_of(errors[chosen]),
        int(chosen.sum()),
    )


def band_of(errors: FloatArray) -> tuple[float, float, float]:
    """Return the 10, 50 and 90 % quantiles of the root of RV over the forecast without its scale."""
    low, middle, high = (round(float(q), DECIMALS) for q in np.quantile(np.sqrt(errors), [0.1, 0.5, 0.9]))
    return low, middle, high


def forecast(fitted: Fit, sample: Sample, market: FloatArray | None) -> FloatArray:
    """Return the variance a session that the coefficients expect over the next 21: (D, N).

    Held within 0.2 v_63 and 5 max(v_21, v_252), which moves next to nothing on this panel.
    """
    x = features(fitted.variant, sample, market)
    exponent = fitted.intercept + x @ np.array([*fitted.slopes, *fitted.market])
    highest = HIGHEST * np.exp(np.maximum(sample.own[21], 0.0))
    relative = np.clip(fitted.scale * np.exp(exponent), LOWEST * np.exp(sample.own[63]), highest)
    return relative * np.exp(sample.level)
