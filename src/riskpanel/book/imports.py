"""What an imported file holds, row by row, and what is wrong with it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RowError:
    """A bad row: the file's line number (1 is the header), the column and the reason with the value in it."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True)
class LotRow:
    """One row of a positions file. ``position_type`` is LONG or SHORT; ``quantity`` > 0."""

    line: int
    portfolio: str
    symbol: str
    position_type: str
    quantity: Decimal
    multiplier: Decimal
    entry_price: Decimal | None
    entry_date: date | None
    exit_price: Decimal | None
    exit_date: date | None


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """One row of a portfolios file: exactly one of cash and equity is given, or neither."""

    line: int
    name: str
    currency: str
    market_index: str | None
    benchmark_code: str | None
    cash_balance: Decimal | None
    equity_balance: Decimal | None


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """One row of an instruments file; ``sector`` is an official GICS name or None."""

    line: int
    symbol: str
    name: str | None
    asset_class: str | None
    sector: str | None
    industry: str | None
    taxonomy: str | None


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Row]):
    """Good rows, bad rows, and warnings that stop nothing."""

    rows: tuple[Row, ...]
    errors: tuple[RowError, ...]
    warnings: tuple[str, ...] = ()
