"""Yahoo Finance through yfinance: no key, no promise, and asked only where a user wants it."""

import warnings
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from json import JSONDecodeError
from math import isfinite
from pathlib import Path
from threading import Event, Lock
from typing import Any, Protocol, TypeVar, cast

import numpy as np
import numpy.typing as npt
import polars as pl
from pyrate_limiter import Limiter, Rate, SingleBucketFactory, StateBucket

from riskpanel.book.symbols import shortened
from riskpanel.sources.protocol import (
    HISTORY,
    LabelledWeights,
    Member,
    NotThereError,
    Profile,
    SourceError,
    SourceFailedError,
    UnreachedError,
    UnusableError,
)
from riskpanel.sources.retrying import Retrying, plain

T = TypeVar("T")

_COLUMNS = {
    "open": "Open", "high": "High", "low": "Low", "close": "Close", "adj_close": "Adj Close",
    "volume": "Volume", "split": "Stock Splits", "dividend": "Dividends",
}  # fmt: skip
_ASSET_CLASSES = {
    "EQUITY": "equity", "ETF": "etf", "MUTUALFUND": "fund", "INDEX": "index",
    "CURRENCY": "currency", "CRYPTOCURRENCY": "crypto", "FUTURE": "future",
}  # fmt: skip
_FUND_PARTS = {"topHoldings", "fundProfile", "summaryProfile"}  # an answer lacks them where it is no fund


class _Column(Protocol):
    def to_numpy(self, dtype: type[float]) -> npt.NDArray[np.float64]: ...


class _Index(Protocol):
    date: npt.NDArray[np.object_]  # days where the exchange is


class _Frame(Protocol):
    index: _Index
    columns: Container[str]

    def __len__(self) -> int: ...

    def __getitem__(self, name: str, /) -> _Column: ...


class _Fund(Protocol):
    sector_weightings: Mapping[str, float] | None


class Ticker(Protocol):
    """What is used of yfinance's Ticker."""

    info: Mapping[str, object] | None
    funds_data: _Fund

    def history(
        self, *, start: date, end: date, interval: str, auto_adjust: bool, actions: bool, timeout: float
    ) -> _Frame:
        """Return prices; ``end`` is not included."""
        ...


@dataclass(frozen=True, slots=True)
class _Library:
    """What is used of yfinance, which has no types: its tickers, its errors, and how it forgets answers."""

    ticker: Callable[[str], Ticker]
    unknown: type[Exception]
    limited: type[Exception]
    unreached: type[Exception]
    passing: tuple[type[Exception], ...]
    errors: tuple[type[Exception], ...]
    forget: Callable[[], None]


class Yahoo:
    """Prices, profiles and fund sectors of Yahoo Finance. May be used from several threads at once.

    ``caches`` is the folder of yfinance's own caches, one for the whole process. Calls are ``1 / per_second``
    apart, in whichever thread; what fails is asked again after ``wait`` seconds, then after twice as many.
    Once ``stop`` is set nothing more is asked.
    """

    def __init__(
        self,
        caches: Path,
        *,
        ticker: Callable[[str], Ticker] | None = None,
        per_second: float = 2.0,
        wait: float = 5.0,
        timeout: float = 15.0,
        stop: Event | None = None,
    ) -> None:
        self._caches = caches
        self._ticker = ticker
        self._timeout = timeout
        self._lock = Lock()
        self._library: _Library | None = None
        pace = StateBucket([Rate(1, round(1000 / per_second), burst=1)])
        self._limiter = Limiter(SingleBucketFactory(pace, schedule_leak=False))
        self._retry = Retrying(3, wait, 4 * wait, wait / 2, stop or Event())

    @property
    def name(self) -> str:
        """Name that is stored with what came from here."""
        return "yfinance"

    def history(self, symbol: str, first: date, last: date) -> pl.DataFrame:
        """Return the sessions from ``first`` to ``last`` that have a close.

        Yahoo may lack the last ones for hours; what is missing at the end is for the caller to see.
        """
        end = last + timedelta(days=1)

        def question(ticker: Ticker) -> pl.DataFrame:
            frame = ticker.history(
                start=first, end=end, interval="1d", auto_adjust=False, actions=True, timeout=self._timeout
            )
            return _history(symbol, frame, first, last)

        return self._ask(symbol, question)

    def profile(self, symbol: str) -> Profile:
        """Return what Yahoo says of a symbol."""
        # One `info` is three requests of yfinance.
        return self._ask(symbol, lambda ticker: _profile(symbol, ticker.info or {}), requests=3)

    def fund_sectors(self, symbol: str) -> LabelledWeights:
        """Return the sector weights of a fund; Yahoo does not date them."""
        return self._ask(symbol, lambda ticker: _fund_sectors(symbol, ticker))

    def index_members(self) -> tuple[Member, ...]:
        """Raise NotThereError: Yahoo lists no members."""
        raise NotThereError("Yahoo lists no members of the S&P 500")

    def _ask(self, symbol: str, question: Callable[[Ticker], T], *, requests: int = 1) -> T:
        """Ask about a symbol, again where that may help, and say as a SourceError what failed."""
        library = self._loaded()

        def attempt() -> T:
            for _ in range(requests):
                self._limiter.try_acquire("yahoo")
                self._retry.require_going()
            # yfinance answers from memory, old and failed answers too; a ticker that failed gives nothing.
            library.forget()
            return question((self._ticker or library.ticker)(symbol))

        def may_pass(error: BaseException) -> bool:
            return isinstance(error, library.passing) and not _is_unknown(error)

        try:
            return self._retry(symbol, attempt, may_pass)
        except library.errors as error:
            raise _translated(library, symbol, error) from error

    def _loaded(self) -> _Library:
        """Load yfinance at the first question: with pandas it takes longer than most commands."""
        with self._lock:
            if self._library is None:
                self._library = _load_library(self._caches)
            return self._library


def _load_library(caches: Path) -> _Library:
    import yfinance  # noqa: PLC0415

    yf = cast(Any, yfinance)
    # How it uses pandas is deprecated, which is not for a user to read.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="yfinance")
    yf.set_tz_cache_location(str(caches))
    yf.config.debug.hide_exceptions = False
    unreadable = (KeyError, IndexError, AttributeError, TypeError, ValueError)
    return _Library(
        ticker=yf.Ticker,
        unknown=yf.exceptions.YFTickerMissingError,
        limited=yf.exceptions.YFRateLimitError,
        unreached=yf.data.requests.exceptions.ConnectionError,
        passing=(yf.exceptions.YFRateLimitError, yf.exceptions.YFDataException, OSError, JSONDecodeError),
        errors=(yf.exceptions.YFException, yf.cache._peewee.PeeweeException, OSError, *unreadable),
        forget=yf.data.YfData.cache_get.cache_clear,
    )


def _translated(library: _Library, symbol: str, error: Exception) -> SourceError:
    if isinstance(error, library.unknown) or _is_unknown(error):
        return NotThereError(f"Yahoo has nothing of {symbol}: {_reason(error)}")
    if isinstance(error, library.limited):
        hint = "wait, ask for fewer symbols, or use another source"
        return SourceFailedError(f"Yahoo did not answer: {symbol} (too many requests)", hint=hint)
    if isinstance(error, library.passing):
        kind = UnreachedError if isinstance(error, library.unreached) else SourceFailedError
        return kind(f"Yahoo did not answer: {symbol} ({_reason(error)})")
    return UnusableError(f"Yahoo's answer cannot be read: {symbol} ({_reason(error)})")


def _is_unknown(error: BaseException) -> bool:
    """Whether it is HTTP's 404; yfinance also lets it through where it means that it knows no such ticker."""
    return getattr(getattr(error, "response", None), "status_code", None) == 404


def _reason(error: Exception) -> str:
    told = getattr(error, "rationale", None) or error
    return shortened(plain(f"{type(error).__name__}: {told}"), 200)


def _history(symbol: str, frame: _Frame, first: date, last: date) -> pl.DataFrame:
    if len(frame) == 0:
        raise NotThereError(f"Yahoo has no prices of {symbol} from {first} to {last}")
    lacking = [name for name in _COLUMNS.values() if name not in frame.columns]
    if lacking:
        raise UnusableError(f"Yahoo's answer lacks columns: {symbol} ({', '.join(lacking)})")
    numbers = {field: frame[name].to_numpy(dtype=float) for field, name in _COLUMNS.items()}
    rows = pl.DataFrame({"date": pl.Series(frame.index.date.tolist(), dtype=pl.Date), **numbers})
    rows = rows.filter(pl.col("date").is_between(first, last)).fill_nan(None).unique()
    closed = _closed(rows)
    if closed.is_empty():
        told = f"{rows.height} of {len(frame)} rows in that time, none with a close"
        raise NotThereError(f"Yahoo has no prices of {symbol} from {first} to {last}: {told}")
    _refuse_contradictions(symbol, closed)
    return closed.select(*HISTORY)


def _closed(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out rows without a close; a split on one of them belongs to the next row."""
    ended = pl.col("close").is_not_null().cum_sum().shift(1, fill_value=0)
    split = pl.when(pl.col("split") > 0).then("split").otherwise(1.0).product().over(ended)
    closed = rows.sort("date", "close").with_columns(split=split).drop_nulls("close")
    return closed.with_columns(split=pl.when(pl.col("split") != 1).then("split"))


def _refuse_contradictions(symbol: str, closed: pl.DataFrame) -> None:
    """Refuse two prices of one session, and adjusted closes that are none.

    Where Yahoo leaves these out, yfinance gives the closes in their place; past dividends show it.
    """
    twice = closed.filter(pl.col("date").is_duplicated())["date"]
    if twice.len():
        raise UnusableError(f"Yahoo has two prices of one session: {symbol} ({twice[0]})")
    paid = closed.filter((pl.col("dividend") > 0) & (pl.col("date") < pl.col("date").max()))["date"].max()
    before = closed if paid is None else closed.filter(pl.col("date") < paid)
    adjusted = before["adj_close"]
    copied = paid is not None and (adjusted == before["close"]).all()
    if before.height and (copied or adjusted.is_null().all()):
        raise UnusableError(f"Yahoo's adjusted closes are missing: {symbol}")


def _profile(symbol: str, fields: Mapping[str, object]) -> Profile:
    profile = Profile(
        symbol=symbol,
        name=_text(fields, "longName") or _text(fields, "shortName"),
        asset_class=_ASSET_CLASSES.get((_text(fields, "quoteType") or "").upper()),
        sector=_text(fields, "sector"),
        industry=_text(fields, "industry"),
        currency=_text(fields, "currency"),
    )
    if profile.name is None and profile.asset_class is None:
        raise NotThereError(f"Yahoo has no profile of {symbol}")
    return profile


def _text(fields: Mapping[str, object], name: str) -> str | None:
    value = fields.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


def _fund_sectors(symbol: str, ticker: Ticker) -> LabelledWeights:
    try:
        told = ticker.funds_data.sector_weightings or {}
    except KeyError as error:
        if error.args[:1] and error.args[0] in _FUND_PARTS:
            raise NotThereError(f"Yahoo has no fund data of {symbol}") from error
        raise
    weights = tuple((label, float(weight)) for label, weight in told.items())
    if not all(isfinite(weight) for _, weight in weights):
        raise UnusableError(f"Yahoo's sector weights are no numbers: {symbol}")
    if not any(weight for _, weight in weights):
        raise NotThereError(f"Yahoo has no sector weights of {symbol}")
    return LabelledWeights(weights, asof_date=None, method="float_cap")
