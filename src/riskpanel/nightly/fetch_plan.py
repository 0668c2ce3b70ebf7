"""What to ask of each symbol: what follows its stored prices, with an overlap, or all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import InputError
from riskpanel.sources.calendar import previous_sessions
from riskpanel.sources.fetching import Wanted
from riskpanel.sources.price_gate import LastRow
from riskpanel.store.database import Store
from riskpanel.store.price_history import Span, load_closes_since, load_spans, load_wanted_symbols

OVERLAP = 20  # stored sessions that are asked for again, so that a changed past is noticed


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """Whose prices to fetch, all that are held where ``symbols`` is empty, and from when on.

    ``force`` asks for the whole history again, also where nothing is missing.
    """

    symbols: tuple[str, ...]
    since: date
    force: bool = False


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """What to ask for, by symbol, and the symbols whose prices are there already, with their last session."""

    wanted: tuple[Wanted, ...]
    current: tuple[tuple[str, date], ...]
    stored: Mapping[str, Span]


def plan_fetch(store: Store, request: FetchRequest, *, session: date) -> FetchPlan:
    """Decide what to ask for, up to and with a session.

    Raises
    ------
    InputError
        When nothing is held and nothing named, or a name is no symbol.
    """
    named = tuple(dict.fromkeys(map(normalize_symbol, request.symbols)))
    with store.read() as conn:
        symbols = named or load_wanted_symbols(conn)
        if not symbols:
            raise InputError(
                "nothing is held, so no symbol needs prices",
                hint="import positions first, or name symbols: riskpanel fetch AAPL SPY",
            )
        stored = load_spans(conn, symbols)
        behind = [one for one in symbols if request.force or _is_behind(stored.get(one), session)]
        ends = [stored[one].last for one in behind if one in stored and not request.force]
        first = previous_sessions(min(ends), OVERLAP + 1)[0] if ends else session
        tails = load_closes_since(conn, [one for one in behind if one in stored], first)
    parts = tails.partition_by("symbol", as_dict=True)
    none = tails.clear()
    wanted = [
        _wanted(one, stored.get(one), parts.get((one,), none), request, session) for one in sorted(behind)
    ]
    current = tuple((one, stored[one].last) for one in symbols if one not in set(behind))
    return FetchPlan(tuple(wanted), current, stored)


def _is_behind(span: Span | None, session: date) -> bool:
    return span is None or span.last < session


def _wanted(
    symbol: str, span: Span | None, tail: pl.DataFrame, request: FetchRequest, session: date
) -> Wanted:
    rows = tail.select("date", "close", "adj_close")
    if span is None:
        return Wanted(symbol, request.since, request.since, session, rows, None)
    begin = min(span.first, request.since)
    if request.force:
        return Wanted(symbol, begin, begin, session, rows, None)
    overlap = previous_sessions(span.last, OVERLAP + 1)
    first = overlap[1]
    return Wanted(
        symbol=symbol,
        begin=begin,
        first=first,
        last=session,
        stored=rows.filter(pl.col("date") >= first),
        before=_row_before(rows.filter(pl.col("date") < first)),
    )


def _row_before(rows: pl.DataFrame) -> LastRow | None:
    if rows.is_empty():
        return None
    close, adj_close = rows.select("close", "adj_close").row(-1)
    return LastRow(close, adj_close)
