"""A snapshot worked out portfolio by portfolio and position by position, from docs/methods.md.

It takes prices, lots and sectors as a person would write them, and shares nothing with the package but
the published coefficients of the forecast.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scipy import stats

from book.structure_oracle import (
    contribution_columns,
    correlation_columns,
    drawdown_columns,
    mean_share,
    tail_columns,
    tracking_columns,
)
from risk.oracles import (
    loop_ewma_volatility,
    loop_forecast,
    loop_market,
    loop_mean_square,
    loop_percentile,
    loop_trend,
    loop_volatility,
)
from riskpanel.risk import PORTFOLIO_MODELS

NAN = math.nan
OLDEST_PRICE, BETA_WINDOW, BETA_LEAST, YEAR, LEAST_COVERAGE = 21, 90, 30, 252, 0.5
LOOK_BACK, VOLATILITY_LOOK_BACK = 504, 272
EWMA_WINDOW, EWMA_LEAST, DECAY, UNIVERSE_LEAST = 504, 60, 0.99, 20


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


def newey_west_error(y: Sequence[float], x: Sequence[float], fit: Fit) -> float:
    """Standard error of a line through returns whose errors may be serially correlated."""
    if math.isnan(fit.beta):
        return NAN
    there = [t for t in range(len(x)) if not math.isnan(y[t] + x[t])]
    n = len(there)
    mean_x, mean_y = math.fsum(x[t] for t in there) / n, math.fsum(y[t] for t in there) / n
    scores = dict.fromkeys(range(len(x)), 0.0)
    for t in there:
        scores[t] = (y[t] - mean_y - fit.beta * (x[t] - mean_x)) * (x[t] - mean_x)
    lags = math.floor(4 * (n / 100) ** (2 / 9))
    spread = math.fsum(u * u for u in scores.values())
    for lag in range(1, lags + 1):
        products = math.fsum(scores[t] * scores[t - lag] for t in range(lag, len(x)))
        spread += 2 * (1 - lag / (lags + 1)) * products
    sxx = math.fsum((x[t] - mean_x) ** 2 for t in there)
    return math.sqrt(max(n / (n - 2) * spread, 0.0)) / sxx


def fading_line(y: Sequence[float], x: Sequence[float]) -> tuple[float, float]:
    """Slope through the origin with weights that fade by a hundredth a session, and its standard error."""
    last = len(x) - 1
    there = [(DECAY ** (last - t), x[t], y[t]) for t in range(len(x)) if not math.isnan(x[t] + y[t])]
    if len(there) < EWMA_LEAST:
        return NAN, NAN
    sxx = math.fsum(w * a * a for w, a, _ in there)
    beta = math.fsum(w * a * b for w, a, b in there) / sxx
    effective = math.fsum(w for w, _, _ in there) ** 2 / math.fsum(w * w for w, _, _ in there)
    scatter = math.fsum((w * a * (b - beta * a)) ** 2 for w, a, b in there)
    return beta, math.sqrt(effective / (effective - 1) * scatter) / sxx


def shrink(estimates: Mapping[str, tuple[float, float]], index: str) -> dict[str, float]:
    """Draw each slope to the mean of all but the index by the noise of its own; none below twenty of them."""
    known = {
        symbol: pair for symbol, pair in estimates.items() if symbol != index and not math.isnan(pair[0])
    }
    if len(known) < UNIVERSE_LEAST:
        return dict.fromkeys(estimates, NAN)
    mean = math.fsum(beta for beta, _ in known.values()) / len(known)
    spread = math.fsum((beta - mean) ** 2 for beta, _ in known.values()) / (len(known) - 1)
    noise = math.fsum(error**2 for _, error in known.values()) / len(known)
    true = max(spread - noise, 0.01)
    return {
        symbol: mean + true / (true + error**2) * (beta - mean) for symbol, (beta, error) in estimates.items()
    }


def session_spans(
    opened: Sequence[float], high: Sequence[float], low: Sequence[float], close: Sequence[float]
) -> list[float]:
    """Variance of each session from its high and low; none where a price is missing or contradicts them."""
    bars = zip(opened, high, low, close, strict=True)
    return [
        math.log(h / b) ** 2 / (4 * math.log(2))
        if not math.isnan(o + h + b + c) and 0 < b <= min(o, c) <= max(o, c) <= h
        else NAN
        for o, h, b, c in bars
    ]


class World:
    """Prices by symbol, oldest first; the last session is the as-of session."""

    def __init__(
        self,
        close: Mapping[str, Sequence[float]],
        adjusted: Mapping[str, Sequence[float]],
        traded: Mapping[str, Sequence[Sequence[float]]] | None = None,
    ) -> None:
        self.close, self.adjusted = close, adjusted
        self.returns = {
            symbol: [NAN] + [b / a - 1 for a, b in pairwise(prices)]
            for symbol, prices in ((s, list(map(float, p))) for s, p in adjusted.items())
        }
        self._fits: dict[tuple[str, str], Fit] = {}
        self._shrunk: dict[str, dict[str, float]] = {}
        nothing = ((NAN,) * len(next(iter(close.values()))),) * 3
        spans = [session_spans(*(traded or {}).get(symbol, nothing), close[symbol]) for symbol in close]
        squares = [[r**2 for r in own] for own in self.returns.values()]
        self.market = {
            by: loop_market([own[-YEAR:] for own in self.returns.values()], [v[-YEAR:] for v in variances])
            for by, variances in (("closes", squares), ("ranges", spans))
        }

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

    def shrunk(self, index: str) -> dict[str, float]:
        """Betas of all symbols after shrinkage."""
        if index not in self._shrunk:
            market = self.returns[index][-EWMA_WINDOW:]
            fading = {symbol: fading_line(own[-EWMA_WINDOW:], market) for symbol, own in self.returns.items()}
            self._shrunk[index] = shrink(fading, index)
        return self._shrunk[index]


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
        "leverage": gross / nav,
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
        **_adjusted(weight, share, world.shrunk(index)),
        **_series_columns(world, weight, share, fits, index, nav),
        **correlation_columns(world.returns, share),
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


def _adjusted(
    weight: Mapping[str, float], share: Mapping[str, float], shrunk: Mapping[str, float]
) -> dict[str, object]:
    covered = [symbol for symbol in weight if not math.isnan(shrunk[symbol])]
    beta = math.fsum(weight[symbol] * shrunk[symbol] for symbol in covered)
    return {
        "market_beta_adjusted": beta if covered or not weight else NAN,
        "market_beta_adjusted_coverage": math.fsum(share[symbol] for symbol in covered) if weight else 1.0,
    }


def _series_columns(
    world: World,
    weight: Mapping[str, float],
    share: Mapping[str, float],
    fits: Mapping[str, Fit],
    index: str,
    nav: float,
) -> dict[str, object]:
    market = world.returns[index][-LOOK_BACK:]
    filled = {
        symbol: [
            fits[symbol].beta * m if math.isnan(r) else r
            for r, m in zip(world.returns[symbol][-LOOK_BACK:], market, strict=True)
        ]
        for symbol in weight
    }
    long_series, coverage = [], []
    for t in range(len(market)):
        moves = [(own, filled[symbol][t]) for symbol, own in weight.items()]
        there = [symbol for symbol in weight if not math.isnan(world.returns[symbol][-len(market) :][t])]
        real = math.fsum(share[symbol] for symbol in there) if weight else 1.0
        total = math.fsum(own * r for own, r in moves if not math.isnan(r))
        long_series.append(total if real >= LEAST_COVERAGE - 1e-12 else NAN)
        coverage.append(real)
    series, recent = long_series[-VOLATILITY_LOOK_BACK:], long_series[-BETA_WINDOW:]
    direct = fit_line(recent, market[-BETA_WINDOW:])
    counted = [r for r in series[-YEAR:] if not math.isnan(r)]
    trend, strength, _ = loop_trend(series)
    return {
        "market_beta_direct_hac_std_error": newey_west_error(recent, market[-BETA_WINDOW:], direct),
        "market_beta_direct_coverage": mean_share(coverage, BETA_WINDOW),
        "tail_coverage": mean_share(coverage, LOOK_BACK),
        "structure_coverage": mean_share(coverage, YEAR),
        **tail_columns(long_series, nav),
        **drawdown_columns(long_series),
        **tracking_columns(long_series, market),
        **contribution_columns(long_series, filled, weight),
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
        "volatility_coverage": min(mean_share(coverage, window) for window in (21, 63, 252)),
        **_forecast(series, world.market),
    }


def _forecast(
    series: Sequence[float], market: Mapping[str, tuple[Mapping[int, float], float, int]]
) -> dict[str, object]:
    variance, volatility, low, high = NAN, NAN, NAN, NAN
    method, clamped = None, None
    for model in PORTFOLIO_MODELS:  # the first that has all it needs
        stress, move, _ = market["ranges" if model.needs_market_ranges else "closes"]
        if math.isnan(variance) and not (model.market and math.isnan(move)):
            variance, volatility, low, high = loop_forecast(series, model, market=(stress, move))
            method = None if math.isnan(variance) else model.method.label
    if method:
        bounds = (
            0.2 * loop_mean_square(series, window=63),
            5 * max(loop_mean_square(series, window=21), loop_mean_square(series, window=252, min_obs=63)),
        )
        clamped = any(math.isclose(variance, 252 * bound, rel_tol=1e-13) for bound in bounds)
    known = sum(not math.isnan(r) for r in series[-YEAR:])
    recent = sum(not math.isnan(r) for r in series[-5:])
    if not method and 21 <= known < 63 and recent >= 4:
        volatility = loop_ewma_volatility(series[-YEAR:])
        variance, method, clamped = volatility**2, "ewma_fallback", False
    return {
        "expected_variance": variance,
        "expected_volatility_21d": volatility,
        "expected_volatility_low": low,
        "expected_volatility_high": high,
        "expected_volatility_method": method,
        "expected_volatility_clamped": clamped,
    }
