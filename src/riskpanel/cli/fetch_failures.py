"""Symbols that could not be fetched, those of one cause together."""

import re
from collections.abc import Sequence

from riskpanel.nightly.fetch_reports import SymbolFetch

_NAMED = 3  # symbols of one cause


def grouped(symbols: Sequence[SymbolFetch]) -> list[list[SymbolFetch]]:
    """Put failures of one cause together, where the first of them stands; others stay alone."""
    groups: dict[tuple[str, str], list[SymbolFetch]] = {}
    for one in symbols:
        key = ("failed", _shared(one)) if one.status == "failed" else ("", one.symbol)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def cause(same: Sequence[SymbolFetch]) -> str:
    """Say why symbols failed, as of the first; of several with "…" where the text names it."""
    return _shared(same[0]) if len(same) > 1 else same[0].error or ""


def named(same: Sequence[SymbolFetch]) -> str:
    """Name the first symbols, and count the others."""
    more = len(same) - _NAMED
    names = ", ".join(one.symbol for one in same[:_NAMED])
    return f"{names} and {more:,} more" if more > 0 else names


def _shared(one: SymbolFetch) -> str:
    return re.sub(rf"(?<![\w^-]){re.escape(one.symbol)}(?![\w-])", "…", one.error or "")
