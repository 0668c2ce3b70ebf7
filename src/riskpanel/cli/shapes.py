"""What a page is made of: figures, charts and cards, as texts and numbers, for every kind of output."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from riskpanel.book.complete import CompleteDocument
from riskpanel.cli import words
from riskpanel.cli.words import Context, Remark

Tone: TypeAlias = Literal["more", "less", "calm"]
"""More risk or a loss, less risk or a gain, or neither; always beside a word, a sign or an arrow."""

_FULL = 0.9995  # what rounds to 100.0 %
_BARELY = 0.99  # the most that is said of what is not all
_MOST = 0.8  # coverage from which a number stands for the whole portfolio


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the strip; ``reason`` says why it is missing."""

    label: str
    value: str
    detail: str = ""
    tone: Tone = "calm"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """A value on a quiet scale from ``low`` to ``high``; ``ticks`` are (at, name), ``span`` an interval."""

    title: str
    value: float | None
    text: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A year of one or two series, as stored on each day; ``band`` is the next (low, expected, high)."""

    title: str
    dates: tuple[date, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    write: Callable[[float | None], str]
    band: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart; ``cells`` are the texts beside it, ``mark`` the benchmark."""

    label: str
    value: float | None
    cells: tuple[str, ...]
    mark: float | None = None
    tone: Tone = "calm"


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars on one axis; ``heads`` name the label and the cells, ``mark`` what the marks are."""

    heads: tuple[str, ...]
    rows: tuple[Bar, ...]
    mark: str = ""

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the axis; it always holds 0."""
        values = [x for bar in self.rows for x in (bar.value, bar.mark) if x is not None]
        return min(0.0, *values, 0.0), max(0.0, *values, 0.0)

    def without(self, head: str) -> "Bars":
        """Return the same bars without one column of texts; the marks stay."""
        if head not in self.heads[1:]:
            return self
        at = self.heads.index(head)
        rows = tuple(replace(bar, cells=bar.cells[: at - 1] + bar.cells[at:]) for bar in self.rows)
        return replace(self, heads=self.heads[:at] + self.heads[at + 1 :], rows=rows)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts; the first ``text_columns`` hold words, the others numbers.

    A ``square`` one keeps its columns on a narrow screen, where others become lists, and its negative
    numbers are not coloured: they are no losses.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    square: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One question answered: the number, what it means, the picture, the facts behind it.

    ``shares`` are (name, share) of a whole; ``notes`` are warnings.
    """

    key: str
    title: str
    headline: str = ""
    level: str = ""
    aside: str = ""
    tone: Tone = "calm"
    sentence: str = ""
    facts: tuple[str, ...] = ()
    coverage: str = ""
    notes: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    scale: Scale | None = None
    history: History | None = None
    bars: Bars | None = None
    table: Table | None = None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that is shown of one portfolio on one session."""

    name: str
    as_of: date
    strip: tuple[Figure, ...]
    health: Figure
    cards: tuple[Card, ...]
    provenance: str


def context_of(document: CompleteDocument) -> Context:
    """Collect what sentences about this document may name."""
    cells, when = document.snapshot, document.snapshot["sector_benchmark_date"]
    # Without any price of the index no holding can be called stale: that word needs a day of both.
    return Context(
        cells["market_index"] or document.portfolio.market_index,
        index_stopped=any(holding.reasons.get("beta") == "stale" for holding in document.holdings),
        benchmark_age=None if when is None else (cells["snapshot_date"] - when).days,
    )


def why(document: CompleteDocument, metric: str) -> str:
    """Say why a metric is missing."""
    return words.why(document.data_quality.missing.get(metric), context_of(document))


def absence(document: CompleteDocument, metric: str) -> str:
    """Say why a metric is missing and what to do about it."""
    remedy = words.remedy(document.data_quality.missing.get(metric), context_of(document))
    return f"Not known: {why(document, metric)}. {remedy}"


def covers(share: float | None) -> str:
    """Name the share of gross exposure that has the estimate; nothing to say when all has."""
    return "" if share is None or share >= _FULL else f"covers {words.percent(min(share, _BARELY), 0)}"


def speaks_for_all(coverage: float | None) -> bool:
    """Say whether so much is covered that a number may be given a level for the whole portfolio."""
    return coverage is None or coverage >= _MOST


def measured_part(coverage: float | None) -> str:
    """Say of which part a number speaks that cannot stand for the whole portfolio; else nothing."""
    if speaks_for_all(coverage):
        return ""
    share = words.percent(coverage, 0)
    return f" Measured from the {share} of exposure with real returns; the rest is imputed or left out."


def only_cash(document: CompleteDocument) -> bool:
    """Say whether no position is held."""
    return document.snapshot["positions_count"] == 0


def of_cash(card: Card) -> Card:
    """Say on a card that there is nothing to measure; its past, if any, stays."""
    return Card(card.key, card.title, sentence="Only cash is held.", history=card.history)


def remarks(document: CompleteDocument) -> tuple[Remark, ...]:
    """Put the findings into words, each cause once."""
    return words.describe_all(document.data_quality.findings, context_of(document))


def holding_notes(document: CompleteDocument) -> tuple[str, ...]:
    """Say which statistics of holdings are missing and why; where the index is the cause, once."""
    context = context_of(document)
    of_index = "market_index_unpriced" in {finding.reason for finding in document.data_quality.findings}
    notes: set[str] = set()
    for holding in document.holdings:
        for field, reason in holding.reasons.items():
            if field == "beta" and holding.price is not None and of_index:
                notes.add(f"No beta: {words.why('market_index_unpriced', context)}.")
            elif field in {"beta", "realized_volatility_21d"}:
                notes.add(f"{holding.symbol}: {words.why(reason, context)}")
    return tuple(sorted(notes))
