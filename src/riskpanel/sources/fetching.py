"""One symbol's prices from a chain of sources: what fits what is stored, and which rows can be saved."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import cast

import polars as pl

from riskpanel.sources.chain import Answer, Chain, NobodyError, Refusal
from riskpanel.sources.confirming import Second, confirm, mendable
from riskpanel.sources.price_gate import Gated, LastRow, gate
from riskpanel.sources.protocol import (
    NotThereError,
    Source,
    SourceError,
    SourceFailedError,
)

MOVED = 5e-4  # relative change of a stored price that rounding does not explain
_AROUND = timedelta(days=20)  # of suspect rows, so that both sources can be compared


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to ask of a symbol: from ``first`` to ``last``, or where the past has changed from ``begin`` on.

    ``stored`` has date, close and adj_close of the stored rows since ``first``; ``before`` is the one before.
    """

    symbol: str
    begin: date
    first: date
    last: date
    stored: pl.DataFrame
    before: LastRow | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What splits and dividends since have made of the stored prices: new over old."""

    close: float
    adj_close: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """Prices of a symbol that may be saved.

    ``gated`` are its rows, given by ``source``; ``tried`` are the others that were asked. Where the past has
    changed, ``factors`` say by how much, and the whole past was asked for. ``second`` is what another source
    said of bad rows.
    """

    symbol: str
    source: str
    gated: Gated
    factors: Factors | None
    tried: tuple[Refusal, ...] = ()
    second: Second | None = None

    @property
    def last(self) -> date:
        """Its last session."""
        return cast(date, self.gated.good["date"].max())


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
        best = found if best is None or found.last > best.last else best
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
            tried.append(Refusal(answer.source, error.what, isinstance(error, NotThereError)))


def _history(wanted: Wanted, first: date) -> Callable[[Source], pl.DataFrame]:
    return lambda source: source.history(wanted.symbol, first, wanted.last)


def _judged(chain: Chain, wanted: Wanted, answer: Answer[pl.DataFrame], today: date) -> Fetched:
    """Compare with what is stored, ask for the whole past where it has changed, and pass the gate."""
    factors, history, before = _factors(wanted.stored, answer.value), answer.value, wanted.before
    if factors is not None:
        whole = chain.ask("history", _history(wanted, wanted.begin), only=answer.source)
        history, before = whole.value, None
    gated = gate(wanted.symbol, history, today=today, before=before)
    if gated.unsplit is not None:
        raise SourceFailedError(gated.unsplit)
    if gated.good.is_empty():
        raise NotThereError("no row of it is a price" if gated.bad.height else "no prices")
    return Fetched(wanted.symbol, answer.source, gated, factors)


def _factors(stored: pl.DataFrame, history: pl.DataFrame) -> Factors | None:
    """Say how the oldest common row has changed, where any has; None where all agree or none is common."""
    both = history.select("date", "close", "adj_close").drop_nulls()
    both = stored.join(both, on="date", how="inner", suffix="_new").sort("date")
    ratios = both.select(
        close=pl.col("close_new") / pl.col("close"), adj_close=pl.col("adj_close_new") / pl.col("adj_close")
    )
    moved = ratios.filter(((pl.col("close") - 1).abs() > MOVED) | ((pl.col("adj_close") - 1).abs() > MOVED))
    return None if moved.is_empty() else Factors(*ratios.row(0))


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
    gated, second = confirm(found.gated, other, answer.source)
    return replace(found, gated=gated, second=second)
