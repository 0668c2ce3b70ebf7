"""Sector weights of benchmarks, dated, the ones that a past date may know, and what they are built from."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

import numpy as np

from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from riskpanel.risk.arrays import FloatArray

SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class BenchmarkWeights:
    """Weights of a benchmark on a date: ``weights`` (11,) in the order of GICS_SECTORS, summing to 1.

    ``market_caps`` are US dollars and ``counts`` constituents, in the same order; None where the source does
    not say.
    """

    code: str
    asof_date: date
    weights: FloatArray
    source: str
    method: str
    taxonomy: str
    market_caps: tuple[Decimal, ...] | None = None
    counts: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse weights that do not sum to 1: nothing may be written or compared with them."""
        total = float(self.weights.sum())
        if self.weights.shape != (len(GICS_SECTORS),) or not abs(total - 1.0) <= SUM_TOLERANCE:
            raise InputError(
                f"benchmark weights do not sum to 1: {self.code} {self.asof_date} sums to {total:.6f}"
            )
        for beside in (self.market_caps, self.counts):
            if beside is not None and len(beside) != len(GICS_SECTORS):
                raise InputError(f"not one figure a sector: {self.code} {self.asof_date} has {len(beside)}")


@dataclass(frozen=True, slots=True)
class SectorChange:
    """A sector's weight, and how much it is above that of the previous date; None without one.

    ``weight`` and ``change`` are fractions, ``market_cap`` US dollars.
    """

    sector: str
    weight: float
    change: float | None
    market_cap: Decimal | None
    num_constituents: int | None


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """Stored weights of a date beside those of the date before it, the largest sector first."""

    code: str
    asof_date: date
    source: str
    method: str
    taxonomy: str
    previous_date: date | None
    previous_method: str | None
    previous_taxonomy: str | None
    sectors: tuple[SectorChange, ...]


class Labelled(Protocol):
    """Weights by the sector labels of a source, as fractions; ``method`` says how they were made."""

    @property
    def weights(self) -> tuple[tuple[str, float], ...]:
        """Return pairs of label and weight."""
        ...

    @property
    def method(self) -> str:
        """Return float_cap, full_cap or published."""
        ...


class IndexMember(Protocol):
    """A share class in an index: all classes of a company have one ``cik``; ``market_cap`` in US dollars."""

    @property
    def symbol(self) -> str:
        """Return the symbol as the source writes it."""
        ...

    @property
    def cik(self) -> str | None:
        """Return the number of the company."""
        ...

    @property
    def sector(self) -> str | None:
        """Return the source's label."""
        ...

    @property
    def market_cap(self) -> float | None:
        """Return the value of the whole company."""
        ...


@dataclass(frozen=True, slots=True)
class FundHolding:
    """A row of a fund's holdings: ``weight`` is a fraction of the fund, ``market_value`` in its currency."""

    symbol: str | None
    name: str | None
    sector: str | None
    asset_class: str | None
    weight: float | None
    market_value: float | None


@dataclass(frozen=True, slots=True)
class FundHoldings:
    """What a fund held on a day."""

    fund: str
    asof_date: date
    rows: tuple[FundHolding, ...]


def weights_as_of(history: tuple[BenchmarkWeights, ...], code: str, as_of: date) -> BenchmarkWeights | None:
    """Return the newest weights known on a date, else the oldest there are; None for an unknown code."""
    dated = sorted((row for row in history if row.code == code), key=lambda row: row.asof_date)
    known = [row for row in dated if row.asof_date <= as_of]
    return (known[-1] if known else dated[0]) if dated else None


def packaged_weights() -> tuple[BenchmarkWeights, ...]:
    """Return the dated S&P 500 tables that ship with riskpanel, so that a fresh install works offline."""
    return tuple(
        BenchmarkWeights(
            code="SP500",
            asof_date=table_date,
            weights=_normalised(table),
            source=f"packaged: {source}",
            method=method,
            taxonomy="gics",
        )
        for table_date, source, method, table in _TABLES
    )


def _normalised(table: dict[str, float]) -> FloatArray:
    weights = np.array([table[sector] for sector in GICS_SECTORS])
    return weights / weights.sum()


def _table(*percents: float) -> dict[str, float]:
    """Pair figures with sectors in the order in which they are published below."""
    published = (
        "Information Technology",
        "Financials",
        "Communication Services",
        "Health Care",
        "Consumer Discretionary",
        "Industrials",
        "Consumer Staples",
        "Energy",
        "Utilities",
        "Materials",
        "Real Estate",
    )
    return dict(zip(published, percents, strict=True))


# Published to 0.1 % where a table says so; the tables are renormalised to sum to 1.
_TABLES = (
    (
        date(2023, 5, 5),
        "newspaper table of 2023-07-01, to 0.1 %",
        "published",
        _table(26.1, 12.9, 8.2, 14.5, 9.9, 8.6, 7.4, 4.5, 2.9, 2.6, 2.5),
    ),
    (
        date(2024, 12, 6),
        "fund holdings, 503 equities",
        "float_cap",
        _table(32.06, 13.54, 9.15, 10.25, 11.26, 8.36, 5.61, 3.26, 2.35, 2.00, 2.16),
    ),
    (
        date(2025, 11, 28),
        "broker research, index provider's figures, to 0.1 %",
        "published",
        _table(34.6, 13.1, 10.7, 9.8, 10.3, 8.0, 4.9, 2.8, 2.4, 1.7, 1.9),
    ),
    (
        date(2026, 9, 1),
        "fund holdings, 503 equities",
        "float_cap",
        _table(37.74, 12.28, 9.52, 9.41, 9.03, 8.26, 4.55, 3.56, 2.02, 1.82, 1.81),
    ),
)
