"""The sentences of docs/evidence/volatility.md, which its numbers must support."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.forecast.earlier import DISPLAY
from benchmarks.forecast.experiments import EarlierRow, Overlapping
from benchmarks.forecast.noted import CLOSE, EWMA, GARCH, LOSSES, RANGE_MARKET, ROLLING, NotedLoss
from benchmarks.forecast.scores import Score
from benchmarks.forecast.shipped import SHIPPED
from benchmarks.forecast.volatility_page import digits, percent, table

STOCK, PORTFOLIO = "instrument, close + market (closes)", "portfolio, close + market (closes)"
PORTFOLIO_RANGE = "portfolio, close + market (ranges)"
YEAR = "rolling 252 sessions"
COUNTERPARTS = {
    "earlier: instrument, close": CLOSE,
    "earlier: instrument, range": "instrument, range",
    "earlier: instrument, range + market": RANGE_MARKET,
    "earlier: portfolio, close": "portfolio, close",
    "earlier: portfolio, close + market": PORTFOLIO_RANGE,
}
NEAR = 0.02  # two losses are called level when one is within 2 % of the other


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of every table by the name of the method."""

    stocks: Mapping[str, Score]
    few: Mapping[str, Score]
    portfolios: Mapping[str, Score]
    neutral: Mapping[str, Score]
    overlapping: Mapping[str, Overlapping]

    @property
    def shipped(self) -> list[Score]:
        """What the library's own models scored on stocks and portfolios."""
        return [self.of(name) for name in SHIPPED]

    @property
    def of_neutral(self) -> list[Score]:
        """What the library's own models scored on market-neutral portfolios."""
        return [score for name, score in self.neutral.items() if name in SHIPPED]

    def of(self, name: str) -> Score:
        """Find a method in the tables of stocks, of the 40 stocks and of portfolios, in this order."""
        return next(t[name] for t in (self.stocks, self.few, self.portfolios) if name in t)


def by_name(scores: Sequence[Score]) -> dict[str, Score]:
    return {score.name: score for score in scores}


def headlines(found: Scores) -> dict[str, str]:
    """Return the figures of the first paragraph; raise when a sentence of it does not hold for them."""
    check_the_words(found)
    return _levels(found) | _gains(found) | _not_won(found)


def _levels(found: Scores) -> dict[str, str]:
    stock, portfolio, rolling = found.stocks[STOCK], found.portfolios[PORTFOLIO], found.stocks[ROLLING]
    biases = [score.bias for score in found.shipped]
    return {
        "bias_instrument": f"{100 * stock.bias:.1f}",
        "bias_portfolio": f"{100 * portfolio.bias:.1f}",
        "bias_least": f"{100 * min(biases):.1f}",
        "bias_most": f"{100 * max(biases):.1f}",
        "bias_rolling": percent(rolling.bias).replace("-", "−"),
        "ratio_instrument": f"{stock.ratio:.2f}",
        "ratio_portfolio": f"{portfolio.ratio:.2f}",
        "ratio_rolling": f"{rolling.ratio:.2f}",
    }


def _gains(found: Scores) -> dict[str, str]:
    stock, portfolio = found.stocks, found.portfolios
    lost = [1 - s.calm / s.qlike for s in (*stock.values(), *portfolio.values())]
    return {
        "n_cells": f"{stock[ROLLING].n_cells:,}",
        "crash_least": f"{100 * min(lost):.0f}",
        "crash_most": f"{100 * max(lost):.0f}",
        "gain_instrument": f"{100 * gain(stock[STOCK], stock[ROLLING]):.0f}",
        "gain_portfolio": f"{100 * gain(portfolio[PORTFOLIO], portfolio[ROLLING]):.0f}",
        "gain_ewma": f"{100 * gain(stock[STOCK], stock[EWMA]):.0f}",
        "gain_garch": f"{100 * gain(found.few[STOCK], found.few[GARCH]):.0f}",
        "loss_close": digits(stock[CLOSE].qlike),
        "loss_market": digits(stock[STOCK].qlike),
        "loss_range": digits(stock[RANGE_MARKET].qlike),
        "band_instrument": _inside(stock[STOCK]),
        "band_portfolio": _inside(portfolio[PORTFOLIO]),
    }


def _not_won(found: Scores) -> dict[str, str]:
    earlier, ours = found.portfolios[_fitted("portfolio, close + market")], found.portfolios[PORTFOLIO_RANGE]
    stocks = found.stocks
    of_neutral = [f"{score.calm:.3f}" for score in found.of_neutral]
    t = sorted(_against_ewma(score) for score in found.of_neutral)
    return {
        "few_close": digits(found.few[CLOSE].qlike),
        "few_garch": digits(found.few[GARCH].qlike),
        "lost_ours": digits(ours.qlike),
        "lost_earlier": digits(earlier.qlike),
        "lost_ours_calm": digits(ours.calm),
        "lost_earlier_calm": digits(earlier.calm),
        "tied_ours": digits(stocks[RANGE_MARKET].qlike),
        "tied_earlier": digits(stocks[_fitted("instrument, range + market")].qlike),
        "neutral_year": digits(found.neutral[YEAR].calm),
        "neutral_ours": f"{', '.join(of_neutral[:-1])} and {of_neutral[-1]}",
        "neutral_t": f"{t[-1]:.1f} to {t[0]:.1f}".replace("-", "−"),
    }


def _fitted(name: str) -> str:
    return f"earlier: {name}, fitted before 2010"


def _inside(found: Score) -> str:
    return "" if found.band is None else f"{100 * found.band[1]:.0f}"


def _against_ewma(found: Score) -> float:
    t = found.t[1]
    if t is None:
        raise ValueError(f"{found.name}: it has no test against itself")
    return t


def gain(ours: Score, other: Score) -> float:
    """Return by how much of the other's loss ours is lower."""
    return 1 - ours.qlike / other.qlike


def check_the_words(found: Scores) -> None:
    """Raise with every sentence of the page that these scores do not support."""
    wrong = [*_wrong_levels(found), *_wrong_gains(found), *_wrong_order(found)]
    if wrong:
        raise RuntimeError("the page says what its numbers do not: " + "; ".join(wrong))


def _wrong_levels(found: Scores) -> Iterator[str]:
    biases = [score.bias for score in found.shipped]
    if not 0.0 < min(biases) <= max(biases) < 0.03:
        yield "all models showed a little too much, 3 % at most"
    if abs(found.stocks[ROLLING].bias) > found.stocks[STOCK].bias:
        yield "the last 21 sessions are closer in level"
    if max(abs(found.of(name).ratio - 1) for name in (STOCK, PORTFOLIO)) > 0.015:
        yield "month by month the ratio is 1"


def _wrong_gains(found: Scores) -> Iterator[str]:
    if abs(gain(found.few[CLOSE], found.few[GARCH])) > NEAR:
        yield "closes alone are level with GARCH"
    ours, theirs = found.portfolios[PORTFOLIO_RANGE], found.portfolios[_fitted("portfolio, close + market")]
    if not (ours.qlike > theirs.qlike and ours.calm < theirs.calm):
        yield "portfolios with ranges lose to the earlier form, and win without the crash"
    if abs(gain(found.stocks[RANGE_MARKET], found.stocks[_fitted("instrument, range + market")])) > NEAR / 4:
        yield "stocks with ranges and market are level with the earlier form"
    year = found.neutral[YEAR]
    if any(score.calm <= year.calm or score.qlike >= year.qlike for score in found.of_neutral):
        yield "a year's variance beats all models on neutral portfolios without the crash, and only there"
    if any(_against_ewma(score) < -2 for score in found.of_neutral):
        yield "on neutral portfolios no model beats the EWMA beyond chance"


def _wrong_order(found: Scores) -> Iterator[str]:
    ordered = sorted(LOSSES, key=lambda row: row.later)
    if any(found.of(a.method).qlike >= found.of(b.method).qlike for a, b in pairwise(ordered)):
        yield "the methods come in the order that had been noted"
    if any(found.of(row.method).qlike >= row.later for row in LOSSES):
        yield "every loss is lower than had been noted"


def noted_losses(found: Scores) -> dict[str, str]:
    """Return the losses noted before beside those of the page, and those that nothing here stands beside."""
    head = ["", "noted, 2010 on", "here", "every fifth session", "here, as shipped"]
    rows: list[list[str]] = []
    others: list[list[str]] = []
    for row in LOSSES:
        here, often = found.of(row.method), found.overlapping.get(row.method)
        shipped = None if row.shipped is None else found.of(row.shipped).qlike
        figures = [row.later, here.qlike, None if often is None else often.qlike, shipped]
        rows.append([_plainly(row), *map(digits, figures), *_noted_gains(found, row)])
        others.append([_plainly(row), *map(digits, (row.since_2004, row.since_2021, row.funds))])
    often = {row: found.overlapping.get(row.method) for row in LOSSES}
    way = [_way(found, row, other) for row, other in often.items() if other is not None]
    lower = [100 * (1 - found.of(row.method).qlike / row.later) for row in LOSSES]
    elsewhere = ["", "502 stocks, 2004-21", "492 stocks, 2021-26", "50 ETFs, 2010-26"]
    return {
        "noted_losses": table([*head, "to rolling 21, noted", "to rolling 21, here"], rows),
        "noted_elsewhere": table(elsewhere, others),
        "lower_least": f"{min(lower):.0f}",
        "lower_most": f"{max(lower):.0f}",
        "way_least": f"{min(way):.0f}",
        "way_most": f"{max(way):.0f}",
    }


def _way(found: Scores, row: NotedLoss, often: Overlapping) -> float:
    here = found.of(row.method).qlike
    return 100 * (often.qlike - here) / (row.later - here)


def _plainly(row: NotedLoss) -> str:
    return row.method.removesuffix(", fitted before 2010")


def _noted_gains(found: Scores, row: NotedLoss) -> list[str]:
    rolling = found.few[ROLLING] if row.method in found.few and row.method == GARCH else found.stocks[ROLLING]
    if row.method == ROLLING:
        return ["", ""]
    changes = (row.later / LOSSES[0].later - 1, -gain(found.of(row.method), rolling))
    return [f"{100 * change:+.0f} %" for change in changes]


def earlier_verdict(found: Scores, earlier: Sequence[EarlierRow]) -> str:
    """Say in a line a row how the shipped form did against the earlier one fitted on the same years."""
    sentences: list[str] = []
    for row in earlier:
        ours, theirs = found.of(COUNTERPARTS[row.row.name]), found.of(row.honest.name)
        verdicts = (_verdict(ours.qlike, theirs.qlike), _verdict(ours.calm, theirs.calm))
        sentences.append(f"- {ours.name}: {verdicts[0]}; without the crash {verdicts[1]}")
    return "Shipped form against the earlier form, both fitted before 2010:\n\n" + "\n".join(sentences)


def _verdict(ours: float, theirs: float) -> str:
    gap = round(ours, 3) - round(theirs, 3)
    word = "level" if gap == 0 else "better" if gap < 0 else "**worse**"
    return f"{ours:.3f} against {theirs:.3f}, {word}"


def noted_multipliers(earlier: Sequence[EarlierRow]) -> str:
    """Return k and the multipliers noted before beside those that the form needs on the panel."""
    rows: list[list[str]] = []
    for found in earlier:
        row = found.row
        rows.append([f"**{row.name}**, noted", f"{DISPLAY[row.own]:.2f}", digits(row.scale), _band(row.band)])
        for label, fitted in (
            ("printed coefficients, 2000-2020", found.kept),
            ("refitted on 2000-2020", found.whole),
            ("refitted before 2010", found.before),
        ):
            rows.append([label, digits(fitted.display), digits(fitted.scale), _band(fitted.band)])
    return table(["", "k", "scale", "10 % / 50 % / 90 %"], rows)


def multiplier_gaps(earlier: Sequence[EarlierRow]) -> dict[str, str]:
    """Return how far the noted multipliers and k lie from those of the printed coefficients, at most."""
    bands = [abs(a - b) for row in earlier for a, b in zip(row.row.band, row.kept.band, strict=True)]
    displays = [abs(DISPLAY[row.row.own] - row.kept.display) for row in earlier]
    return {"band_gap": digits(max(bands)), "display_gap": digits(max(displays), 2)}


def _band(band: tuple[float, float, float]) -> str:
    return " / ".join(digits(value) for value in band)
