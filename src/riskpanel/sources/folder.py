"""A folder of price files as a source, and the ``instruments.csv`` in it, where there is one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import polars as pl

from riskpanel.book.imports import InstrumentRow, Parsed
from riskpanel.errors import InputError
from riskpanel.sources.instrument_files import read_instruments
from riskpanel.sources.price_checks import symbol_spellings
from riskpanel.sources.price_files import BadPrice, read_prices
from riskpanel.sources.protocol import (
    HISTORY,
    LabelledWeights,
    Member,
    NotThereError,
    Profile,
    SourceClosedError,
    SourceFailedError,
    UnusableError,
)

T = TypeVar("T")

_INSTRUMENTS = "instruments.csv"
_PRICE_FILES = (".csv", ".csv.gz", ".parquet")
_TOLD = 3  # bad rows that a message names


@dataclass(frozen=True, slots=True)
class _Prices:
    """Good rows by symbol, and the bad ones; those whose symbol cannot be read may be of any symbol."""

    rows: Mapping[str, pl.DataFrame]
    bad: Mapping[str, Sequence[BadPrice]]
    anybodys: Sequence[BadPrice]


class _Once(Generic[T]):
    """Something that is loaded when it is first asked for, once, in whichever thread."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = Lock()
        self._loaded: list[T] = []

    def get(self) -> T:
        """Return it; where a file cannot be read, the source has no answers in this run."""
        with self._lock:
            if not self._loaded:
                try:
                    self._loaded.append(self._load())
                except InputError as error:
                    raise SourceClosedError(error.what, hint=error.hint, details=error.details) from error
            return self._loaded[0]


class Folder:
    """Prices and profiles of files that lie in one folder. May be used from several threads at once.

    Every ``.csv``, ``.csv.gz`` and ``.parquet`` file in it but ``instruments.csv`` is a price file; all are
    read as one at the first question. ``today`` is the day after which prices are in the future.

    Raises
    ------
    InputError
        When there is no such folder.
    """

    def __init__(self, folder: Path, *, today: date) -> None:
        if not folder.is_dir():
            raise InputError(f"no such folder: {folder}", hint="name the folder that the price files are in")
        self._folder = folder
        self._prices = _Once(partial(_load_prices, folder, today))
        self._instruments = _Once(partial(_load_instruments, folder))

    @property
    def name(self) -> str:
        """Name that is stored with what came from here."""
        return "files"

    def history(self, symbol: str, first: date, last: date) -> pl.DataFrame:
        """Return the rows from ``first`` to ``last``; a bad row of the symbol, of any date, refuses them."""
        prices = self._prices.get()
        bad = [*prices.bad.get(symbol, ()), *prices.anybodys]
        if bad:
            raise _bad_rows(symbol, [str(row) for row in bad])
        rows = prices.rows.get(symbol)
        if rows is None:
            raise NotThereError(f"no price file has {symbol}: {self._folder}")
        asked = rows.filter(pl.col("date").is_between(first, last))
        if asked.is_empty():
            raise NotThereError(f"no price file has {symbol} from {first} to {last}: {self._folder}")
        return asked

    def profile(self, symbol: str) -> Profile:
        """Return what ``instruments.csv`` says of a symbol; its sector is the official name."""
        parsed = self._instruments.get()
        named = [row for row in parsed.rows if row.symbol == symbol]
        if len(named) != 1 and parsed.errors:
            raise _bad_rows(symbol, [f"{_INSTRUMENTS}: {error}" for error in parsed.errors])
        if not named:
            raise NotThereError(f"no {_INSTRUMENTS} has {symbol}: {self._folder}")
        row = named[0]
        return Profile(symbol, row.name, row.asset_class, row.sector, row.industry, currency=None)

    def fund_sectors(self, symbol: str) -> LabelledWeights:
        """Raise NotThereError: the files have none."""
        raise NotThereError(f"price files have no sector weights: {symbol}")

    def index_members(self) -> tuple[Member, ...]:
        """Raise NotThereError: the files have none."""
        raise NotThereError("price files have no members of an index")


def _load_prices(folder: Path, today: date) -> _Prices:
    try:
        paths = [path for path in sorted(folder.iterdir()) if _is_price_file(path)]
    except OSError as error:
        raise InputError(f"cannot be read: {folder} ({error.strerror})") from error
    if not paths:
        return _Prices({}, {}, ())
    found = read_prices(paths, today=today)
    frame = found.frame.with_columns(split=pl.lit(None, pl.Float64))
    spellings, _ = symbol_spellings({row.symbol for row in found.bad})
    bad: dict[str, list[BadPrice]] = {}
    anybodys: list[BadPrice] = []
    for row in found.bad:
        symbol = spellings.get(row.symbol)
        (anybodys if symbol is None else bad.setdefault(symbol, [])).append(row)
    parts = frame.partition_by("symbol", as_dict=True)
    return _Prices({str(key[0]): rows.select(*HISTORY) for key, rows in parts.items()}, bad, anybodys)


def _load_instruments(folder: Path) -> Parsed[InstrumentRow]:
    path = folder / _INSTRUMENTS
    return read_instruments(path) if path.is_file() else Parsed((), ())


def _is_price_file(path: Path) -> bool:
    name = path.name.casefold()
    ours = name.endswith(_PRICE_FILES) and not name.startswith(".") and name != _INSTRUMENTS
    return ours and path.is_file()


def _bad_rows(symbol: str, told: Sequence[str]) -> SourceFailedError:
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return UnusableError(
        f"bad rows in the files for {symbol}: {'; '.join(told[:_TOLD])}{more}",
        hint="correct or remove these rows",
        details=tuple(told[:20]),
    )
