"""Tail risk and structure of one portfolio, worked out session by session from docs/methods.md.

Lists and plain sums; nothing is shared with the package.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

NAN = math.nan
TAIL_LEAST, TAIL_DECAY, TAIL_SHARE, BURN_IN = 200, 0.94, 0.05, 21
WINDOW, LEAST = 252, 63


def tail_columns(series: Sequence[float], nav: float) -> dict[str, object]:
    """Value at risk and expected shortfall from returns over the volatility known before each."""
    kept = [value for value in series if not math.isnan(value)]
    scaled = []
    for t in range(BURN_IN, len(kept)):
        before = _fading_volatility(kept[:t])
        if before > 0:
            scaled.append(kept[t] / before)
    risk = shortfall = NAN
    recent = any(not math.isnan(value) for value in series[-5:])
    if len(scaled) >= TAIL_LEAST and recent and max(kept) - min(kept) > 1e-15:
        ordered = sorted(scaled)
        place = (len(ordered) - 1) * TAIL_SHARE
        low = math.floor(place)
        quantile = ordered[low] + (place - low) * (ordered[low + 1] - ordered[low])
        beyond = [value for value in ordered if value <= quantile]
        tomorrow = _fading_volatility(kept)
        risk, shortfall = -quantile * tomorrow, -math.fsum(beyond) / len(beyond) * tomorrow
    return {
        "value_at_risk_95": risk,
        "value_at_risk_95_amount": risk * nav,
        "expected_shortfall_95": shortfall,
        "expected_shortfall_95_amount": shortfall * nav,
        "tail_observations": len(scaled),
    }


def _fading_volatility(past: Sequence[float]) -> float:
    weights = [TAIL_DECAY**age for age in range(len(past))]
    squares = math.fsum(w * r * r for w, r in zip(weights, reversed(past), strict=True))
    return math.sqrt(squares / math.fsum(weights))


def drawdown_columns(series: Sequence[float]) -> dict[str, object]:
    """Largest fall below the highest value so far, the value 1 at the start included."""
    kept = [value for value in series[-WINDOW:] if not math.isnan(value)]
    worth = list(accumulate(kept, lambda value, r: value if value <= 0 else value * (1 + r), initial=1.0))
    peaks = list(accumulate(worth, max))
    falls = [value / peak - 1 for value, peak in zip(worth, peaks, strict=True)]
    return {
        "max_drawdown": min(falls) if len(kept) >= LEAST else NAN,
        "max_drawdown_observations": len(kept),
    }


def tracking_columns(series: Sequence[float], market: Sequence[float]) -> dict[str, object]:
    """Root mean square of the difference to the index, a year of it."""
    pairs = zip(series[-WINDOW:], market[-WINDOW:], strict=True)
    gaps = [own - index for own, index in pairs if not math.isnan(own + index)]
    enough = len(gaps) >= LEAST
    return {"tracking_error": math.sqrt(252 * math.fsum(g * g for g in gaps) / len(gaps)) if enough else NAN}


def contribution_columns(
    series: Sequence[float], filled: Mapping[str, Sequence[float]], weight: Mapping[str, float]
) -> dict[str, object]:
    """Covariance of each position with the whole; ``filled`` holds returns with their stand-ins."""
    counted = [t for t, value in enumerate(series[-WINDOW:]) if not math.isnan(value)]
    whole = [series[-WINDOW:][t] for t in counted]
    nothing = {
        "diversification_ratio": NAN,
        "structure_observations": len(counted),
        "risk_contributions": None,
    }
    if len(counted) < LEAST or max(whole) - min(whole) < 1e-15:
        return nothing
    centred = _centred(whole)
    variance = math.fsum(value * value for value in centred)
    shares: dict[str, float | None] = {}
    spread = 0.0
    for symbol, own in weight.items():
        values = [filled[symbol][-WINDOW:][t] for t in counted]
        moves = _centred([0.0 if math.isnan(value) else value for value in values])
        share = own * math.fsum(a * b for a, b in zip(moves, centred, strict=True)) / variance
        shares[symbol] = None if all(map(math.isnan, values)) else share
        spread += abs(own) * math.sqrt(math.fsum(value * value for value in moves))
    return nothing | {"diversification_ratio": spread / math.sqrt(variance), "risk_contributions": shares}


def _centred(values: Sequence[float]) -> list[float]:
    mean = math.fsum(values) / len(values)
    return [value - mean for value in values]


def correlation_columns(
    returns: Mapping[str, Sequence[float]], share: Mapping[str, float]
) -> dict[str, object]:
    """Correlation of each pair of the ten largest positions over the sessions where both have a return."""
    largest = sorted(share, key=lambda symbol: (-share[symbol], symbol))[:10]
    coefficients, observations = [], []
    for row, one in enumerate(largest):
        for other in largest[:row]:
            coefficient, pairs = _correlate(returns[one][-WINDOW:], returns[other][-WINDOW:])
            coefficients.append(coefficient)
            observations.append(pairs)
    known = [value for value in coefficients if value is not None]
    document = {"symbols": largest, "coefficients": coefficients, "observations": observations}
    return {
        "average_correlation": math.fsum(known) / len(known) if known else NAN,
        "correlation": document if known else None,
    }


def _correlate(one: Sequence[float], other: Sequence[float]) -> tuple[float | None, int]:
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if not math.isnan(a + b)]
    if len(pairs) < LEAST:
        return None, len(pairs)
    x, y = (_centred(column) for column in zip(*pairs, strict=True))
    product = math.fsum(a * b for a, b in zip(x, y, strict=True))
    scale = math.fsum(a * a for a in x) * math.fsum(b * b for b in y)
    return product / math.sqrt(scale), len(pairs)


def mean_share(coverage: Sequence[float], window: int) -> float:
    """Mean real share of the last ``window`` sessions, from the first real return on."""
    begun = next((t for t, real in enumerate(coverage) if real > 0), len(coverage))
    counted = coverage[begun:][-window:]
    return math.fsum(counted) / len(counted) if counted else NAN
