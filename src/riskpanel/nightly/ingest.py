"""Imports of files: read and check, then save in one transaction, or nothing."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl

from riskpanel.book.import_reports import BadRow, InstrumentReport, PriceReport
from riskpanel.errors import InputError
from riskpanel.nightly.import_transaction import FILE_SOURCE, bad_rows, import_transaction, refuse_bad_rows
from riskpanel.nightly.ingest_holdings import import_portfolios, import_positions
from riskpanel.sources.files import File
from riskpanel.sources.instrument_files import read_instruments
from riskpanel.sources.price_files import BadPrice, PriceRows, read_prices
from riskpanel.store.database import Store
from riskpanel.store.instruments import save_instruments
from riskpanel.store.prices import PriceCounts, QuarantineRow, load_adjusted, save_prices, save_quarantine

__all__ = ["import_instruments", "import_portfolios", "import_positions", "import_prices"]


def import_prices(
    store: Store,
    paths: Sequence[Path],
    *,
    today: date,
    now: datetime,
    dry_run: bool = False,
    quarantine: bool = False,
    source: str = FILE_SOURCE,
) -> PriceReport:
    """Import price files as one; ``source`` is kept with each row.

    With ``quarantine`` bad rows are recorded in the quarantine and the good ones saved; without it a bad row
    stops everything.

    Raises
    ------
    InputError
        When a file cannot be read, or has bad rows that are neither quarantined nor only looked at.
    """
    found = read_prices(paths, today=today)
    bad = tuple(BadRow(row.path.name, row.error) for row in found.bad)
    if not quarantine:
        refuse_bad_rows(bad, dry_run=dry_run)
    counts = PriceCounts(0, 0)
    if quarantine or not bad:
        with import_transaction(store, dry_run=dry_run) as conn:
            _refuse_unadjusted(load_adjusted(conn, found.unadjusted))
            counts = save_prices(conn, found.frame, data_source=source, now=now)
            rows = [_quarantine_row(row) for row in found.bad]
            save_quarantine(conn, rows, data_source=source, now=now)
    return _price_report(found, counts, bad, dry_run=dry_run, quarantine=quarantine)


def import_instruments(store: Store, file: File, *, now: datetime, dry_run: bool = False) -> InstrumentReport:
    """Import an instruments file.

    Raises
    ------
    InputError
        When the file cannot be read, or has bad rows.
    """
    parsed = read_instruments(file)
    bad = bad_rows(file, parsed)
    refuse_bad_rows(bad, dry_run=dry_run)
    written = 0
    if not bad:
        with import_transaction(store, dry_run=dry_run) as conn:
            written = save_instruments(conn, parsed.rows, source=FILE_SOURCE, now=now)
    unchanged = 0 if bad else len(parsed.rows) - written
    return InstrumentReport(dry_run, bad, parsed.warnings, written, unchanged)


def _refuse_unadjusted(symbols: Sequence[str]) -> None:
    """Keep closes of a file without adjusted ones from standing beside adjusted closes: a false return."""
    if symbols:
        raise InputError(
            f"no adjusted closes in the file, but stored ones differ from closes: {', '.join(symbols[:10])}",
            hint="add a column adj_close (date,symbol,close,adj_close)",
        )


def _quarantine_row(row: BadPrice) -> QuarantineRow:
    origin = f"{row.path.name}: line {row.error.line}"
    return QuarantineRow(row.symbol, row.date, row.cells, f"{row.error.column}: {row.error.reason}", origin)


def _price_report(
    found: PriceRows, counts: PriceCounts, bad: tuple[BadRow, ...], *, dry_run: bool, quarantine: bool
) -> PriceReport:
    frame = found.frame
    first, last = frame.select(first=pl.col("date").min(), last=pl.col("date").max()).row(0)
    return PriceReport(
        dry_run=dry_run,
        bad=bad,
        warnings=found.warnings,
        rows=frame.height,
        symbols=frame["symbol"].n_unique(),
        first=first,
        last=last,
        written=counts.written,
        unchanged=counts.unchanged,
        quarantined=len(bad) if quarantine else 0,
    )
