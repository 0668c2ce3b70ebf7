"""Imports of files that were sent: the same readers, checks and transactions as of files on the disk."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from riskpanel.book.import_reports import HoldingsReport, InstrumentReport, ScenarioReport
from riskpanel.nightly.ingest import import_instruments, import_portfolios, import_positions
from riskpanel.nightly.ingest_scenarios import import_scenarios
from riskpanel.sources.files import Upload
from riskpanel.store.database import Store


@dataclass(frozen=True, slots=True)
class Uploads:
    """Imports what was sent on behalf of a user; with ``dry_run`` only tells what would happen."""

    store: Store
    clock: Callable[[], datetime]

    def positions(
        self,
        user_id: int,
        name: str,
        content: bytes,
        *,
        dry_run: bool,
        replace: bool,
        portfolio: str | None,
        cash: Decimal | None,
        equity: Decimal | None,
        market_index: str | None,
    ) -> HoldingsReport:
        """Import positions; what changed is computed at once."""
        now = self.clock()
        return import_positions(
            self.store,
            Upload(name, content),
            today=now.date(),
            now=now,
            user_id=user_id,
            portfolio=portfolio,
            cash=cash,
            equity=equity,
            market_index=market_index,
            replace=replace,
            dry_run=dry_run,
            recompute=True,
        )

    def portfolios(self, user_id: int, name: str, content: bytes, *, dry_run: bool) -> HoldingsReport:
        """Import portfolios; what changed is computed at once."""
        now = self.clock()
        return import_portfolios(
            self.store,
            Upload(name, content),
            today=now.date(),
            now=now,
            user_id=user_id,
            dry_run=dry_run,
            recompute=True,
        )

    def instruments(self, name: str, content: bytes, *, dry_run: bool) -> InstrumentReport:
        """Import what instruments are, for all users; the next run uses it."""
        return import_instruments(self.store, Upload(name, content), now=self.clock(), dry_run=dry_run)

    def scenarios(
        self, user_id: int, name: str, content: bytes, *, dry_run: bool, replace: bool
    ) -> ScenarioReport:
        """Import a user's scenarios from TOML; they are computed at once."""
        now = self.clock()
        return import_scenarios(
            self.store,
            Upload(name, content),
            today=now.date(),
            now=now,
            user_id=user_id,
            replace=replace,
            dry_run=dry_run,
            recompute=True,
        )
