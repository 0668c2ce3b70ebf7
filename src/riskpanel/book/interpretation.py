"""Numbers in words; thresholds are those that the documentation names. None in, None out."""

from bisect import bisect_right

_BETA = (
    (0.5, 0.8, 1.2, 1.5),
    ("low / defensive", "below market", "market-like", "above market", "high / aggressive"),
)
_VOLATILITY = ((0.15, 0.25, 0.35, 0.50), ("very low", "low", "moderate", "high", "very high"))
_PERCENTILE = (
    (25, 50, 75),
    (
        "below its 1-year history",
        "near its 1-year history",
        "above its 1-year history",
        "well above its 1-year history",
    ),
)
_NEUTRAL = 0.05


def beta_level(beta: float | None) -> str | None:
    """Name the level of a market beta; 0 is a value.

    Examples
    --------
    >>> [beta_level(b) for b in (-0.2, 0.0, 0.5, 1.0, 1.5)]
    ['low / defensive', 'low / defensive', 'below market', 'market-like', 'high / aggressive']
    """
    return None if beta is None else _BETA[1][bisect_right(_BETA[0], beta)]


def concentration_level(hhi: float | None) -> str | None:
    """Name the level of a Herfindahl-Hirschman index in points.

    Examples
    --------
    >>> [concentration_level(h) for h in (0.0, 1000.0, 1000.1, 1500.1, 2500.1)][1:]
    ['well diversified', 'moderately concentrated', 'concentrated', 'highly concentrated']
    """
    if hhi is None:
        return None
    for above, level in (
        (2500, "highly concentrated"),
        (1500, "concentrated"),
        (1000, "moderately concentrated"),
    ):
        if hhi > above:
            return level
    return "well diversified"


def sector_stance(active_weight: float | None) -> str | None:
    """Name the stance of an active weight, decimal.

    Examples
    --------
    >>> [sector_stance(w) for w in (0.05, 0.051, -0.17)]
    ['neutral', 'overweight', 'underweight']
    """
    if active_weight is None:
        return None
    if abs(active_weight) <= _NEUTRAL:
        return "neutral"
    return "overweight" if active_weight > 0 else "underweight"


def volatility_level(volatility: float | None) -> str | None:
    """Name the level of an annualised volatility, decimal.

    Examples
    --------
    >>> [volatility_level(v) for v in (0.0, 0.15, 0.28, 0.5)]
    ['very low', 'low', 'moderate', 'very high']
    """
    return None if volatility is None else _VOLATILITY[1][bisect_right(_VOLATILITY[0], volatility)]


def volatility_bounds(volatility: float) -> tuple[float | None, float | None]:
    """Return where the level of a volatility begins and ends, decimals; None for an open end.

    Examples
    --------
    >>> [volatility_bounds(v) for v in (0.0, 0.15, 0.5)]
    [(None, 0.15), (0.15, 0.25), (0.5, None)]
    """
    ends = (None, *_VOLATILITY[0], None)
    at = bisect_right(_VOLATILITY[0], volatility)
    return ends[at], ends[at + 1]


def percentile_level(percentile: float | None) -> str | None:
    """Name where a volatility percentile, 0 to 100, stands in its own year.

    Examples
    --------
    >>> [percentile_level(p) for p in (10.0, 25.0, 50.0, 75.0)][::3]
    ['below its 1-year history', 'well above its 1-year history']
    """
    return None if percentile is None else _PERCENTILE[1][bisect_right(_PERCENTILE[0], percentile)]
