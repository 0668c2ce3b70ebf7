"""The forecasts of the library itself, and that they are what this folder computes from the definitions."""

from collections.abc import Mapping

import numpy as np
from benchmarks.forecast.designs import LEVEL_WINDOW, RANGE_WINDOW, VARIANTS, Variant, bars_of
from benchmarks.forecast.grids import Grid, Holder
from benchmarks.forecast.panel import Panel
from benchmarks.forecast.portfolios import portfolio_window
from benchmarks.forecast.scores import ANNUAL, Method
from benchmarks.forecast.training import Fit, forecast

from riskpanel.risk import (
    MarketState,
    VolatilityForecast,
    expected_volatility,
    market_state,
    parkinson_variance,
    range_scale,
    session_variance,
)
from riskpanel.risk import coefficients as library
from riskpanel.risk.arrays import FloatArray, IntArray

SHIPPED: Mapping[str, library.HarCoefficients] = {
    "instrument, close": library.CLOSE_ONLY,
    "instrument, close + market (closes)": library.CLOSE_MARKET,
    "instrument, range": library.RANGE,
    "instrument, range + market (ranges)": library.RANGE_MARKET,
    "portfolio, close": library.PORTFOLIO_CLOSE_ONLY,
    "portfolio, close + market (closes)": library.PORTFOLIO_CLOSE_MARKET,
    "portfolio, close + market (ranges)": library.PORTFOLIO_MARKET_RANGE,
}
AGREEMENT = 1e-9


def shipped_fit(variant: Variant) -> Fit:
    """Return the library's coefficients of a variant in the form of a fit, without its training."""
    shipped = SHIPPED[variant.name]
    return Fit(
        variant,
        shipped.intercept,
        tuple(shipped.slopes[window] for window in variant.windows),
        (*shipped.market.values(), shipped.move) if shipped.needs_market else (),
        shipped.scale,
        shipped.display,
        shipped.band,
        shipped.band,
        0,
    )


def shipped_fits() -> dict[str, Fit]:
    return {variant.name: shipped_fit(variant) for variant in VARIANTS}


def library_methods(
    panel: Panel, origins: IntArray, holder: Holder, *, neutral: bool = False
) -> list[Method]:
    """Return what the library says at each origin, for every variant of a kind of holder."""
    returns = panel.returns
    states = {kind: library_states(panel, origins, kind) for kind in ("close", "range")}
    proxy = session_variance(bars_of(panel))
    windows = (
        {o: portfolio_window(returns, o, neutral=neutral) for o in origins} if holder == "portfolio" else {}
    )
    methods = []
    for variant in (v for v in VARIANTS if v.holder == holder):
        found = []
        for place, origin in enumerate(origins):
            market = None if variant.market is None else states[variant.market][place]
            if holder == "portfolio":
                series, variances = windows[origin][:LEVEL_WINDOW], None
            else:
                rows = slice(max(origin - RANGE_WINDOW + 1, 0), origin + 1)
                series, variances = returns[rows], _range_variances(returns[rows], proxy[rows], variant)
            chosen = SHIPPED[variant.name]
            found.append(expected_volatility(series, coefficients=chosen, variances=variances, market=market))
        methods.append(_method(variant.name, found))
    return methods


def _range_variances(returns: FloatArray, proxy: FloatArray, variant: Variant) -> FloatArray | None:
    return None if variant.own == "close" else proxy * range_scale(returns, proxy).scale


def library_states(panel: Panel, origins: IntArray, kind: str) -> list[MarketState]:
    returns = panel.returns
    variances = parkinson_variance(bars_of(panel)) if kind == "range" else np.square(returns)
    rows = [slice(max(origin - LEVEL_WINDOW + 1, 0), origin + 1) for origin in origins]
    return [market_state(returns[row], variances[row]) for row in rows]


def _method(name: str, found: list[VolatilityForecast]) -> Method:
    """Stack forecasts over origins; the fallback for short histories is no forecast of the model."""
    own = np.array([f.method != library.Method.EWMA_FALLBACK for f in found])
    variance, volatility, low, high = (
        np.where(own, np.array([getattr(f, part) for f in found]), np.nan)
        for part in ("variance", "volatility", "low", "high")
    )
    return Method(name, variance / ANNUAL, volatility, low, high)


def assert_agreement(methods: list[Method], grid: Grid) -> float:
    """Return the largest relative difference between the library and this folder; raise beyond 1e-9."""
    largest = 0.0
    for method in methods:
        variant = next(v for v in VARIANTS if v.name == method.name)
        own = forecast(shipped_fit(variant), *grid.of(variant))
        if not np.array_equal(np.isfinite(own), np.isfinite(method.variance)):
            raise AssertionError(f"{method.name}: the library and the definitions know different series")
        largest = max(largest, float(np.nanmax(np.abs(method.variance / own - 1.0))))
    if largest > AGREEMENT:
        raise AssertionError(f"the library is {largest:.1e} from the definitions")
    return largest
