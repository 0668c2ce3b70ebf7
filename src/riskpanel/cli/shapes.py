"""What a page is made of: figures, charts and cards, as texts and numbers, for every kind of output."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from riskpanel.book.complete import CompleteDocument
from riskpanel.cli import words
from riskpanel.cli.words import Remark

Tone: TypeAlias = Literal["more", "less", "calm"]
"""More risk or a loss, less risk or a gain, or neither; always beside a word, a sign or an arrow."""

_FULL = 0.9995  # what rounds to 100.0 %


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


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts; the first ``text_columns`` hold words, the others numbers."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1


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


def absence(document: CompleteDocument, metric: str) -> str:
    """Say why a metric is missing and what to do about it."""
    reason = document.data_quality.missing.get(metric)
    return f"Not available: {words.why(reason)}. {words.remedy(reason)}"


def covers(share: float | None) -> str:
    """Name the share of gross exposure that has the estimate; nothing to say when all has."""
    return "" if share is None or share >= _FULL else f"covers {words.percent(share, 0)}"
