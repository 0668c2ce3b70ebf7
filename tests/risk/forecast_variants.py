"""Every kind of log-HAR coefficients, the evidence that each takes, and random draws of that evidence."""

from dataclasses import fields
from types import MappingProxyType

import numpy as np

from risk.oracles import sample_returns
from riskpanel.risk import HarCoefficients, MarketState, Method, Reason, VolatilityForecast, coefficients

SHIPPED = {name: value for name, value in vars(coefficients).items() if isinstance(value, HarCoefficients)}

# One trial set a kind, so that each path is tested whichever sets are shipped.
TRIAL = {
    "trial_close": HarCoefficients(
        method=Method.LOG_HAR_CLOSE,
        intercept=-0.1,
        slopes={5: 0.15, 21: 0.2, 63: 0.35},
        scale=1.4,
        display=1.06,
        band=(0.65, 0.98, 1.56),
    ),
    "trial_close_market": HarCoefficients(
        method=Method.LOG_HAR_CLOSE_MARKET,
        intercept=-0.05,
        slopes={5: 0.05, 21: 0.16, 63: 0.2},
        scale=1.3,
        display=1.05,
        band=(0.69, 0.98, 1.48),
        market={1: 0.05, 5: 0.39},
        move=-0.18,
    ),
    "trial_range": HarCoefficients(
        method=Method.LOG_HAR_RANGE,
        intercept=-0.02,
        slopes={1: 0.11, 5: 0.18, 21: 0.11, 63: 0.32},
        scale=1.3,
        display=1.03,
        band=(0.64, 0.95, 1.49),
    ),
    "trial_range_market": HarCoefficients(
        method=Method.LOG_HAR_RANGE_MARKET,
        intercept=-0.03,
        slopes={1: 0.07, 5: 0.09, 21: 0.08, 63: 0.28},
        scale=1.26,
        display=1.04,
        band=(0.65, 0.95, 1.48),
        market={1: 0.11, 5: 0.33},
        move=-0.12,
    ),
}
VARIANTS = {**TRIAL, **SHIPPED}
STIRRED = MarketState(MappingProxyType({1: 0.6, 5: 0.4}), -1.1, 50)
UNKNOWN = MarketState(MappingProxyType({1: np.nan, 5: np.nan}), np.nan, 3)


def sample_evidence(
    seed: int, rows: int, columns: int, *, missing: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw (T, N) returns and the variance of each session from its range, with holes of their own."""
    returns, _ = sample_returns(seed, rows, columns, missing=missing)
    rng = np.random.default_rng(seed + 10_000)
    variances = rng.gamma(2.5, 6e-5, (rows, columns))
    variances[rng.random((rows, columns)) < missing] = np.nan
    if rows:
        variances[-1] = 1e-4  # a model with the last session alone needs it
    return returns, variances


def needed(name: str, variances: np.ndarray, market: MarketState = STIRRED) -> dict[str, object]:
    """Return the keyword arguments that a variant needs, and none that it does not."""
    chosen = VARIANTS[name]
    return {
        "coefficients": chosen,
        "variances": variances if chosen.uses_ranges else None,
        "market": market if chosen.needs_market else None,
    }


def methods(forecast: VolatilityForecast) -> list[str | None]:
    """Words of the methods, one a series."""
    return [Method(int(code)).label for code in np.atleast_1d(forecast.method)]


def reasons(forecast: VolatilityForecast) -> list[str | None]:
    """Words of the reasons, one a series."""
    return [Reason(int(code)).label for code in np.atleast_1d(forecast.reason)]


def agree(one: VolatilityForecast, other: VolatilityForecast) -> None:
    """Assert that two forecasts are the same to the bit in every field."""
    for field in fields(VolatilityForecast):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), field.name)
