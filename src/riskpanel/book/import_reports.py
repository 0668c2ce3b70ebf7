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
    """One portfolio: ``status`` is created, changed or unchanged and is about the portfolio, not its lots.

    ``portfolio_id`` is None where a dry run would create it.
    """

    portfolio_id: int | None
    name: str
    status: str
    cash_balance: Decimal
    market_index: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    removed: int = 0

    @property
    def touched(self) -> bool:
        """Whether anything about it is new."""
        return self.status != "unchanged" or bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class HoldingsReport(ImportReport):
    """Portfolios and, for a positions file, what happened to their lots.

    ``run_request_id`` is the run that was asked for, None where none was.
    """

    portfolios: tuple[PortfolioChange, ...]
    run_request_id: int | None


@dataclass(frozen=True, slots=True)
class ScenarioReport:
    """Names of scenarios by what happened to them; ``faults`` is filled by a dry run, else faults raise.

    ``run_request_id`` is the run that was asked for, None where none was.
    """

    dry_run: bool
    faults: tuple[ScenarioFault, ...]
    warnings: tuple[str, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    run_request_id: int | None


@dataclass(frozen=True, slots=True)
class Edited:
    """What was created or changed by hand: its id, the run that was asked for, and what to know."""

    id: int
    run_request_id: int | None
    warnings: tuple[str, ...]
