"""One symbol's prices from a chain of sources: what fits what is stored, and which rows can be saved."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import cast

import polars as pl

from riskpanel.sources.chain import Answer, Chain, NobodyError, Refusal, refusal
from riskpanel.sources.confirming import Second, confirm, mendable
from riskpanel.sources.continuity import compare
from riskpanel.sources.price_gate import Gated, gate
from riskpanel.sources.protocol import NotThereError, Source, SourceError, UnusableError

_AROUND = timedelta(days=20)  # of bad rows, so that both sources can be compared


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to ask of a symbol: from ``first`` to ``last``, or where the past has changed from ``begin`` on.

    ``stored`` has date, close and adj_close of the newest stored rows, all since ``first`` among them.
    """

    symbol: str
    begin: date
    first: date
    last: date
    stored: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Fetched:
    """Prices of a symbol that may be saved.

    ``gated`` are its rows, given by ``source``; ``tried`` are the others that were asked. ``whole`` says that
    the past has changed, and all of it was asked for. ``second`` is what another source said of bad rows.
    """

    symbol: str
    source: str
    gated: Gated
    whole: bool
    tried: tuple[Refusal, ...] = ()
    second: Second | None = None

    @property
    def last(self) -> date:
        """Its last session."""
        return cast(date, self.gated.good["date"].max())

    @property
    def reach(self) -> tuple[date, int]:
        """How good it is against another source's: its last session, then how many it has."""
        return self.last, self.gated.good.height


def fetch_symbol(chain: Chain, wanted: Wanted, *, today: date, besides: Sequence[str] = ()) -> Fetched:
    """Ask for the prices of a symbol, and let another source say what bad rows are.

    A source whose prices cannot be used, or that lacks the last session, is followed by the next one; where
    none has that session, the one that reaches furthest is taken.

    Raises
    ------
    NobodyError
        When no source has usable prices.
    """
    tried: list[Refusal] = []
    best: Fetched | None = None
    for found in _usable(chain, wanted, today, besides, tried):
        best = found if best is None or found.reach > best.reach else best
        if best.last >= wanted.last:
            break
        tried.append(Refusal(found.source, f"its last session is {found.last}"))
    if best is None:
        raise NobodyError(tried)
    told = tuple(one for one in tried if one.source != best.source)
    return _with_second(chain, wanted, replace(best, tried=told), today)


def _usable(
    chain: Chain, wanted: Wanted, today: date, besides: Sequence[str], tried: list[Refusal]
) -> Iterator[Fetched]:
    """Yield what each source in turn has, where it can be used; note the others."""
    passed = set(besides)
    while True:
        try:
            answer = chain.ask("history", _history(wanted, wanted.first), besides=tuple(passed))
        except NobodyError as error:
            tried.extend(error.refused)
            return
        tried.extend(answer.refused)
        passed |= {answer.source, *(one.source for one in answer.refused)}
        try:
            yield _judged(chain, wanted, answer, today)
        except SourceError as error:
            tried.append(refusal(answer.source, error))


def _history(wanted: Wanted, first: date) -> Callable[[Source], pl.DataFrame]:
    return lambda source: source.history(wanted.symbol, first, wanted.last)


def _judged(chain: Chain, wanted: Wanted, answer: Answer[pl.DataFrame], today: date) -> Fetched:
    """Compare with what is stored, ask for the whole past where it has changed, and pass the gate."""
    history = answer.value
    whole = _has_changed(wanted, history, last_word=wanted.first <= wanted.begin)
    if whole and wanted.first > wanted.begin:
        only = chain.ask("history", _history(wanted, wanted.begin), only=answer.source)
        history = only.value
        _has_changed(wanted, history, last_word=True)
    first = history["date"].min()
    before = wanted.stored.filter(pl.col("date") < first).tail(1)
    gated = gate(wanted.symbol, history, today=today, before=None if whole else before)
    if gated.unsplit is not None:
        raise UnusableError(gated.unsplit)
    if gated.good.is_empty():
        raise NotThereError("no row of it is a price" if gated.bad.height else "no prices")
    return Fetched(wanted.symbol, answer.source, gated, whole)


def _has_changed(wanted: Wanted, history: pl.DataFrame, *, last_word: bool) -> bool:
    """Tell whether the past has changed; refuse what is no continuation of what is stored."""
    if wanted.stored.is_empty():
        return False
    met = compare(wanted.stored, history)
    if met.other:
        raise UnusableError("its prices are of another series than the stored ones")
    if met.raw:
        raise UnusableError("its closes are not adjusted for dividends, and the stored ones are")
    if met.common == 0 and last_word:
        raise UnusableError("it has no session in common with what is stored, so they cannot be compared")
    return met.moved or met.common == 0


def _with_second(chain: Chain, wanted: Wanted, found: Fetched, today: date) -> Fetched:
    """Ask another source about bad rows."""
    suspect = mendable(found.gated)
    if suspect.is_empty():
        return found
    first, last = cast("tuple[date, date]", suspect.select(a=pl.min("date"), b=pl.max("date")).row(0))
    around = replace(wanted, first=first - _AROUND, last=min(last + _AROUND, wanted.last))
    try:
        answer = chain.ask("history", _history(around, around.first), besides=(found.source,))
    except NobodyError:
        return found
    other = gate(wanted.symbol, answer.value, today=today)
    if other.unsplit is not None:
        return found
    gated, second = confirm(found.gated, other, answer.source)
    return replace(found, gated=gated, second=second)
