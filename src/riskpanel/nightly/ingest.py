"""Imports of files: read and check, then save in one transaction, or nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from riskpanel.book.import_reports import BadRow, InstrumentReport, PriceReport
from riskpanel.errors import InputError
from riskpanel.nightly.import_transaction import FILE_SOURCE, bad_rows, import_transaction, refuse_bad_rows
from riskpanel.nightly.ingest_holdings import import_portfolios, import_positions
from riskpanel.sources.files import File
from riskpanel.sources.instrument_files import read_instruments
from riskpanel.sources.price_checks import symbol_spellings
from riskpanel.sources.price_doubts import doubts
from riskpanel.sources.price_files import QUOTE_COLUMNS, BadPrice, PriceRows, read_prices
from riskpanel.store.database import Store
from riskpanel.store.instruments import save_instruments
from riskpanel.store.prices import PriceCounts, QuarantineRow, load_adjusted, save_prices, save_quarantine

_TOLD = 5  # doubted rows that are told one by one

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

    With ``quarantine`` bad and doubted rows are recorded in the quarantine and the good ones saved; without
    it a bad row stops everything, and a doubted one is saved and told in a warning.

    Raises
    ------
    InputError
        When a file cannot be read, or has bad rows that are neither quarantined nor only looked at.
    """
    found = read_prices(paths, today=today)
    bad = tuple(BadRow(row.path.name, row.error) for row in found.bad)
    if not quarantine:
        refuse_bad_rows(bad, dry_run=dry_run)
    doubted = doubts(found.frame)
    if quarantine:
        good = found.frame.join(doubted, on=["symbol", "date"], how="anti", maintain_order="left")
        found = replace(found, frame=good)
    else:
        found = replace(found, warnings=(*found.warnings, *_doubt_warnings(doubted)))
    counts = PriceCounts(0, 0)
    if quarantine or not bad:
        with import_transaction(store, dry_run=dry_run) as conn:
            _refuse_unadjusted(load_adjusted(conn, found.unadjusted))
            counts = save_prices(conn, found.frame, data_source=source, now=now)
            rows = [_quarantine_row(row) for row in found.bad]
            rows += _doubted_rows(doubted, paths) if quarantine else []
            save_quarantine(conn, rows, data_source=source, now=now)
    refused = len(bad) + doubted.height if quarantine else 0
    return _price_report(found, counts, bad, dry_run=dry_run, quarantined=refused)


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
    spellings, _ = symbol_spellings([row.symbol])
    symbol = spellings.get(row.symbol, row.symbol)
    return QuarantineRow(symbol, row.date, row.cells, f"{row.error.column}: {row.error.reason}", origin)


def _doubted_rows(doubted: pl.DataFrame, paths: Sequence[Path]) -> list[QuarantineRow]:
    """Write doubted rows as a long file would have them."""
    origin = ", ".join(path.name for path in paths)
    return [
        QuarantineRow(
            row["symbol"],
            str(row["date"]),
            tuple((name, None if row[name] is None else str(row[name])) for name in QUOTE_COLUMNS),
            f"{row['column']}: {row['reason']}",
            origin,
        )
        for row in doubted.iter_rows(named=True)
    ]


def _doubt_warnings(doubted: pl.DataFrame) -> list[str]:
    """Tell the doubted rows, a line a symbol and reason, and where there are many how many more lines."""
    groups = doubted.group_by("symbol", "reason", maintain_order=True).agg(
        first=pl.col("date").min(), last=pl.col("date").max(), rows=pl.len()
    )
    told = [
        f"{symbol} {first}: {reason}"
        if rows == 1
        else f"{symbol} {first} to {last}: {rows:,} rows with {reason}"
        for symbol, reason, first, last, rows in groups.head(_TOLD).iter_rows()
    ]
    if groups.height > _TOLD:
        told.append(f"and {groups.height - _TOLD:,} more such")
    return [*told, "such rows are saved; --quarantine sets them aside"] if told else []


def _price_report(
    found: PriceRows, counts: PriceCounts, bad: tuple[BadRow, ...], *, dry_run: bool, quarantined: int
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
        quarantined=quarantined,
    )
