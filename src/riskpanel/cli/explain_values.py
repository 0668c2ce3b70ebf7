"""Values as people read them, by the kind of each metric: a few words of what a document holds."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from riskpanel.book.complete import Cell
from riskpanel.book.explanations import Metric
from riskpanel.cli import words

_NAMED = 5  # of many


def shown(metric: Metric, value: Cell, currency: str, *, brief: bool = False) -> str:
    """Write a value for people; None is an em dash. A brief document is a count of what it holds."""
    if value is None:
        return words.MISSING
    if metric.shown == "money":
        return words.money(value, currency)
    if brief and metric.shown in _COUNTED:
        noun, count = _COUNTED[metric.shown]
        return words.count(count(value), noun) if count(value) else "none"
    return _WRITTEN[metric.shown](value)


def stored(value: Cell) -> str:
    """Write a value as it is stored, with all its digits; of a document only that it is one."""
    if isinstance(value, Mapping | list):
        return "a document; --json prints it"
    return words.MISSING if value is None else str(value)


def change(metric: Metric, before: Cell, after: Cell, currency: str) -> str:
    """Say by how much a number is another one, in the unit in which it is shown; of others nothing.

    Where both are shown alike, it is told as a share of the number.
    """
    if not isinstance(before, float | int | Decimal) or not isinstance(after, float | int | Decimal):
        return ""
    if shown(metric, before, currency) == shown(metric, after, currency):
        return _apart(abs(float(after) - float(before)) / abs(float(before) or 1.0))
    moved = float(after) - float(before)
    if metric.shown == "money":
        return words.money(moved, currency, signed=True)
    if metric.shown in {"percent", "return"}:
        return f"{words.number(moved * 100, 2, signed=True)} points"
    digits = _DIGITS.get(metric.shown)
    return (
        f"{moved:+.2g}".replace("-", words.MINUS)
        if digits is None
        else words.number(moved, digits, signed=True)
    )


def _apart(share: float) -> str:
    if share < _LAST_DIGITS:
        return "other last digits"
    known = words.percent(share, 2) if share >= _LEAST_SHOWN else f"under {words.percent(_LEAST_SHOWN, 2)}"
    return f"{known} apart"


_LAST_DIGITS, _LEAST_SHOWN = 1e-9, 1e-4
_DIGITS: Mapping[str, int] = {
    "ratio": 2,
    "tenths": 1,
    "count": 0,
    "points": 0,
    "percentile": 0,
    "variance": 4,
}


def broken(text: str, room: int) -> str:
    """Break a value into lines that are no wider than its column, between words or after underscores."""
    lines = [""]
    for part in re.findall(r"[^\s_]+(?:_|\s|$)|_", text):
        if len(lines[-1]) + len(part.rstrip()) > room and lines[-1]:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def _percentile(value: float) -> str:
    return f"{words.ordinal(value)} percentile"


def _few(entries: Sequence[tuple[str, float]]) -> str:
    """Name the largest shares and count the others."""
    largest = sorted(entries, key=lambda entry: -abs(entry[1]))
    named = ", ".join(f"{name}{words.SPACE}{words.percent(share)}" for name, share in largest[:_NAMED])
    more = len(largest) - _NAMED
    return named + (f" and {more:,} more" if more > 0 else "") if largest else "none"


def _positions(value: Sequence[Mapping[str, Any]]) -> str:
    return _few([(one["symbol"], one["share"]) for one in value])


def _sectors(value: Mapping[str, Mapping[str, Any]]) -> str:
    return _few([(name, part["portfolio"]) for name, part in value.items() if part["portfolio"]])


def _contributions(value: Mapping[str, float | None]) -> str:
    return _few([(symbol, share) for symbol, share in value.items() if share is not None])


def _correlation(value: Mapping[str, Sequence[object]]) -> str:
    known = [one for one in value["coefficients"] if one is not None]
    return f"{words.count(len(known), 'pair')} of {words.count(len(value['symbols']), 'position')}"


_COUNTED: Mapping[str, tuple[str, Callable[[Cell], int]]] = {
    "positions": ("position", len),
    "sectors": ("sector", len),
    "funds": ("fund", len),
    "contributions": ("position", len),
    "correlation": ("pair", lambda value: len(value["coefficients"])),
}
_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "percent": words.percent,
    "return": lambda value: words.percent(value, 2, signed=True),
    "tenths": lambda value: words.number(value, 1),
    "ratio": words.beta,
    "count": words.number,
    "points": words.number,
    "percentile": _percentile,
    "probability": lambda value: f"{value:.2g}",
    "variance": lambda value: words.number(value, 4),
    "word": str,
    "flag": lambda value: "yes" if value else "no",
    "date": words.day,
    "positions": _positions,
    "sectors": _sectors,
    "funds": _positions,
    "contributions": _contributions,
    "correlation": _correlation,
}
