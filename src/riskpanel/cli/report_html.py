"""The page of a portfolio as one HTML file: styles and charts inline, nothing fetched, no script."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined

from riskpanel.cli import words
from riskpanel.cli.shapes import Bar, Bars, Card, History, Page, Scale, Table

_WIDTH, _HEIGHT = 1000.0, 400.0  # of the drawing, stretched to its card
_FUTURE = 0.12  # share of the width that shows what is expected next
_GRID_LINES = 4
_HEADROOM = 1.03  # room for a mark at the end of the axis
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SPANS = {
    "volatility": 7,
    "beta": 5,
    "sectors": 7,
    "concentration": 5,
    "tail": 5,
    "correlation": 7,
}


@dataclass(frozen=True, slots=True)
class GridLine:
    """A horizontal line: height in percent from the top, and its label."""

    top: float
    label: str
    zero: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """One session of a line chart: where it is and what it says."""

    left: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class LineDrawing:
    """A line chart: paths in the drawing's own units, everything else in percent."""

    paths: tuple[str, ...]
    fan: str
    middle: str
    grid: tuple[GridLine, ...]
    moments: tuple[Moment, ...]
    end: tuple[float, float] | None
    today: float


@dataclass(frozen=True, slots=True)
class BarDrawing:
    """A bar, its mark and the zero line, in percent of the width."""

    left: float
    width: float
    mark: float | None
    zero: float


def render_html(page: Page, *, sessions_behind: int = 0) -> str:
    """Write the whole file; ``sessions_behind`` is how old the page is where that is to be said, else 0."""
    environment = Environment(
        loader=PackageLoader("riskpanel.cli"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {  # pyright: ignore[reportAttributeAccessIssue]
        "day": words.day,
        "month": words.month,
        "share": words.percent,
        "span": lambda card: _SPANS.get(card.key, 12),  # pyright: ignore
        "draw_line": draw_line,
        "draw_bar": draw_bar,
        "place": place,
        "tables": chart_tables,
    }
    return environment.get_template("report.html.j2").render(
        page=page, stale=f"Stale: {words.count(sessions_behind, 'session')}" if sessions_behind else ""
    )


def draw_line(history: History) -> LineDrawing | None:
    """Lay out a line chart; None when there are fewer than two values to draw."""
    first = history.series[0][1]
    if sum(value is not None for value in first) < 2:
        return None
    low, high, step = _axis([x for _, values in history.series for x in values], history.band)
    today = 1 - _FUTURE if history.band else 1.0

    def down(value: float) -> float:
        return (high - value) / (high - low)

    slots = max(len(history.dates) - 1, 1)
    ends = [(at, value) for at, value in enumerate(first) if value is not None]
    at, value = ends[-1]
    fan, middle = _fan(history.band, value, today, down)
    return LineDrawing(
        paths=tuple(_path(values, today, slots, down) for _, values in history.series),
        fan=fan,
        middle=middle,
        grid=tuple(_grid(low, high, step, history.write)),
        moments=tuple(_moments(history, today)),
        end=(100 * today * at / slots, 100 * down(value)),
        today=100 * today,
    )


def _axis(values: Iterable[float | None], band: Sequence[float] | None) -> tuple[float, float, float]:
    """Return both ends, which hold 0, and a round step."""
    known = [value for value in values if value is not None] + list(band or ())
    low, high = min(0.0, *known), max(0.0, *known)
    rough = ((high - low) or 1.0) / _GRID_LINES
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * scale for factor in _STEPS if factor * scale >= rough * 0.999)
    return math.floor(low / step) * step, max(math.ceil(high / step), 1) * step, step


def _grid(low: float, high: float, step: float, write: Callable[[float], str]) -> Iterable[GridLine]:
    for line in range(round((high - low) / step) + 1):
        value = low + line * step
        label = write(value).replace(f".0{words.SPACE}", words.SPACE)
        yield GridLine(100 * (high - value) / (high - low), label, zero=abs(value) < step / 2)


def _path(values: Sequence[float | None], today: float, slots: int, down: Callable[[float], float]) -> str:
    """Draw a line that breaks where a value is missing."""
    parts: list[str] = []
    for known, run in groupby(enumerate(values), key=lambda pair: pair[1] is not None):
        if known:
            points = [
                f"{_WIDTH * today * at / slots:.1f} {_HEIGHT * down(value):.1f}"
                for at, value in run
                if value is not None
            ]
            parts.append(f"M{'L'.join(points)}")
    return "".join(parts)


def _fan(
    band: tuple[float, float, float] | None, now: float, today: float, down: Callable[[float], float]
) -> tuple[str, str]:
    if band is None:
        return "", ""
    x = f"{_WIDTH * today:.1f}"
    low, middle, high = (f"{_WIDTH:.0f} {_HEIGHT * down(value):.1f}" for value in band)
    start = f"M{x} {_HEIGHT * down(now):.1f}L"
    return f"{start}{high}L{low}Z", f"{start}{middle}"


def _moments(history: History, today: float) -> Iterable[Moment]:
    width = 100 * today / max(len(history.dates) - 1, 1)
    for at, when in enumerate(history.dates):
        numbers = ", ".join(f"{name} {history.write(values[at])}" for name, values in history.series)
        left = max(width * (at - 0.5), 0.0)
        yield Moment(left, min(width, 100 * today - left), f"{words.day(when)}: {numbers}")


def draw_bar(bars: Bars, bar: Bar) -> BarDrawing:
    """Lay out one bar on the axis of all."""
    low, high = bars.ends
    reach = ((high - low) or 1.0) * _HEADROOM

    def at(value: float) -> float:
        return 100 * (value - low) / reach

    value = bar.value or 0.0
    return BarDrawing(
        left=at(min(value, 0.0)),
        width=100 * abs(value) / reach,
        mark=None if bar.mark is None else at(bar.mark),
        zero=at(0.0),
    )


def place(scale: Scale, value: float) -> float:
    """Return where a value is on a scale, in percent."""
    return 100 * min(max((value - scale.low) / (scale.high - scale.low), 0.0), 1.0)


def chart_tables(card: Card) -> list[tuple[str, Table]]:
    """Return the numbers behind the charts of a card."""
    tables: list[tuple[str, Table]] = []
    if card.bars is not None:
        rows = tuple((bar.label, *(cell or "" for cell in bar.cells)) for bar in card.bars.rows)
        tables.append((card.title, Table(card.bars.heads, rows)))
    if card.shares:
        rows = tuple((name, words.percent(share)) for name, share in card.shares)
        tables.append(("Share of gross exposure", Table(("Position", "Share"), rows)))
    if card.history is not None and card.history.dates:
        tables.append((card.history.title, _history_table(card.history)))
    return tables


def _history_table(history: History) -> Table:
    columns = [[history.write(value) for value in values] for _, values in history.series]
    days = [words.day(when) for when in history.dates]
    rows = tuple(zip(days, *columns, strict=True))
    return Table(("Day", *(name.capitalize() for name, _ in history.series)), rows[::-1])
