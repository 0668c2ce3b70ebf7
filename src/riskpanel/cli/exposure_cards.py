"""The cards of what is held: sectors against the benchmark, concentration, holdings."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from riskpanel.book.complete import CompleteDocument
from riskpanel.book.interpretation import concentration_level, sector_stance
from riskpanel.book.sectors import CASH, GICS_SECTORS, UNCLASSIFIED
from riskpanel.cli import words
from riskpanel.cli.shapes import Bar, Bars, Card, Scale, Table, Tone, absence, covers, holding_notes
from riskpanel.cli.words import MISSING

_STANCE_TONES: dict[str | None, Tone] = {"overweight": "more", "underweight": "less"}
_STANCE_WORDS = {"overweight": "over", "underweight": "under", "neutral": "neutral"}
_HOLDINGS = ("Symbol", "Name", "Sector", "Value", "Weight", "Beta", "Volatility")
_HHI_TICKS = ((0.0, "0"), (1000.0, "1,000"), (1500.0, "1,500"), (2500.0, "2,500"))
_HHI_TONES: dict[str | None, Tone] = {
    "well diversified": "less",
    "concentrated": "more",
    "highly concentrated": "more",
}
_HHI_SHOWN = 3500.0
_MOSTLY_KNOWN = 0.5  # gross share with a sector from which a comparison says something
_FUNDS_NAMED = 3
_OLD = 180  # days from which the age of benchmark weights is said


def sector_card(document: CompleteDocument) -> Card:
    """Compare the weights of sectors with the benchmark's, largest first, Unclassified and Cash last."""
    cells = document.snapshot
    exposure: dict[str, dict[str, float | None]] = cells["sector_exposure"] or {}
    known = sorted(
        ((exposure[sector]["portfolio"] or 0.0, sector) for sector in GICS_SECTORS if sector in exposure),
        key=lambda pair: (-pair[0], pair[1]),
    )
    order = [sector for _, sector in known] + [name for name in (UNCLASSIFIED, CASH) if name in exposure]
    compared = {s: d for s in GICS_SECTORS if (d := exposure.get(s, {}).get("diff")) is not None}
    comparable = _comparable(cells["sector_coverage"])
    headline, level, tone, sentence = _sector_message(document, exposure, compared)
    return Card(
        "sectors",
        "Sector exposure vs benchmark",
        headline=headline,
        level=level,
        tone=tone,
        sentence=sentence,
        facts=(*_benchmark_facts(document), *_look_through_facts(cells["sector_look_through"])),
        coverage=covers(cells["sector_coverage"]),
        notes=_benchmark_notes(cells["sector_benchmark_date"], cells["snapshot_date"]),
        bars=Bars(
            ("Sector", "Weight", "Benchmark", "Points", "Stance"),
            tuple(_sector_bar(sector, exposure[sector], comparable=comparable) for sector in order),
            mark=f"{cells['sector_benchmark_code'] or 'benchmark'} weight" if compared else "",
        )
        if order
        else None,
    )


def _comparable(coverage: float | None) -> bool:
    return coverage is None or coverage >= _MOSTLY_KNOWN


def _sector_message(
    document: CompleteDocument, exposure: dict[str, Any], compared: dict[str, float]
) -> tuple[str, str, Tone, str]:
    """Return headline, level, tone and sentence; where most is unclassified, that is the message."""
    coverage: float | None = document.snapshot["sector_coverage"]
    if coverage is not None and not _comparable(coverage):
        unknown = words.percent(1.0 - coverage)
        return (
            unknown,
            "of gross exposure has no known sector",
            "more",
            "Too little is classified to compare with the benchmark. "
            "Import the sectors of the instruments, then compute the session again.",
        )
    sentence = _sector_sentence(document, exposure, compared)
    if not compared:
        return MISSING, "", "calm", sentence
    widest = max(compared, key=lambda sector: abs(compared[sector]))
    stance = sector_stance(compared[widest])
    points = f"{words.points(compared[widest])}{words.SPACE}points"
    level = f"neutral in {widest}" if stance == "neutral" else f"{stance} {widest}"
    return points, level, _STANCE_TONES.get(stance, "calm"), sentence


def _sector_bar(sector: str, row: dict[str, float | None], *, comparable: bool) -> Bar:
    outside = sector in {CASH, UNCLASSIFIED}
    difference = None if outside or not comparable else row["diff"]
    stance = sector_stance(difference)
    return Bar(
        sector,
        row["portfolio"],
        (
            words.percent(row["portfolio"]),
            MISSING if outside else words.percent(row["benchmark"]),
            words.points(difference),
            _STANCE_WORDS.get(stance or "", ""),
        ),
        mark=None if outside else row["benchmark"],
        tone=_STANCE_TONES.get(stance, "calm"),
    )


def _sector_sentence(document: CompleteDocument, exposure: dict[str, Any], compared: dict[str, float]) -> str:
    if not exposure:
        return absence(document, "sector_exposure")
    if not compared:
        return "Not compared: no benchmark weights are stored. Choose a stored benchmark, such as SP500."

    def against(sector: str) -> str:
        row = exposure[sector]
        return f"{sector} ({words.percent(row['portfolio'])} against {words.percent(row['benchmark'])})"

    over = max(compared, key=lambda sector: compared[sector])
    under = min(compared, key=lambda sector: compared[sector])
    if compared[over] < 0:
        return f"Every sector is below the benchmark. Furthest below: {against(under)}."
    if compared[under] > 0:
        return f"Every sector is above the benchmark. Furthest above: {against(over)}."
    return f"Furthest above the benchmark: {against(over)}. Furthest below: {against(under)}."


def _benchmark_facts(document: CompleteDocument) -> tuple[str, ...]:
    cells = document.snapshot
    when, source = cells["sector_benchmark_date"], cells["sector_benchmark_source"]
    if when is None:
        return ("weights over net asset value, shorts negative",)
    facts = (f"{cells['sector_benchmark_code']} weights of {words.day(when)}", f"source: {source}")
    return (*facts, "neutral within 5 points") if _comparable(cells["sector_coverage"]) else facts


def _look_through_facts(funds: Sequence[Mapping[str, Any]] | None) -> tuple[str, ...]:
    """Say which funds count by what they hold, the largest by name."""
    named = tuple(
        f"{fund['symbol']} counts by its sectors of {words.day(date.fromisoformat(fund['asof_date']))}"
        f" ({words.percent(fund['coverage'])} known)"
        for fund in (funds or ())[:_FUNDS_NAMED]
    )
    others = len(funds or ()) - len(named)
    return (*named, f"so do {words.count(others, 'other fund')}") if others else named


def _benchmark_notes(when: date | None, as_of: date) -> tuple[str, ...]:
    age = 0 if when is None else (as_of - when).days
    if 0 <= age <= _OLD:
        return ()
    away = f"{words.count(abs(age), 'day')} {'before' if age > 0 else 'after'} the as-of date"
    return (f"The benchmark weights are of {words.day(when)}, {away}.",)


def concentration_card(document: CompleteDocument) -> Card:
    """Say how many equal positions the portfolio acts like."""
    cells = document.snapshot
    hhi, effective = cells["hhi"], cells["effective_num_positions"]
    level = concentration_level(hhi) or ""
    largest: list[dict[str, Any]] = cells["top_10_positions"] or []
    shares = [(str(position["symbol"]), float(position["share"])) for position in largest]
    rest = 1.0 - sum(share for _, share in shares)
    others = len(document.holdings) - len(shares)
    if shares and others > 0:
        shares.append((words.count(others, "other"), max(rest, 0.0)))
    held = words.number(cells["positions_count"])
    acts = f"Acts like {words.number(effective, 1)} equal positions; {held} are held."
    if cells["positions_count"] == 1:
        acts = "One position is all there is."
    return Card(
        "concentration",
        "Concentration",
        headline=words.number(effective, 1),
        level=level,
        aside="" if hhi is None else f"HHI {words.number(hhi)}",
        tone=_HHI_TONES.get(level, "calm"),
        sentence=absence(document, "hhi") if hhi is None else acts,
        facts=_top_facts(document),
        coverage=covers(cells["concentration_coverage"]),
        shares=tuple(shares),
        scale=Scale(
            "HHI",
            hhi,
            MISSING if hhi is None else f"HHI {words.number(hhi)}, {level}",
            0,
            max(_HHI_SHOWN, (hhi or 0.0) * 1.1),
            ticks=_HHI_TICKS,
        ),
    )


def _top_facts(document: CompleteDocument) -> tuple[str, ...]:
    cells = document.snapshot
    facts: list[str] = []
    for top in (3, 10):
        share = cells[f"top_{top}_concentration"]
        largest: list[dict[str, Any]] = cells[f"top_{top}_positions"] or []
        names = [str(position["symbol"]) for position in largest]
        if share is not None:
            facts.append(f"top {top}: {words.percent(share)} of gross ({', '.join(names)})")
    return tuple(facts)


def holdings_card(document: CompleteDocument) -> Card:
    """List what is held, largest first, shorts with their sign."""
    currency = document.portfolio.currency
    rows = tuple(
        (
            holding.symbol,
            holding.name or MISSING,
            holding.sector or "Unclassified",
            words.money(holding.value, currency),
            words.percent(holding.weight),
            words.beta(holding.beta),
            words.percent(holding.realized_volatility_21d),
        )
        for holding in document.holdings
    )
    return Card(
        "holdings",
        "Holdings",
        sentence="" if rows else "No positions are held on this day.",
        notes=holding_notes(document),
        facts=(*_side_facts(document), "weight over net asset value", "volatility realized over 21 sessions"),
        table=Table(_HOLDINGS, rows, text_columns=3) if rows else None,
    )


def _side_facts(document: CompleteDocument) -> tuple[str, ...]:
    cells, currency = document.snapshot, document.portfolio.currency
    nav = cells["net_asset_value"]
    sides = (("long", cells["long_value"]), ("short", cells["short_value"]))
    return tuple(
        f"{side} {words.money(value, currency)} ({words.percent(value / nav)} of NAV)"
        for side, value in sides
        if value and nav
    )
