"""Prices, profiles and sector weights from Financial Modeling Prep: its stable interface, with a key."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from threading import Event
from typing import cast

import polars as pl

from riskpanel.sources.fmp_rows import Row, asset_class_of, day_of, number_of, require_symbol, text_of
from riskpanel.sources.protocol import (
    HISTORY,
    LabelledWeights,
    Member,
    NotThereError,
    Profile,
    SourceClosedError,
    SourceError,
    SourceFailedError,
    UnusableError,
)
from riskpanel.sources.web import Answer, Pacing, TryAgainError, Web, error_text

BASE_URL = "https://financialmodelingprep.com/stable/"
PACING = Pacing(per_second=8, per_minute=264)  # the smallest paid plan has 300 a minute; 12 % are left alone

_FULL, _ADJUSTED = "historical-price-eod/full", "historical-price-eod/dividend-adjusted"
_MOST_ROWS = 5_000  # of an answer; older ones are cut off without a word
_YEARS_AT_ONCE = 4
_CAPS_AT_ONCE = 100
_A_MINUTE = 60.0  # seconds: the span that quotas of requests are counted over
_EVERYTHING = ""

_KEY = re.compile(r"invalid api key", re.IGNORECASE)
_LIMIT = re.compile(r"limit reach|too many requests|quota", re.IGNORECASE)
_USED_UP = re.compile(r"bandwidth|daily|per day|month", re.IGNORECASE)
_LEGACY = re.compile(r"legacy endpoint", re.IGNORECASE)
_PLAN = re.compile(r"premium|subscription|exclusive|restricted", re.IGNORECASE)
_VALUE = re.compile(r"values? (?:set )?for '(\w+)'", re.IGNORECASE)

Bars = dict[date, tuple[float | None, ...]]


class _EndpointClosedError(SourceClosedError):
    """The plan lacks one endpoint; others answer."""


class _LimitError(TryAgainError):
    """Too much was asked; which of the quotas is reached does not always show."""


class Fmp:
    """Financial Modeling Prep as a `Source`.

    Class shares are written with a hyphen (BRK-B), indexes with a caret (^GSPC). What is closed, an endpoint
    or everything, stays closed for this object's life: one run. Once ``stop`` is set nothing more is asked.
    InputError tells of a malformed key.
    """

    name = "fmp"

    def __init__(
        self,
        key: str,
        *,
        base_url: str = BASE_URL,
        pacing: Pacing = PACING,
        cache: Path | None = None,
        cache_for: timedelta = timedelta(hours=6),
        stop: Event | None = None,
    ) -> None:
        secret = {"apikey": key.strip()}
        self._web = Web(
            self.name,
            base_url,
            pacing=pacing,
            secret_headers=secret,
            cache=cache,
            cache_for=cache_for,
            never_kept=(
                _FULL,
                _ADJUSTED,
            ),  # a dividend changes the past: old and new parts make false returns
            stop=stop,
        )
        self._closed: dict[str, SourceClosedError] = {}

    def close(self) -> None:
        """Close connections and the cache."""
        self._web.close()

    def history(self, symbol: str, first: date, last: date) -> pl.DataFrame:
        """Return the sessions from ``first`` to ``last``, both included, as `HISTORY`; ``split`` is null.

        Prices come adjusted for splits already. A session without an adjusted close fails: none is guessed.
        """
        quotes: Bars = {}
        adjusted: Bars = {}
        for start, end in _spans(first, last):
            part = self._bars(_FULL, symbol, start, end, ("open", "high", "low", "close", "volume"))
            if part:
                quotes |= part
                adjusted |= self._bars(_ADJUSTED, symbol, start, end, ("adjClose",))
        if not quotes:
            raise NotThereError(f"fmp: no prices: {symbol} from {first} to {last}")
        if lonely := sorted(quotes.keys() ^ adjusted.keys()):
            dates = ", ".join(map(str, lonely[:5])) + (", ..." if len(lonely) > 5 else "")
            raise UnusableError(f"fmp: {symbol}: a close and an adjusted close are not both there: {dates}")
        rows = [(day, *quotes[day][:4], *adjusted[day], quotes[day][4], None) for day in sorted(quotes)]
        return pl.DataFrame(rows, schema=HISTORY, orient="row")

    def profile(self, symbol: str) -> Profile:
        """Return what the source says of a symbol."""
        row = self._rows_of("profile", symbol)[0]
        name, sector, industry, currency = (
            text_of(row, field) for field in ("companyName", "sector", "industry", "currency")
        )
        return Profile(symbol, name, asset_class_of(symbol, row), sector, industry, currency)

    def fund_sectors(self, symbol: str) -> LabelledWeights:
        """Return the sector weights of a fund as fractions, with the rest that is no sector; undated."""
        weights: list[tuple[str, float]] = []
        for row in self._rows_of("etf/sector-weightings", symbol):
            percent = number_of(row, "weightPercentage")
            if percent is None:
                raise UnusableError(f"fmp: {symbol}: a sector without a weight: {text_of(row, 'sector')}")
            weights.append((text_of(row, "sector") or "", percent / 100))
        return LabelledWeights(weights=tuple(weights), asof_date=None, method="float_cap")

    def index_members(self) -> tuple[Member, ...]:
        """Return the members of the S&P 500; market values are of whole companies, in USD."""
        path = "sp500-constituent"
        answered = self._rows(path, {})
        rows = {symbol: row for row in answered if (symbol := text_of(row, "symbol"))}
        symbols = list(rows)
        if not answered:
            raise NotThereError(f"fmp: {path}: no members")
        if len(symbols) < len(answered):
            raise SourceFailedError(f"fmp: {path}: members without a symbol, or named twice")
        caps: dict[str, float | None] = {}
        for at in range(0, len(symbols), _CAPS_AT_ONCE):
            caps |= self._market_caps(symbols[at : at + _CAPS_AT_ONCE])
        return tuple(
            Member(symbol, text_of(rows[symbol], "cik"), text_of(rows[symbol], "sector"), caps.get(symbol))
            for symbol in symbols
        )

    def _market_caps(self, symbols: list[str]) -> dict[str, float | None]:
        """Return market values by symbol, without those that the source leaves out; 0 is no value."""
        path = "market-capitalization-batch"
        caps: dict[str, float | None] = {}
        for row in self._rows(path, {"symbols": ",".join(symbols)}):
            symbol, cap = text_of(row, "symbol") or "", number_of(row, "marketCap")
            cap = cap if cap is not None and cap > 0 else None
            if caps.setdefault(symbol, cap) != cap:
                raise UnusableError(f"fmp: {path}: two different market values: {symbol}")
        return caps

    def _bars(self, path: str, symbol: str, start: date, end: date, fields: tuple[str, ...]) -> Bars:
        rows = self._rows(path, {"symbol": symbol, "from": start.isoformat(), "to": end.isoformat()})
        where = f"fmp: {path}: {symbol} from {start} to {end}"
        if len(rows) >= _MOST_ROWS:
            raise UnusableError(f"{where}: {len(rows):,} rows, so older ones may be cut off")
        require_symbol(path, symbol, rows)
        bars: Bars = {}
        for row in rows:
            day = day_of(path, row)
            if not start <= day <= end:
                raise UnusableError(f"{where}: a row outside these dates: {day}")
            bar = tuple(number_of(row, field) for field in fields)
            if bars.setdefault(day, bar) != bar:
                raise UnusableError(f"{where}: two different rows: {day}")
        return bars

    def _rows_of(self, path: str, symbol: str) -> list[Row]:
        rows = self._rows(path, {"symbol": symbol})
        if not rows:
            raise NotThereError(f"fmp: {path}: nothing of {symbol}")
        require_symbol(path, symbol, rows)
        return rows

    def _rows(self, path: str, parameters: Mapping[str, str]) -> list[Row]:
        for scope in (_EVERYTHING, path):
            if closed := self._closed.get(scope):
                raise SourceClosedError(closed.what, hint=closed.hint)
        try:
            return self._web.fetch(path, parameters, _read_rows)
        except _LimitError as error:
            # Minutes were waited for: this is the quota of the day, whatever the text calls it.
            closed = SourceClosedError(error.what, hint="the quota of the plan is used up")
            self._closed[_EVERYTHING] = closed
            raise closed from None
        except SourceClosedError as error:
            self._closed[path if isinstance(error, _EndpointClosedError) else _EVERYTHING] = error
            raise


def _spans(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Split dates where a year that four divides begins."""
    start = first
    while start <= last:
        end = min(last, date(start.year - start.year % _YEARS_AT_ONCE + _YEARS_AT_ONCE - 1, 12, 31))
        yield start, end
        start = end + timedelta(days=1)


def _read_rows(answer: Answer) -> list[Row]:
    """Return the rows of an answer, or raise what the answer says in place of them."""
    complaint = _complaint(answer)
    if complaint is not None:
        raise _refusal(answer, " ".join(complaint.split())[:200])
    body = answer.body
    if body is None:
        raise TryAgainError(f"fmp: {answer.path}: not JSON: {answer.shown}")
    rows = cast("list[object]", body) if isinstance(body, list) else [None]
    if not all(isinstance(row, dict) for row in rows):
        raise SourceFailedError(f"fmp: {answer.path}: not a list of rows: {answer.shown}")
    return cast("list[Row]", rows)


def _complaint(answer: Answer) -> str | None:
    """Return what an answer says in place of rows; None where it has rows, or nothing that can be read."""
    if (told := error_text(answer.body)) is not None:
        return told
    start = answer.text.lstrip()[:1]
    if answer.status != 200:
        return "a web page" if start == "<" else answer.shown
    # Words of a web page, or of half a JSON, tell of companies rather than of the plan.
    plain = answer.body is None and start not in ("<", "[", "{")
    known = any(phrase.search(answer.shown) for phrase in (_KEY, _LIMIT, _PLAN))
    return answer.shown if plain and known else None


def _refusal(answer: Answer, complaint: str) -> SourceError:
    """Classify what the source says: key and quota before plan, for quotas ask for a better plan too."""
    what = f"fmp: {answer.path}: status {answer.status}: {complaint}"
    if answer.status == 401 or _KEY.search(complaint):
        return SourceClosedError(what, hint="the key of FMP is missing, wrong or expired")
    if answer.status == 429 or _LIMIT.search(complaint):
        if _USED_UP.search(complaint):
            return SourceClosedError(what, hint="the quota of the plan is used up")
        return _LimitError(what, wait=_A_MINUTE if answer.wait is None else answer.wait)
    if _LEGACY.search(complaint):
        return _EndpointClosedError(
            what, hint=f"the address is of the old interface; the new one is {BASE_URL}"
        )
    if answer.status == 402 or (answer.status in (200, 403) and _PLAN.search(complaint)):
        return _plan_refusal(what, complaint)
    if answer.status == 403:
        return SourceClosedError(what, hint="FMP refuses this key")
    if answer.status == 404:
        return SourceFailedError(what, hint="no such endpoint: check the address of FMP")
    return SourceFailedError(what)


def _plan_refusal(what: str, complaint: str) -> SourceError:
    gated = _VALUE.search(complaint)
    if gated is None:
        return _EndpointClosedError(what, hint="the plan at FMP does not have this; another source may")
    if gated[1].casefold() in {"symbol", "symbols"}:
        return NotThereError(what, hint="the plan at FMP does not have this symbol; another source may")
    return SourceFailedError(
        what, hint=f"the plan at FMP limits {gated[1]}: ask for less, or for a better plan"
    )
