"""What an import did, or with ``dry_run`` would do."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from riskpanel.book.imports import RowError
from riskpanel.book.scenarios import ScenarioFault


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was refused, and its file."""

    file: str
    error: RowError

    def __str__(self) -> str:
        return f"{self.file}: {self.error}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What every import says. ``bad`` is filled by a dry run and by the quarantine; else bad rows raise."""

    dry_run: bool
    bad: tuple[BadRow, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriceReport(ImportReport):
    """Price rows; ``first`` to ``last`` are the sessions read, ``quarantined`` counts recorded faults."""

    rows: int
    symbols: int
    first: date | None
    last: date | None
    written: int
    unchanged: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class InstrumentReport(ImportReport):
    """Instrument rows."""

    written: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class PortfolioChange:
    """One portfolio: ``status`` is created, changed or unchanged and is about the portfolio, not its lots."""

    name: str
    status: str
    cash_balance: Decimal
    market_index: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class HoldingsReport(ImportReport):
    """Portfolios and, for a positions file, what happened to their lots."""

    portfolios: tuple[PortfolioChange, ...]


@dataclass(frozen=True, slots=True)
class ScenarioReport:
    """Names of scenarios by what happened to them; ``faults`` is filled by a dry run, else faults raise."""

    dry_run: bool
    faults: tuple[ScenarioFault, ...]
    warnings: tuple[str, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
