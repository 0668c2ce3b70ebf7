"""The card of the stress tests: moves of the market and of held sectors, crises of the past, a user's own."""

from collections.abc import Sequence

from riskpanel.book.complete import CompleteDocument, StressRecord
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.cli import words
from riskpanel.cli.shapes import Bar, Bars, Card, absence, covers, speaks_for_all
from riskpanel.cli.words import MISSING

_SLUGS = {sector.lower().replace(" ", "_"): sector for sector in GICS_SECTORS}
_REPLAYS = {"crisis_2008": "2008-09 crisis", "covid_2020": "Covid 2020", "drawdown_2022": "2022 drawdown"}
_WITH_ARTICLE = frozenset({"crisis_2008", "drawdown_2022"})
_LACKS = (
    ("market", "has no beta, so it is left out of the market scenarios"),
    ("sector", "has no known sector, so it is left out of the sector scenarios"),
    ("replay", "has neither prices of those days nor a beta, so it is left out of a replay"),
    ("user", "has no beta or no known sector, so it is left out of your own scenarios"),
)
_SOME = 0.0005  # what rounds to 0.1 %


def stress_card(document: CompleteDocument) -> Card:
    """Show what market and held-sector moves, replays and the user's scenarios would cost, worst first."""
    exposure: dict[str, dict[str, float | None]] = document.snapshot["sector_exposure"] or {}
    held = {sector for sector, row in exposure.items() if row.get("gross")}
    shown = [r for r in document.stress if r.kind != "sector" or _sector_of(r) in held]
    known = sorted((r for r in shown if r.pnl is not None), key=lambda r: (r.pnl or 0, *_order(r)))
    rows = known + sorted((r for r in shown if r.pnl is None), key=_order)
    worst = known[0] if known else None
    currency = document.portfolio.currency
    loses = worst is not None and worst.pnl is not None and worst.pnl < 0
    return Card(
        "stress",
        "Stress",
        headline=MISSING if worst is None else words.money(worst.pnl, currency),
        level="" if worst is None else _name(worst),
        aside="" if worst is None else f"{words.percent(worst.pnl_pct, signed=True)} of NAV",
        tone="more" if loses else "calm",
        sentence=_sentence(document, worst),
        facts=_facts(document, shown),
        coverage="" if worst is None else covers(worst.coverage),
        notes=(*_uncovered(document.stress), *_proxied(document.stress)),
        bars=Bars(("Scenario", "P&L", "% of NAV"), tuple(_bar(record, currency) for record in rows))
        if known
        else None,
    )


def _order(record: StressRecord) -> tuple[float, str]:
    return record.shock or 0.0, record.scenario


def _bar(record: StressRecord, currency: str) -> Bar:
    share = record.pnl_pct or 0.0
    return Bar(
        _name(record),
        record.pnl_pct,
        (words.money(record.pnl, currency, signed=True), words.percent(record.pnl_pct, signed=True)),
        tone="more" if share < 0 else "less" if share > 0 else "calm",
    )


def _sector_of(record: StressRecord) -> str | None:
    slug = record.scenario.partition("_down_")[0].partition("_up_")[0]
    return _SLUGS.get(slug)


def _name(record: StressRecord) -> str:
    """Name a scenario: built-in ones in words, a user's own as the user wrote it."""
    shock = words.percent(record.shock, 0, signed=True)
    if record.kind == "market":
        return f"Market {shock}"
    if record.kind == "sector":
        return f"{_sector_of(record) or record.scenario.replace('_', ' ').capitalize()} {shock}"
    return _REPLAYS.get(record.scenario, record.scenario)


def _event(record: StressRecord, first: str) -> str:
    """Name a scenario within a sentence; ``first`` is the article where a replay stands."""
    if record.kind != "replay":
        return _name(record)
    return f"{first} repeat of {'the ' if record.scenario in _WITH_ARTICLE else ''}{_name(record)}"


def _sentence(document: CompleteDocument, worst: StressRecord | None) -> str:
    if worst is None:
        return absence(document, "hhi" if document.snapshot["hhi"] is None else "market_beta_weighted")
    size = words.money(abs(worst.pnl or 0), document.portfolio.currency)
    if worst.pnl is not None and worst.pnl < 0:
        share = words.percent(abs(worst.pnl_pct or 0))
        return f"{_event(worst, 'A')} would cost about {size}, {share} of net asset value.{_part(worst)}"
    least = f"{_event(worst, 'a')} would bring the least, {size}."
    return f"None of these moves would cost anything; {least}{_part(worst)}"


def _part(record: StressRecord) -> str:
    """Say of how much a P&L speaks where that is too little to stand for the whole."""
    if speaks_for_all(record.coverage):
        return ""
    known = words.percent(record.coverage, 0)
    return f" That is the {known} of exposure whose move is known; the rest is left out."


def _facts(document: CompleteDocument, shown: Sequence[StressRecord]) -> tuple[str, ...]:
    facts = ["exposure × beta × market move, or the sector's own move"]
    if any(record.kind == "replay" for record in shown):
        facts.append("a repeat of the past: exposure × what the holding returned then")
    for record in shown:
        if record.window_from is not None:
            days = f"{words.day(record.window_from)} to {words.day(record.window_to)}"
            facts.append(f"{_name(record)}: {days}")
    skipped = len(document.stress) - len(shown)
    if skipped and speaks_for_all(document.snapshot["sector_coverage"]):
        facts.append(f"{words.count(skipped, 'sector')} not held")
    return tuple(facts)


def _uncovered(records: Sequence[StressRecord]) -> tuple[str, ...]:
    """Say what is left out of each kind of scenario, at most."""
    notes: list[str] = []
    for kind, lacks in _LACKS:
        least = min((r.coverage for r in records if r.kind == kind and r.coverage is not None), default=None)
        if least is not None and covers(least):
            notes.append(f"{words.percent(1 - least)} of gross exposure {lacks}.")
    return tuple(notes)


def _proxied(records: Sequence[StressRecord]) -> tuple[str, ...]:
    """Say how much of each replay is not what the holdings did themselves."""
    shares = [(r.proxied, _name(r)) for r in records if r.proxied is not None and r.proxied >= _SOME]
    if not shares:
        return ()
    ordered = sorted(shares, key=lambda one: (-one[0], one[1]))
    told = ", ".join(f"{words.percent(share)} in {name}" for share, name in ordered)
    return (f"Without prices of those days, so moved by beta × market (of gross exposure): {told}.",)
