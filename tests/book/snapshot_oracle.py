"""A snapshot worked out portfolio by portfolio and position by position, from docs/methods.md.

It takes prices, lots and sectors as a person would write them, and shares no code with the package.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scipy import stats

from risk.oracles import (
    PORTFOLIO_TABLE,
    loop_ewma_volatility,
    loop_forecast,
    loop_mean_square,
    loop_percentile,
    loop_trend,
    loop_volatility,
)

NAN = math.nan
OLDEST_PRICE, BETA_WINDOW, BETA_LEAST, LOOK_BACK, YEAR, LEAST_COVERAGE = 21, 90, 30, 272, 252, 0.5


@dataclass(frozen=True)
class Fit:
    """A regression line."""

    beta: float = NAN
    std_error: float = NAN
    r_squared: float = NAN
    p_value: float = NAN
    pairs: int = 0


def fit_line(y: Sequence[float], x: Sequence[float]) -> Fit:
    """Ordinary least squares over the pairs that are there; nothing below 30 of them."""
    pairs = [(a, b) for a, b in zip(y, x, strict=True) if not math.isnan(a) and not math.isnan(b)]
    n = len(pairs)
    if n < BETA_LEAST:
        return Fit(pairs=n)
    mean_y, mean_x = (math.fsum(column) / n for column in zip(*pairs, strict=True))
    sxx = math.fsum((b - mean_x) ** 2 for _, b in pairs)
    syy = math.fsum((a - mean_y) ** 2 for a, _ in pairs)
    if sxx < 1e-20 or syy < 1e-20:
        return Fit(pairs=n)
    beta = math.fsum((a - mean_y) * (b - mean_x) for a, b in pairs) / sxx
    sse = math.fsum((a - mean_y - beta * (b - mean_x)) ** 2 for a, b in pairs)
    error = math.sqrt(sse / (n - 2) / sxx)
    p = 2 * float(stats.t.sf(abs(beta) / error, n - 2)) if error > 0 else 0.0
    return Fit(beta, error, 1 - sse / syy, p, n)


class World:
    """Prices by symbol, oldest first; the last session is the as-of session."""

    def __init__(self, close: Mapping[str, Sequence[float]], adjusted: Mapping[str, Sequence[float]]) -> None:
        self.close, self.adjusted = close, adjusted
        self.returns = {
            symbol: [NAN] + [b / a - 1 for a, b in pairwise(prices)]
            for symbol, prices in ((s, list(map(float, p))) for s, p in adjusted.items())
        }
        self._fits: dict[tuple[str, str], Fit] = {}

    def newest(self, prices: Mapping[str, Sequence[float]], symbol: str, *, back: int = 0) -> float:
        """Newest price up to ``back`` sessions before the end, at most 21 sessions older than that."""
        known = list(prices[symbol])[: len(prices[symbol]) - back][-OLDEST_PRICE - 1 :]
        return next((price for price in reversed(known) if not math.isnan(price)), NAN)

    def fit(self, symbol: str, index: str) -> Fit:
        """Regression of a symbol on an index over 90 sessions."""
        key = (symbol, index)
        if key not in self._fits:
            self._fits[key] = fit_line(
                self.returns[symbol][-BETA_WINDOW:], self.returns[index][-BETA_WINDOW:]
            )
        return self._fits[key]


def oracle_columns(
    world: World,
    units: Mapping[str, float],
    units_before: Mapping[str, float],
    cash: float,
    index: str,
    sectors: Mapping[str, str],
) -> dict[str, object]:
    """Every stored number of a portfolio that holds ``units`` and held ``units_before`` a session earlier."""
    value = {symbol: number * world.newest(world.close, symbol) for symbol, number in units.items()}
    nav = cash + math.fsum(value.values())
    gross = math.fsum(map(abs, value.values()))
    weight = {symbol: amount / nav for symbol, amount in value.items()}
    share = {symbol: abs(amount) / gross for symbol, amount in value.items()}
    fits = {symbol: world.fit(symbol, index) for symbol in units}
    priced = {symbol for symbol in units if not math.isnan(world.close[symbol][-1])}
    classified = {symbol for symbol in units if symbol in sectors}
    ranked = sorted(share.values(), reverse=True)
    return {
        "net_asset_value": nav,
        "cash_value": cash,
        "long_value": math.fsum(max(amount, 0.0) for amount in value.values()),
        "short_value": math.fsum(min(amount, 0.0) for amount in value.values()),
        "gross_exposure": gross,
        "net_exposure": math.fsum(value.values()),
        "positions_count": len(value),
        "price_coverage": math.fsum(share[s] for s in priced) if units else 1.0,
        "sector_coverage": math.fsum(share[s] for s in classified) if units else 1.0,
        "hhi": 10_000 * math.fsum(s**2 for s in ranked) if units else NAN,
        "effective_num_positions": 1 / math.fsum(s**2 for s in ranked) if units else NAN,
        "top_3_concentration": math.fsum(ranked[:3]) if units else NAN,
        "top_10_concentration": math.fsum(ranked[:10]) if units else NAN,
        "market_index": index,
        **_gain(world, units_before, cash),
        **_weighted(weight, share, fits),
        **_series_columns(world, weight, share, fits, index),
    }


def _gain(world: World, units: Mapping[str, float], cash: float) -> dict[str, object]:
    gain, nav = 0.0, cash
    for symbol, number in units.items():
        close = world.newest(world.close, symbol, back=1)
        before, after = (world.newest(world.adjusted, symbol, back=back) for back in (1, 0))
        gain += number * close * (after / before - 1)
        nav += number * close
    return {"daily_pnl": gain, "daily_return": gain / nav if nav > 0 else NAN}


def _weighted(
    weight: Mapping[str, float], share: Mapping[str, float], fits: Mapping[str, Fit]
) -> dict[str, object]:
    if not weight:
        return {
            "market_beta_weighted": 0.0,
            "market_beta_coverage": 1.0,
            "market_beta_r_squared": NAN,
            "market_beta_observations": 0,
        }
    covered = [symbol for symbol in weight if not math.isnan(fits[symbol].beta)]
    coverage = math.fsum(share[symbol] for symbol in covered)
    if not covered:
        return {
            "market_beta_weighted": NAN,
            "market_beta_coverage": 0.0,
            "market_beta_r_squared": NAN,
            "market_beta_observations": 0,
        }
    return {
        "market_beta_weighted": math.fsum(weight[s] * fits[s].beta for s in covered),
        "market_beta_coverage": coverage,
        "market_beta_r_squared": math.fsum(share[s] * fits[s].r_squared for s in covered) / coverage,
        "market_beta_observations": min(fits[s].pairs for s in covered),
    }


def _series_columns(
    world: World,
    weight: Mapping[str, float],
    share: Mapping[str, float],
    fits: Mapping[str, Fit],
    index: str,
) -> dict[str, object]:
    market = world.returns[index]
    series, coverage = [], []
    for t in range(max(len(market) - LOOK_BACK, 0), len(market)):
        total, real = 0.0, 0.0
        for symbol, own in weight.items():
            r = world.returns[symbol][t]
            stand_in = fits[symbol].beta * market[t]
            if not math.isnan(r):
                real += share[symbol]
            total += own * (r if not math.isnan(r) else 0.0 if math.isnan(stand_in) else stand_in)
        real = real if weight else 1.0
        series.append(total if real >= LEAST_COVERAGE - 1e-12 else NAN)
        coverage.append(real)
    direct = fit_line(series[-BETA_WINDOW:], market[-BETA_WINDOW:])
    year = list(zip(series[-YEAR:], coverage[-YEAR:], strict=True))
    counted = [real for r, real in year if not math.isnan(r)]
    trend, strength, _ = loop_trend(series)
    return {
        "market_beta_direct": direct.beta,
        "market_beta_direct_std_error": direct.std_error,
        "market_beta_direct_r_squared": direct.r_squared,
        "market_beta_direct_p_value": direct.p_value,
        "market_beta_direct_observations": direct.pairs,
        "realized_volatility_21d": loop_volatility(series, window=21, min_obs=15),
        "realized_volatility_63d": loop_volatility(series, window=63, min_obs=45),
        "vol_daily": math.sqrt(252 * loop_mean_square(series, window=1)),
        "vol_weekly": math.sqrt(252 * loop_mean_square(series, window=5)),
        "vol_monthly": math.sqrt(252 * loop_mean_square(series, window=21)),
        "volatility_trend": trend,
        "volatility_trend_strength": strength,
        "volatility_percentile": loop_percentile(series),
        "volatility_observations": len(counted),
        "volatility_coverage": _loop_coverage(coverage),
        **_forecast(series),
    }


def _loop_coverage(coverage: Sequence[float]) -> float:
    begun = next((n for n, real in enumerate(coverage) if real > 0), None)
    if begun is None:
        return NAN
    tails = [coverage[begun:][-window:] for window in (21, 63, 252)]
    return min(math.fsum(tail) / len(tail) for tail in tails)


def _forecast(series: Sequence[float]) -> dict[str, object]:
    variance, volatility, low, high = loop_forecast(series, PORTFOLIO_TABLE)
    method = None if math.isnan(variance) else "log_har_close"
    if not math.isnan(variance):
        bounds = (
            0.2 * loop_mean_square(series, window=63),
            5 * max(loop_mean_square(series, window=21), loop_mean_square(series, window=252, min_obs=63)),
        )
        method += "_clamped" if variance / 252 in bounds else ""
    known = sum(not math.isnan(r) for r in series[-YEAR:])
    recent = sum(not math.isnan(r) for r in series[-5:])
    if 21 <= known < 63 and recent >= 4:
        volatility = loop_ewma_volatility(series[-YEAR:])
        variance, method = volatility**2, "ewma_fallback"
    return {
        "expected_variance": variance,
        "expected_volatility_21d": volatility,
        "expected_volatility_low": low,
        "expected_volatility_high": high,
        "expected_volatility_method": method,
    }
