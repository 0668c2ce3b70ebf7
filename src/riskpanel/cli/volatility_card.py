"""The card of volatility: how much it is expected to be, against now and against its year."""

from riskpanel.book.complete import CompleteDocument
from riskpanel.book.interpretation import percentile_level, volatility_level
from riskpanel.cli import words
from riskpanel.cli.shapes import (
    Card,
    History,
    Scale,
    Tone,
    absence,
    covers,
    measured_part,
    speaks_for_all,
    why,
)  # fmt: skip
from riskpanel.cli.words import MISSING

_NEAR = 0.10  # relative change of volatility that counts as staying near
_TREND_ARROWS = {
    "increasing": "↗ has been rising",
    "decreasing": "↘ has been falling",
    "stable": "→ has been stable",
}
_METHODS = {
    "log_har_close": "from closes",
    "log_har_close_market": "from closes and the state of the market",
    "log_har_market_range": "from closes and the daily ranges of the market",
    "log_har_range": "from daily ranges",
    "log_har_range_market": "from daily ranges and the state of the market",
    "ewma_fallback": "by a plain average: fewer than 63 returns",
}
_CLAMPED = "The model's answer was out of all proportion; shown is the nearest that the past supports."
_TONES: dict[str | None, Tone] = {
    **dict.fromkeys(("very low", "low"), "less"),
    **dict.fromkeys(("high", "very high"), "more"),
}


def volatility_card(document: CompleteDocument) -> Card:
    """Say how much the portfolio is expected to swing, against now and against its year."""
    cells, series = document.snapshot, document.timeseries
    expected = cells["expected_volatility_21d"]
    band = _band(document)
    trusted = speaks_for_all(cells["volatility_coverage"])
    level = (volatility_level(expected) or "") if trusted else ""
    return Card(
        "volatility",
        "Volatility",
        headline=words.percent(expected),
        level=level,
        aside=f"{words.number(band[0] * 100)} to {words.percent(band[2], 0)} about 8 times in 10"
        if band
        else "",
        tone=_TONES.get(level, "calm"),
        sentence=_outlook(document)
        + ("" if expected is None else measured_part(cells["volatility_coverage"])),
        facts=_volatility_facts(document, level),
        coverage=covers(cells["volatility_coverage"]),
        notes=(_CLAMPED,) if cells["expected_volatility_clamped"] else (),
        scale=_rank(document),
        history=History(
            "Realized volatility, as stored on each day",
            tuple(point.snapshot_date for point in series),
            (
                ("21 sessions", tuple(point.realized_volatility_21d for point in series)),
                ("63 sessions", tuple(point.realized_volatility_63d for point in series)),
            ),
            words.percent,
            band,
        ),
    )


def _band(document: CompleteDocument) -> tuple[float, float, float] | None:
    """Return the 10 % end, the expected volatility and the 90 % end."""
    names = ("expected_volatility_low", "expected_volatility_21d", "expected_volatility_high")
    low, expected, high = (document.snapshot[name] for name in names)
    return None if low is None or expected is None or high is None else (low, expected, high)


def _rank(document: CompleteDocument) -> Scale:
    percentile = document.snapshot["volatility_percentile"]
    if percentile is None:
        text = f"percentile {MISSING} ({why(document, 'volatility_percentile')})"
    else:
        text = f"{words.ordinal(percentile)} percentile, {percentile_level(percentile)}"
    ticks = tuple((float(at), str(at)) for at in (0, 25, 50, 75, 100))
    return Scale("Percentile of these holdings' past year", percentile, text, 0, 100, ticks)


def _outlook(document: CompleteDocument) -> str:
    cells = document.snapshot
    expected, now = cells["expected_volatility_21d"], cells["realized_volatility_21d"]
    percentile = cells["volatility_percentile"]
    if expected is None:
        return absence(document, "expected_volatility_21d")
    if now is None:
        return f"Expected to be near {words.percent(expected)} over the next 21 sessions."
    current = words.percent(now)
    if abs(expected - now) <= _NEAR * now:
        text = f"Over the next 21 sessions expected to stay near the current {current}"
    else:
        verb = "rise" if expected > now else "fall"
        text = f"Over the next 21 sessions expected to {verb} from the current {current}"
    rank = (
        ""
        if percentile is None
        else f", above {words.percent(percentile / 100, 0)} of these holdings' past year"
    )
    return f"{text}{rank}."


def _volatility_facts(document: CompleteDocument, level: str) -> tuple[str, ...]:
    cells = document.snapshot
    trend, strength = cells["volatility_trend"], cells["volatility_trend_strength"]
    facts: list[str] = []
    if trend is None:
        facts.append(f"trend {MISSING} ({why(document, 'volatility_trend')})")
    else:
        sure = f" ({words.percent(strength, 0)} confidence)" if strength and trend != "stable" else ""
        facts.append(f"{_TREND_ARROWS.get(trend, trend)}{sure}")
    for sessions in (21, 63):
        name = f"realized_volatility_{sessions}d"
        value = cells[name]
        reason = f" ({why(document, name)})" if value is None else ""
        facts.append(f"{words.percent(value)} realized over {words.count(sessions, 'session')}{reason}")
    if cells["volatility_observations"] is not None:
        facts.append(f"{words.count(cells['volatility_observations'], 'return')} used")
    if cells["expected_volatility_method"] in _METHODS:
        facts.append(f"expected {_METHODS[cells['expected_volatility_method']]}")
    if level and (expected := cells["expected_volatility_21d"]) is not None:
        facts.append(words.volatility_scale(expected))
    return tuple(facts)
