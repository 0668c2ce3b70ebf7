"""Numbers, dates and reasons as people read them. None is an em dash; 0 is a number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from decimal import Context as Rounding
from typing import TypeAlias

from riskpanel.book.findings import Finding, causes, only_cash
from riskpanel.book.interpretation import volatility_bounds, volatility_level
from riskpanel.cli import reasons

Number: TypeAlias = float | Decimal | None

MISSING = "—"
MINUS = "−"
SPACE = "\u00a0"  # does not break between a number and its unit
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_COMPACT = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_COMPACT_FROM = 1e4
_WHOLE_FROM, _COMPACT_WHOLE_FROM = 1e3, 1e2  # amounts from which cents are left out
_NEXT_UNIT = 0.99995  # of a unit: what is below it is written in the unit before
_LISTED = 8
_ROUNDING = Rounding(prec=350, rounding=ROUND_HALF_UP)  # room for any float


def number(value: Number, digits: int = 0, *, signed: bool = False) -> str:
    """Write a number with thousands separators and a true minus.

    Examples
    --------
    >>> number(-1234.56, 1), number(0), number(-0.04, 1), number(None), number(3, signed=True)
    ('−1,234.6', '0', '0.0', '—', '+3')
    """
    known = _finite(value)
    if known is None:
        return MISSING
    text = _fixed(abs(known), digits)
    return _sign(known, text, signed=signed) + text


def percent(value: Number, digits: int = 1, *, signed: bool = False) -> str:
    """Write a decimal as percent: 0.159 is ``15.9 %``."""
    known = _finite(value)
    text = number(None if known is None else known * 100, digits, signed=signed)
    return text if text == MISSING else f"{text}{SPACE}%"


def points(value: Number) -> str:
    """Write a difference of two weights in percentage points, with its sign, without the unit."""
    known = _finite(value)
    return number(None if known is None else known * 100, 1, signed=True)


def beta(value: Number) -> str:
    """Write a beta, an R² or a multiple: 2 decimals."""
    return number(value, 2)


def money(value: Number, currency: str = "USD", *, compact: bool = False, signed: bool = False) -> str:
    """Write money, whole from 1,000 up; compact is ``$12.4k``, from 10,000 up.

    Examples
    --------
    >>> money(-29295.9951), money(12.4), money(0), money(-29295.9951, compact=True)
    ('−$29,296', '$12.40', '$0', '−$29.3k')
    """
    known = _finite(value)
    if known is None:
        return MISSING
    text = _compact(abs(known)) if compact else _full(abs(known))
    symbol = _SYMBOLS.get(currency, f"{currency}{SPACE}")
    return f"{_sign(known, text, signed=signed)}{symbol}{text}"


def _finite(value: Number) -> float | None:
    if value is None or (isinstance(value, Decimal) and not value.is_finite()) or not math.isfinite(value):
        return None
    return float(value)


def _sign(value: float, text: str, *, signed: bool) -> str:
    if not any(digit in text for digit in "123456789"):
        return ""  # what rounds to nothing has no sign
    if value < 0:
        return MINUS
    return "+" if signed else ""


def _full(size: float) -> str:
    return _short(size, _WHOLE_FROM)


def _compact(size: float) -> str:
    if size >= _COMPACT_FROM:
        for unit, letter in _COMPACT:
            if size / unit >= _NEXT_UNIT:
                return _fixed(size / unit, 1) + letter
    return _short(size, _COMPACT_WHOLE_FROM)


def _short(size: float, whole_from: float) -> str:
    """Write an amount with cents where it is small and has some."""
    return _fixed(size, 0 if size >= whole_from or size == round(size) else 2)


def _fixed(size: float, digits: int) -> str:
    """Write a size with thousands separators; halves go up, as in browsers."""
    return f"{_ROUNDING.quantize(Decimal(repr(size)), Decimal(1).scaleb(-digits)):,f}"


def day(value: date | None) -> str:
    """Write a date: ``28 Dec 2022``."""
    return MISSING if value is None else f"{value.day}{SPACE}{month(value)}"


def month(value: date) -> str:
    """Write a month: ``Dec 2022``."""
    return f"{_MONTHS[value.month - 1]}{SPACE}{value.year:04d}"


def ordinal(value: float) -> str:
    """Write a rank: ``46th``, ``1st``."""
    whole = math.floor(value + 0.5)
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{whole}{'th' if whole % 100 in (11, 12, 13) else suffix}"


def count(amount: int, noun: str) -> str:
    """Write a count with its noun: ``1 finding``, ``3 findings``."""
    return f"{amount:,}{SPACE}{noun}{'' if amount == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Write names with commas, the first eight of many."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding in words: what is the matter (with whom), what follows, and what to do."""

    what: str
    effect: str
    remedy: str


ONLY_CASH = Remark(
    "Only cash is held: there is nothing to measure.",
    "Sectors, concentration and all measures of risk are left out.",
    "Import positions: riskpanel import positions FILE",
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a sentence about a reason may name; ``index_stopped`` where the index has old prices only."""

    market_index: str = ""
    index_stopped: bool = False
    benchmark_age: int | None = None

    def fill(self, text: str) -> str:
        """Put the names into a sentence."""
        age = "long" if self.benchmark_age is None else count(self.benchmark_age, "day")
        return text.format(
            index=f" {self.market_index}" if self.market_index else "",
            symbol=self.market_index or "the market index",
            new=" new" if self.index_stopped else "",
            age=age,
        )


_NO_CONTEXT = Context()


def volatility_scale(volatility: float) -> str:
    """Say from where to where the level of a volatility goes: it is no comparison with the past."""
    low, high = volatility_bounds(volatility)
    if low is None or high is None:
        span = f"below {percent(high, 0)}" if low is None else f"{percent(low, 0)} or more"
    else:
        span = f"{number(low * 100)} to {percent(high, 0)}"
    return f"{volatility_level(volatility)} is {span} for any portfolio"


def why(reason: str | None, context: Context = _NO_CONTEXT) -> str:
    """Say in plain words why a number is missing."""
    return context.fill(_reason(reason)[0])


def remedy(reason: str | None, context: Context = _NO_CONTEXT, *, several: bool = False) -> str:
    """Say what to do about a missing number, of one symbol or of several."""
    one = _reason(reason)[1]
    return context.fill(reasons.PLURALS.get(reason or "", one) if several else one)


def describe_all(findings: Sequence[Finding], context: Context = _NO_CONTEXT) -> tuple[Remark, ...]:
    """Put findings into words, each cause once."""
    return tuple(_describe_cause(cause, context) for cause in causes(findings))


def _describe_cause(findings: Sequence[Finding], context: Context) -> Remark:
    first = describe(findings[0], context)
    if any(only_cash(finding) for finding in findings):
        return ONLY_CASH
    if len(findings) == 1 or findings[0].reason == "market_index_unpriced":
        return first
    if findings[0].kind == "missing" and not findings[0].symbols:
        return _describe_missing(findings, context)
    effects = dict.fromkeys(describe(finding, context).effect for finding in findings)
    return Remark(first.what, " ".join(effects), first.remedy)


def _describe_missing(findings: Sequence[Finding], context: Context) -> Remark:
    reason = findings[0].reason
    told, names = why(reason, context), [_metric(finding.metric) for finding in findings]
    lacking = ", ".join(name[0].lower() + name[1:] for name in names)
    return Remark(f"{told[0].upper()}{told[1:]}.", f"Not shown: {lacking}.", remedy(reason, context))


def _metric(name: str) -> str:
    return reasons.METRICS.get(name, name.replace("_", " ").capitalize())


def describe(finding: Finding, context: Context = _NO_CONTEXT) -> Remark:
    """Put a finding into words."""
    metric = _metric(finding.metric)
    known = reasons.SPECIFIC.get((finding.metric, finding.reason))
    if known is None:
        what, effect = f"{metric}: {why(finding.reason, context)}", _effect(finding.kind, metric)
    else:
        what, effect = (context.fill(text) for text in known)
    names = f": {listed(finding.symbols)}" if finding.symbols else ""
    several = len(finding.symbols) > 1
    return Remark(f"{what}{names}.", effect, remedy(finding.reason, context, several=several))


def _effect(kind: str, metric: str) -> str:
    if kind == "missing":
        return f"{metric} is not shown."
    if kind == "partial":
        return f"{metric} leaves them out; its coverage says how much is left."
    return "Shown as computed; look before relying on it."


def _reason(reason: str | None) -> tuple[str, str]:
    if reason is None:
        return reasons.NOT_STORED
    return reasons.REASONS.get(reason, (reason.replace("_", " "), reasons.NOT_STORED[1]))
