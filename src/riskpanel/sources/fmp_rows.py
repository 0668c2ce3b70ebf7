"""Rows of FMP's answers: their texts, numbers and days, whatever they are written as."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

from riskpanel.sources.protocol import UnusableError

Row = Mapping[str, object]
_NOTHING = {"", "nan", "none", "null", "n/a"}
_CLASSES = {"INDEX": "index", "CRYPTO": "crypto", "FOREX": "currency", "COMMODITY": "future"}


def asset_class_of(symbol: str, row: Row) -> str | None:
    """Return what a profile says that a symbol is; None where it does not say."""
    listed = _CLASSES.get((text_of(row, "exchange") or "").upper())
    if listed is not None or symbol.startswith("^"):
        return listed or "index"
    flags = [(text_of(row, flag) or "").casefold() for flag in ("isEtf", "isFund")]
    if "true" in flags:
        return "etf" if flags[0] == "true" else "fund"
    return "equity" if flags == ["false", "false"] else None


def require_symbol(path: str, symbol: str, rows: Sequence[Row]) -> None:
    """Refuse rows of another symbol."""
    for row in rows:
        if (text_of(row, "symbol") or "").casefold() != symbol.casefold():
            raise UnusableError(f"fmp: {path}: asked for {symbol}, got {text_of(row, 'symbol')}")


def day_of(path: str, row: Row) -> date:
    """Return the day of a row."""
    text = text_of(row, "date") or "none"
    try:
        return date.fromisoformat(text[:10] if text[4:5] == "-" else "")
    except ValueError:
        raise UnusableError(f"fmp: {path}: not a date: {text[:40]}") from None


def text_of(row: Row, field: str) -> str | None:
    """Return a text; None where there is none."""
    value = row.get(field)
    return None if value is None else str(value).strip() or None


def number_of(row: Row, field: str) -> float | None:
    """Return a number that may be text, with or without a percent sign; None where none is given."""
    if field not in row:
        raise UnusableError(f"fmp: a row has no {field}: it has {', '.join(row)[:200]}")
    text = str(row[field]).strip().removesuffix("%").strip()
    if text.casefold() in _NOTHING:
        return None
    try:
        number = float(text)
    except ValueError:
        raise UnusableError(f"fmp: {field} is not a number: {text[:40]}") from None
    return number if math.isfinite(number) else None
