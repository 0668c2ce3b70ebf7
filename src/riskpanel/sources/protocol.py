"""What sources of market data answer: one small Protocol, frozen answers, and the three ways to say no."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl

from riskpanel.errors import RiskpanelError

HISTORY: dict[str, type[pl.DataType]] = {
    "date": pl.Date,
    "open": pl.Float64,
    "high": pl.Float64,
    "low": pl.Float64,
    "close": pl.Float64,
    "adj_close": pl.Float64,
    "volume": pl.Float64,
    "split": pl.Float64,
}
"""Columns of a history.

Prices are in units of today: splits have changed ``close``, splits and dividends ``adj_close``. ``split`` is
the ratio of a split on its first session (4 for four new units of each old one), else null. A missing number
is null, never NaN.
"""


class SourceError(RiskpanelError):
    """A source did not answer what was asked; the next one may (exit code 1)."""


class NotThereError(SourceError):
    """The source has nothing of this symbol, or not under this plan; other symbols may be there."""


class SourceFailedError(SourceError):
    """The request failed, also when it was asked again; a few in a row and the source is left alone."""


class UnreachedError(SourceFailedError):
    """There was no connection to the source: it is away, or there is no network."""


class UnusableError(SourceFailedError):
    """What the source has of this symbol cannot be used; what it has of others may be good."""


class SourceClosedError(SourceError):
    """The source answers nothing of this kind in this run: a wrong key, the plan, a used-up quota."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a source says of a symbol, in its own words; None where it says nothing.

    ``asset_class`` is equity, etf, fund, index, currency, crypto or future; ``sector`` is the source's label.
    """

    symbol: str
    name: str | None
    asset_class: str | None
    sector: str | None
    industry: str | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class LabelledWeights:
    """Weights by the sector labels of a source, as fractions, before anything is mapped or normalised.

    ``asof_date`` is None where the source does not date them; ``method`` is float_cap, full_cap or published.
    """

    weights: tuple[tuple[str, float], ...]
    asof_date: date | None
    method: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an index: its company (``cik``, one for all its share classes) and market value in USD."""

    symbol: str
    cik: str | None
    sector: str | None
    market_cap: float | None


class Source(Protocol):
    """Where prices, profiles and sector weights come from.

    Where a method has no answer it raises a SourceError: NotThereError of one symbol, SourceFailedError of
    one request, SourceClosedError for the rest of the run. All may be called from several threads at once.
    """

    @property
    def name(self) -> str:
        """Name that is stored with what came from here."""
        ...

    def history(self, symbol: str, first: date, last: date) -> pl.DataFrame:
        """Return the sessions from ``first`` to ``last``, both included, as `HISTORY`, the oldest first.

        It begins later where the symbol was listed later; it is never silently shorter for another reason.
        """
        ...

    def profile(self, symbol: str) -> Profile:
        """Return what the source says of a symbol."""
        ...

    def fund_sectors(self, symbol: str) -> LabelledWeights:
        """Return the sector weights of a fund, the newest that the source has."""
        ...

    def index_members(self) -> tuple[Member, ...]:
        """Return the members of the S&P 500 with their market values; None where the source has no value."""
        ...
