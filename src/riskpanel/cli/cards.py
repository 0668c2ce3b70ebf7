"""One portfolio's page in words: the strip, the cards and their order."""

from collections.abc import Sequence
from decimal import Decimal

from riskpanel.book.complete import CompleteDocument, HoldingRecord
from riskpanel.book.interpretation import beta_level
from riskpanel.cli import words
from riskpanel.cli.exposure_cards import concentration_card, holdings_card, sector_card
from riskpanel.cli.risk_cards import contributors_card, correlation_card, tail_card
from riskpanel.cli.shapes import (
    Card,
    Figure,
    History,
    Page,
    Scale,
    Tone,
    absence,
    covers,
    of_cash,
    only_cash,
    remarks,
    speaks_for_all,
    why,
)  # fmt: skip
from riskpanel.cli.stress_card import stress_card
from riskpanel.cli.volatility_card import volatility_card
from riskpanel.cli.words import MISSING

_TONES: dict[str | None, Tone] = {
    **dict.fromkeys(("low / defensive", "below market"), "less"),
    **dict.fromkeys(("above market", "high / aggressive"), "more"),
}


def build_page(document: CompleteDocument) -> Page:
    """Put a document into words and charts."""
    meta, findings = document.meta, len(remarks(document))
    pill = words.count(findings, "finding") if findings else "Healthy"
    measured = (
        volatility_card(document),
        beta_card(document),
        sector_card(document),
        concentration_card(document),
        stress_card(document),
        contributors_card(document),
        tail_card(document),
        correlation_card(document),
        holdings_card(document),
    )
    if only_cash(document):
        measured = tuple(of_cash(card) for card in measured)
    return Page(
        name=document.portfolio.name,
        as_of=document.snapshot["snapshot_date"],
        strip=_strip(document),
        health=Figure("Data health", pill, tone="more" if findings else "less"),
        cards=(*measured, health_card(document)),
        provenance=(
            f"riskpanel {meta.version} · run {meta.run_id} ({meta.kind}, {meta.engine}) · "
            f"policy {meta.policy_fingerprint} · inputs {(meta.inputs_hash or MISSING)[:16]}"
        ),
    )


def _strip(document: CompleteDocument) -> tuple[Figure, ...]:
    cells, currency = document.snapshot, document.portfolio.currency
    nav, gross, net, cash = (
        cells[name] for name in ("net_asset_value", "gross_exposure", "net_exposure", "cash_value")
    )

    def amount(label: str, value: Decimal | None) -> Figure:
        share = f"{words.percent(value / nav)} of NAV" if nav and value is not None else ""
        return Figure(label, words.money(value, currency), share)

    return (
        Figure("NAV", words.money(nav, currency), currency),
        _day(document),
        amount("Gross", gross),
        amount("Net", net),
        Figure("Leverage", f"{words.beta(gross / nav)}×" if nav else MISSING, "gross / NAV"),
        amount("Cash", cash),
        Figure("Positions", words.number(cells["positions_count"]), _sides(document.holdings)),
    )


def _day(document: CompleteDocument) -> Figure:
    pnl, change = document.snapshot["daily_pnl"], document.snapshot["daily_return"]
    text = words.money(pnl, document.portfolio.currency, signed=True)
    if pnl is None:
        return Figure("Day's P&L", text, reason=why(document, "daily_pnl"))
    arrow, tone = ("▲ ", "less") if pnl > 0 else ("▼ ", "more") if pnl < 0 else ("", "calm")
    return Figure(
        "Day's P&L", arrow + text, "" if change is None else words.percent(change, 2, signed=True), tone
    )


def _sides(holdings: Sequence[HoldingRecord]) -> str:
    short = sum(holding.quantity < 0 for holding in holdings)
    if not short:
        return "all long" if holdings else ""
    return f"{len(holdings) - short:,} long, {short:,} short"


def beta_card(document: CompleteDocument) -> Card:
    """Say how far the portfolio has moved with the market, and how sure that is."""
    cells = document.snapshot
    value, coverage = cells["market_beta_weighted"], cells["market_beta_coverage"]
    level = (beta_level(value) or "") if speaks_for_all(coverage) else ""
    interval = _interval(document)
    ends = (0.0, 1.0) if value is None else (0.0, 1.0, value, *(interval or ()))
    return Card(
        "beta",
        "Market beta",
        headline=words.beta(value),
        level=level,
        aside="" if value is None else f"against {cells['market_index'] or document.portfolio.market_index}",
        tone=_TONES.get(level, "calm"),
        sentence=absence(document, "market_beta_weighted") if value is None else _move(value, coverage),
        facts=_beta_facts(document, interval),
        coverage=covers(coverage),
        scale=Scale(
            "Market beta",
            value,
            words.beta(value),
            min(ends) - 0.25,
            max(ends) + 0.25,
            ticks=((0, "0"), (1, "1 = market")),
            span=interval,
        ),
        history=History(
            "Market beta, as stored on each day",
            tuple(point.snapshot_date for point in document.timeseries),
            (("beta", tuple(point.market_beta_weighted for point in document.timeseries)),),
            words.beta,
        ),
    )


def _move(value: float, coverage: float | None) -> str:
    size = words.percent(abs(value) / 100, 2)
    if not speaks_for_all(coverage):
        way = "" if value >= 0 else " the other way"
        return (
            f"The {words.percent(coverage, 0)} of this portfolio that has a beta moves the whole about {size}"
            f"{way} when the market moves 1{words.SPACE}%; how the rest moves is not known."
        )
    if round(value, 2) == 0:
        return (
            f"When the market moves 1{words.SPACE}%, this portfolio has hardly moved with it (about {size})."
        )
    way = "" if value > 0 else " the other way"
    return f"When the market moves 1{words.SPACE}%, this portfolio has moved about {size}{way}."


def _interval(document: CompleteDocument) -> tuple[float, float] | None:
    """Return the 95 % interval of the beta of the portfolio's own returns."""
    low, high = document.snapshot["market_beta_direct_low"], document.snapshot["market_beta_direct_high"]
    return None if low is None or high is None else (low, high)


def _beta_facts(document: CompleteDocument, interval: tuple[float, float] | None) -> tuple[str, ...]:
    cells = document.snapshot
    r_squared, observations = cells["market_beta_direct_r_squared"], cells["market_beta_direct_observations"]
    facts = [f"R² {words.beta(r_squared)}"]
    direct, weighted = cells["market_beta_direct"], cells["market_beta_weighted"]
    if direct is not None and words.beta(direct) != words.beta(weighted):
        facts.insert(0, f"{words.beta(direct)} by the portfolio's own returns")
    adjusted = cells["market_beta_adjusted"]
    if weighted is not None:
        reason = "" if adjusted is not None else f" ({why(document, 'market_beta_adjusted')})"
        facts.append(f"{words.beta(adjusted)} adjusted for noise{reason}")
    if observations is not None:
        facts.append(words.count(observations, "session"))
    if interval is None:
        return (*facts, f"95{words.SPACE}% interval {MISSING} ({why(document, 'market_beta_direct')})")
    low, high = interval
    real = cells["market_beta_direct_coverage"]
    part = f", and too narrow: {words.percent(1 - real, 0)} of returns are imputed" if covers(real) else ""
    facts.append(
        f"95{words.SPACE}% interval {words.beta(low)} to {words.beta(high)} (sampling error only{part})"
    )
    return tuple(facts)


def health_card(document: CompleteDocument) -> Card:
    """Say what is missing, partial or worth a look, what follows from it, and what to do."""
    found = remarks(document)
    return Card("health", "Data health", sentence="" if found else "Nothing is missing.", remarks=found)
