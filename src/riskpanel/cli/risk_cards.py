"""The cards of where the risk comes from: contributions of positions, bad days, correlation."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from riskpanel.book.complete import CompleteDocument
from riskpanel.book.sectors import CASH
from riskpanel.cli import words
from riskpanel.cli.shapes import (
    Bar,
    Bars,
    Card,
    Table,
    Tone,
    absence,
    covers,
    measured_part,
    speaks_for_all,
    why,
)  # fmt: skip
from riskpanel.cli.words import MISSING

_SHOWN = 10  # positions by the size of their contribution
_NAMED = 3  # positions of which the sentence gives the sum
_GAP = 0.05  # difference of risk and share from which a position stands out
_TOGETHER = (
    (0.7, "move almost as one"),
    (0.4, "mostly move together"),
    (0.2, "move together a little"),
    (-0.2, "hardly move together"),
    (-math.inf, "move against each other"),
)
_SELF = "1"

Pair: TypeAlias = tuple[str, str, float, int]
"""Two symbols, their correlation and the sessions behind it."""


def contributors_card(document: CompleteDocument) -> Card:
    """Show which positions carry the risk, beside the share of the book that they are."""
    cells = document.snapshot
    shares = {h.symbol: h.share for h in document.holdings}
    known = {h.symbol: h.risk_contribution for h in document.holdings if h.risk_contribution is not None}
    ranked = sorted(known, key=lambda symbol: (-known[symbol], symbol))
    title = "Risk contributions"
    if cells["diversification_ratio"] is None or not ranked:
        return Card(
            "contributors", title, headline=MISSING, sentence=absence(document, "diversification_ratio")
        )
    largest, coverage = ranked[0], cells["structure_coverage"]
    return Card(
        "contributors",
        title,
        headline=words.percent(known[largest]),
        level=f"of the risk comes from {largest}",
        tone=_tone(known[largest], shares[largest]) if speaks_for_all(coverage) else "calm",
        sentence=_contributors_sentence(known, shares, ranked) + measured_part(coverage),
        facts=_contributor_facts(document),
        coverage=covers(coverage),
        notes=_without_returns(document),
        bars=_contributor_bars(document, known, ranked),
        table=_sector_table(cells["sector_exposure"] or {}),
    )


def _tone(risk: float, share: float | None) -> Tone:
    gap = 0.0 if share is None else risk - share
    return "calm" if abs(gap) <= _GAP else "more" if gap > 0 else "less"


def _contributors_sentence(
    known: Mapping[str, float], shares: Mapping[str, float | None], ranked: Sequence[str]
) -> str:
    if len(ranked) == 1:
        return "No other is known." if len(shares) > 1 else "It is the only position."
    first = ranked[0]
    text = (
        f"{first} is {words.percent(shares[first])} of gross exposure "
        f"and carries {words.percent(known[first])} of the risk"
    )
    top = [symbol for symbol in ranked[:_NAMED] if known[symbol] > 0]
    if _NAMED == len(top) < len(ranked):
        total = words.percent(sum(known[symbol] for symbol in top))
        text += f"; {', '.join(top[:-1])} and {top[-1]} together carry {total}"
    hedges = [symbol for symbol in reversed(ranked) if words.percent(known[symbol]).startswith(words.MINUS)]
    if hedges:
        offset = words.percent(sum(known[symbol] for symbol in hedges))
        text += f". {words.listed(hedges)} {'offset' if len(hedges) > 1 else 'offsets'} part of it ({offset})"
    return f"{text}."


def _contributor_bars(document: CompleteDocument, known: Mapping[str, float], ranked: Sequence[str]) -> Bars:
    """Draw the ten largest contributions, and the rest as one, so that they sum to the whole."""
    shares = {holding.symbol: holding.share for holding in document.holdings}
    shorts = {holding.symbol for holding in document.holdings if holding.quantity < 0}
    by_size = sorted(ranked, key=lambda symbol: (-abs(known[symbol]), symbol))
    shown, rest = [symbol for symbol in ranked if symbol in by_size[:_SHOWN]], by_size[_SHOWN:]
    rows = [
        _contributor_bar(f"{symbol} short" if symbol in shorts else symbol, known[symbol], shares[symbol])
        for symbol in shown
    ]
    if rest:
        share = sum(shares[symbol] or 0.0 for symbol in rest)
        rows.append(_contributor_bar(words.count(len(rest), "other"), sum(known[s] for s in rest), share))
    return Bars(("Position", "Risk", "Exposure", "Points"), tuple(rows), mark="share of gross exposure")


def _contributor_bar(symbol: str, risk: float, share: float | None) -> Bar:
    gap = None if share is None else risk - share
    cells = (words.percent(risk), words.percent(share), words.points(gap))
    return Bar(symbol, risk, cells, mark=share, tone=_tone(risk, share))


def _sector_table(exposure: Mapping[str, Mapping[str, float | None]]) -> Table | None:
    """List the sectors that are held, Unclassified too; None where no contribution is known."""
    gross = sum(row.get("gross") or 0.0 for sector, row in exposure.items() if sector != CASH)
    rows = [
        (row.get("risk_contribution"), sector, (row.get("gross") or 0.0) / gross)
        for sector, row in exposure.items()
        if row.get("gross") and sector != CASH
    ]
    if all(risk is None for risk, _, _ in rows):
        return None
    rows.sort(key=lambda row: (row[0] is None, -(row[0] or 0.0), row[1]))
    texts = tuple((sector, words.percent(risk), words.percent(share)) for risk, sector, share in rows)
    return Table(("Sector", "Risk", "Exposure"), texts, square=True)


def _contributor_facts(document: CompleteDocument) -> tuple[str, ...]:
    cells = document.snapshot
    ratio = cells["diversification_ratio"]
    facts = [
        "risk is the variance of daily returns",
        f"{words.count(cells['structure_observations'], 'session')} at the current weights",
    ]
    offset = words.percent(1 - 1 / ratio, 0)
    if len(document.holdings) > 1:
        facts.insert(
            0, f"diversification ratio {words.beta(ratio)}: {offset} of the positions' volatility cancels out"
        )
    return tuple(facts)


def _without_returns(document: CompleteDocument) -> tuple[str, ...]:
    names = [holding.symbol for holding in document.holdings if holding.risk_contribution is None]
    if not names:
        return ()
    return (f"Left out, without any return in these sessions: {words.listed(names)}.",)


def tail_card(document: CompleteDocument) -> Card:
    """Say what a bad day may cost, and how deep these holdings have fallen."""
    cells, currency = document.snapshot, document.portfolio.currency
    share, coverage = cells["value_at_risk_95"], cells["tail_coverage"]
    title = f"Bad days (VaR and ES 95{words.SPACE}%)"
    if share is None:
        text = absence(document, "value_at_risk_95")
        return Card("tail", title, headline=MISSING, sentence=text, facts=_tail_facts(document))
    return Card(
        "tail",
        title,
        headline=words.money(cells["value_at_risk_95_amount"], currency),
        level=f"{words.percent(share)} of NAV",
        aside="value at risk, 1 day",
        sentence=_tail_sentence(document) + measured_part(coverage),
        facts=_tail_facts(document),
        coverage=covers(coverage),
        bars=_tail_bars(document),
    )


def _tail_bars(document: CompleteDocument) -> Bars:
    cells, currency = document.snapshot, document.portfolio.currency

    def bar(label: str, name: str) -> Bar:
        texts = (words.money(cells[f"{name}_amount"], currency), words.percent(cells[name]))
        return Bar(label, cells[name], texts)

    return Bars(
        ("Loss", "Amount", "% of NAV"),
        (bar("Value at risk", "value_at_risk_95"), bar("Expected shortfall", "expected_shortfall_95")),
    )


def _tail_sentence(document: CompleteDocument) -> str:
    cells, currency = document.snapshot, document.portfolio.currency

    def size(name: str) -> str:
        amount = words.money(abs(cells[f"{name}_amount"]), currency)
        return f"{amount} ({words.percent(abs(cells[name]))})"

    at_risk, beyond = size("value_at_risk_95"), size("expected_shortfall_95")
    if cells["value_at_risk_95"] > 0:
        return f"On 1 day in 20, expect to lose more than {at_risk}; on such days about {beyond}."
    # A book that rose on nearly all days: the edge of its worst 5 % is no loss.
    end = "a loss" if cells["expected_shortfall_95"] > 0 else "a gain"
    usual = f"a gain of more than {at_risk}" if cells["value_at_risk_95"] < 0 else "no loss"
    return f"On 19 days in 20, expect {usual}; on the other, {end} of about {beyond}."


def _tail_facts(document: CompleteDocument) -> tuple[str, ...]:
    cells = document.snapshot
    fall, tracking = cells["max_drawdown"], cells["tracking_error"]
    facts: list[str] = []
    if fall is None:
        facts.append(f"deepest fall {MISSING} ({why(document, 'max_drawdown')})")
    else:
        sessions = words.count(cells["max_drawdown_observations"], "session")
        facts.append(f"deepest fall of these holdings {words.percent(fall)} over {sessions}")
    if tracking is None:
        facts.append(f"tracking error {MISSING} ({why(document, 'tracking_error')})")
    else:
        index = cells["market_index"] or document.portfolio.market_index
        facts.append(f"tracking error {words.percent(tracking)} a year against {index}")
    if cells["value_at_risk_95"] is not None:
        past = words.count(cells["tail_observations"], "session")
        facts.append(f"from {past}, scaled to the current volatility")
    return tuple(facts)


def correlation_card(document: CompleteDocument) -> Card:
    """Show how the largest positions move together, pair by pair."""
    cells = document.snapshot
    average, stored = cells["average_correlation"], cells["correlation"]
    if average is None or not stored:
        return Card(
            "correlation",
            "Correlation",
            headline=MISSING,
            sentence=absence(document, "average_correlation"),
        )
    names: list[str] = stored["symbols"]
    pairs = _known_pairs(stored)
    return Card(
        "correlation",
        "Correlation",
        headline=words.beta(average),
        level=next(text for least, text in _TOGETHER if average >= least),
        aside=_averaged(document, names, pairs),
        sentence=_pairs_sentence(pairs),
        facts=_correlation_facts(document, names, pairs),
        table=Table(("", *names), _correlation_rows(names, pairs), square=True),
    )


def _known_pairs(stored: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Name the pairs of the stored lower triangles, row by row, that have a coefficient."""
    names: list[str] = stored["symbols"]
    below = [(names[column], names[row]) for row in range(len(names)) for column in range(row)]
    triangles = zip(below, stored["coefficients"], stored["observations"], strict=True)
    return tuple((one, other, value, n) for (one, other), value, n in triangles if value is not None)


def _averaged(document: CompleteDocument, names: Sequence[str], pairs: Sequence[Pair]) -> str:
    if len(pairs) == 1:
        return ""
    held = len(document.holdings)
    return f"average of the {len(names)}{' largest' if held > len(names) else ''} positions"


def _pairs_sentence(pairs: Sequence[Pair]) -> str:
    if len(pairs) == 1:
        return f"Measured between {pairs[0][0]} and {pairs[0][1]}."

    def told(pair: Pair) -> str:
        return f"{pair[0]} and {pair[1]} ({words.beta(pair[2])})"

    most, least = max(pairs, key=lambda pair: pair[2]), min(pairs, key=lambda pair: pair[2])
    return f"Closest together: {told(most)}. Furthest apart: {told(least)}."


def _correlation_facts(
    document: CompleteDocument, names: Sequence[str], pairs: Sequence[Pair]
) -> tuple[str, ...]:
    counts = [pair[3] for pair in pairs]
    alike = words.count(max(counts), "session")
    facts = [f"from {min(counts)} to {alike} a pair" if min(counts) < max(counts) else alike]
    unknown = len(names) * (len(names) - 1) // 2 - len(pairs)
    if unknown:
        facts.append(
            f"{words.count(unknown, 'pair')} {MISSING} (too few sessions in common, or a price that rests)"
        )
    if any(holding.quantity < 0 for holding in document.holdings):
        facts.append("of the prices: a short position moves the other way")
    return (*facts, "1 is moving as one, 0 independent, below 0 against each other")


def _correlation_rows(names: Sequence[str], pairs: Sequence[Pair]) -> tuple[tuple[str, ...], ...]:
    """Unfold the pairs into a square of texts; a position without any pair has nothing to compare."""
    known = {
        place: words.beta(value) for one, other, value, _ in pairs for place in ((one, other), (other, one))
    }
    known |= {(name, name): _SELF for pair in pairs for name in pair[:2]}
    return tuple((name, *(known.get((name, other), MISSING) for other in names)) for name in names)
