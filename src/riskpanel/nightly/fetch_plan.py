"""What to ask of each symbol: what follows its stored prices, with an overlap, or all of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

import polars as pl

from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import InputError
from riskpanel.sources.calendar import previous_sessions, sessions_between
from riskpanel.sources.fetching import Wanted
from riskpanel.store.database import Store
from riskpanel.store.price_history import Span, load_closes_since, load_spans, load_wanted_symbols

OVERLAP = 20  # stored sessions that are asked for again, so that a changed past is noticed
_AT_ONCE = 200  # symbols whose stored ends are in memory together
_HOLES = 0.02  # share of sessions that a stored history may lack
_SHORT = 30  # stored rows below which the whole history is asked for


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
    """Symbols that lack prices, those that lack none, and how far what is stored of them reaches."""

    request: FetchRequest
    session: date
    behind: tuple[str, ...]
    current: tuple[str, ...]
    stored: Mapping[str, Span]

    def wanted(self, store: Store) -> Iterator[Wanted]:
        """Yield what to ask for, symbols with like ends together, so that few rows are in memory at once."""
        spans = self.stored
        order = sorted(self.behind, key=lambda one: (spans[one].last if one in spans else date.max, one))
        symbols = iter(order)
        while part := list(islice(symbols, _AT_ONCE)):
            yield from self._of(store, part)

    def _of(self, store: Store, symbols: list[str]) -> list[Wanted]:
        known = [one for one in symbols if one in self.stored]
        ends = [self._start(self.stored[one]) for one in known]
        with store.read() as conn:
            tails = load_closes_since(conn, known, min(ends) if ends else self.session)
        parts = tails.partition_by("symbol", as_dict=True)
        return [self._one(symbol, parts.get((symbol,), tails.clear())) for symbol in symbols]

    def _start(self, span: Span) -> date:
        """Return the first stored row that is needed to see whether a history continues it."""
        if self.request.force or _has_holes(span):
            return span.first
        return previous_sessions(span.last, OVERLAP + 1)[0]

    def _one(self, symbol: str, tail: pl.DataFrame) -> Wanted:
        rows = tail.select("date", "close", "adj_close")
        span, since = self.stored.get(symbol), self.request.since
        if span is None:
            return Wanted(symbol, since, since, self.session, rows)
        begin, start = min(span.first, since), self._start(span)
        rows = rows.filter(pl.col("date") >= start)
        if start == span.first:
            return Wanted(symbol, begin, begin, self.session, rows)
        return Wanted(symbol, begin, previous_sessions(span.last, OVERLAP)[0], self.session, rows)


def plan_fetch(store: Store, request: FetchRequest, *, session: date) -> FetchPlan:
    """Decide which symbols lack prices up to and with a session.

    Raises
    ------
    InputError
        When nothing is held and nothing named, a name is no symbol, or the first day is after the session.
    """
    if request.since > session:
        raise InputError(
            f"no session has been since then: {request.since}", hint=f"the last one is {session}"
        )
    named = tuple(dict.fromkeys(map(normalize_symbol, request.symbols)))
    with store.read() as conn:
        symbols = named or load_wanted_symbols(conn, on_day=session)
        stored = load_spans(conn, symbols)
    if not symbols:
        raise InputError(
            "nothing is held, so no symbol needs prices",
            hint="import positions first, or name symbols: riskpanel fetch AAPL SPY",
        )
    behind = tuple(one for one in symbols if request.force or _is_behind(stored.get(one), session))
    current = tuple(one for one in symbols if one not in set(behind))
    return FetchPlan(request, session, behind, current, stored)


def _is_behind(span: Span | None, session: date) -> bool:
    return span is None or span.last < session or _has_holes(span)


def _has_holes(span: Span) -> bool:
    """Tell whether so much is lacking that the ends alone would hide it."""
    sessions = sessions_between(span.first, span.last).size
    return span.rows < _SHORT or span.rows < sessions * (1 - _HOLES)
